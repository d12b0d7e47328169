"""`[supply]` of utility.toml: how the hub senses its supply, what it lives on, what it does (docs/outage.md)."""

import re
from dataclasses import dataclass, field
from typing import Literal

from hubd.errors import ConfigurationError
from hubd.power.energy import COLDEST_C, HOTTEST_C, REFERENCE_C, Capacitor
from hubd.power.reserve import Loads
from hubd.power.rules import Policy, Rules

_TOPOLOGY = re.compile(r"[A-Za-z0-9._-]{1,40}(/[A-Za-z0-9._-]{1,40}){2,3}")
MUCH = 1e6
"""Watts and seconds beyond this are slips of the pen."""
PINS = range(28)
"""Of a Pi's 40-pin header, by BCM number."""
_LEVELS = {"service": 4, "transformer": 3}


@dataclass(frozen=True)
class CapacitorTable:
    """`[supply.capacitor]`: the bank as it was when new, and what the hub draws from it. Watts, seconds."""

    capacitance_f: float
    riding_w: float
    shed_w: float
    sending_w: float
    shutdown_w: float
    resistance_ohm: float = 0.02
    full_v: float = 5.0
    cutoff_v: float = 2.5
    efficiency: float = 0.85
    charge_w: float = 5.0
    shutdown_s: float = 10.0
    aged_share: float = 1.0
    """How old the bank is taken to be until losses have shown it: 0 new, 1 at the end of its life."""
    coldest_c: float = REFERENCE_C

    def as_new(self) -> Capacitor:
        """The bank. Raises ConfigurationError for one that cannot be."""
        return Capacitor(self.capacitance_f, self.resistance_ohm, self.full_v, self.cutoff_v, self.efficiency)

    def loads(self) -> Loads:
        """What the hub draws."""
        return Loads(self.riding_w, self.shed_w, self.sending_w, self.shutdown_w)


@dataclass(frozen=True)
class VoltageTable:
    """`[supply.capacitor_voltage]` and `[supply.mains_voltage]`: one input of a converter behind a divider.

    `divider`: volts before it for each volt at the input. `nominal_v` is needed for the mains alone.
    """

    adc: Literal["mcp3008", "ads1115"]
    channel: int = 0
    divider: float = 1.0
    reference_v: float = 3.3
    bus: int = 1
    address: int = 0x48
    nominal_v: float | None = None


@dataclass(frozen=True)
class ShedTable:
    """`[supply.shed]`: what is not needed for the alert. Empty commands and lists: nothing of that kind is shed."""

    consumer_stop: list[str] = field(default_factory=list)
    consumer_start: list[str] = field(default_factory=list)
    radio_2_off: list[str] = field(default_factory=list)
    radio_2_on: list[str] = field(default_factory=list)
    leds: dict[str, str] = field(default_factory=dict)
    """Names below /sys/class/leds, each with the trigger that it has as usual."""
    governor: str = ""
    governor_usual: str = "ondemand"


@dataclass(frozen=True)
class SupplyTable:
    """`[supply]`. Without the table the hub does not sense its supply, and says so."""

    mains_pin: int | None = None
    mains_on_high: bool = True
    power_good_pin: int | None = None
    power_good_on_high: bool = True
    pull: Literal["up", "down", "none"] = "none"
    steady_s: float = 0.03
    policy: Policy = Policy.CONFIRMED
    spread_s: float = 30.0
    hub_class: Literal["service", "transformer"] = "service"
    topology: str | None = None
    sentinel: bool = False
    restoration_spread_s: float = 60.0
    shutdown: list[str] = field(default_factory=lambda: ["systemctl", "poweroff"])
    restart: list[str] = field(default_factory=lambda: ["systemctl", "reboot"])
    shed: ShedTable = field(default_factory=ShedTable)
    capacitor: CapacitorTable | None = None
    capacitor_voltage: VoltageTable | None = None
    mains_voltage: VoltageTable | None = None

    @property
    def rules(self) -> Rules:
        """The last-gasp rules, the hub's own share of the spread not yet drawn."""
        return Rules(self.policy, self.own_spread_s)

    @property
    def own_spread_s(self) -> float:
        """A transformer's hub speaks first."""
        return 0.0 if self.hub_class == "transformer" else self.spread_s


def check(supply: SupplyTable, where: str) -> None:
    """Refuse what cannot be used. Raises ConfigurationError that names the key."""
    if supply.mains_pin is None and supply.power_good_pin is None:
        raise ConfigurationError(f"{where}: supply: name supply.mains_pin or supply.power_good_pin, or leave it out")
    for key, seconds in (("spread_s", supply.spread_s), ("restoration_spread_s", supply.restoration_spread_s)):
        if not 0 <= seconds <= 600:
            raise ConfigurationError(f"{where}: supply.{key} is {seconds:g}: 0 to 600 seconds")
    if not 0.01 <= supply.steady_s <= 0.2:
        raise ConfigurationError(f"{where}: supply.steady_s is {supply.steady_s:g}: 0.01 to 0.2 seconds")
    _check_pins(supply, where)
    _check_topology(supply, where)
    for key, table in (("capacitor_voltage", supply.capacitor_voltage), ("mains_voltage", supply.mains_voltage)):
        if table is not None:
            _check_voltage(table, f"{where}: supply.{key}", nominal=key == "mains_voltage")
    if supply.capacitor is not None:
        _check_capacitor(supply.capacitor, f"{where}: supply.capacitor")
    elif supply.capacitor_voltage is not None:
        raise ConfigurationError(f"{where}: supply.capacitor_voltage: say in supply.capacitor what is measured")


def _check_pins(supply: SupplyTable, where: str) -> None:
    for key, pin in (("mains_pin", supply.mains_pin), ("power_good_pin", supply.power_good_pin)):
        if pin is not None and pin not in PINS:
            raise ConfigurationError(f"{where}: supply.{key} is {pin}: a BCM number from {PINS[0]} to {PINS[-1]}")
    if supply.mains_pin == supply.power_good_pin:
        raise ConfigurationError(
            f"{where}: supply.mains_pin and supply.power_good_pin are one pin. Cure: leave one out"
        )
    for key, command, usual in (
        ("shutdown", supply.shutdown, "systemctl poweroff"),
        ("restart", supply.restart, "systemctl reboot"),
    ):
        if not (command and command[0]):
            raise ConfigurationError(f"{where}: supply.{key} is empty: a command is needed, as {usual}")


def _check_topology(supply: SupplyTable, where: str) -> None:
    if supply.topology is None:
        return
    levels = _LEVELS[supply.hub_class]
    if not _TOPOLOGY.fullmatch(supply.topology) or supply.topology.count("/") != levels - 1:
        path = "feeder/spur/transformer/service" if levels == 4 else "feeder/spur/transformer"
        raise ConfigurationError(
            f"{where}: supply.topology is {supply.topology!r}: a hub of class {supply.hub_class} hangs at {path}, "
            "each of up to 40 letters, digits, dots, dashes and underscores"
        )


def _check_voltage(table: VoltageTable, where: str, *, nominal: bool) -> None:
    channels = 8 if table.adc == "mcp3008" else 4
    if not 0 <= table.channel < channels:
        raise ConfigurationError(f"{where}.channel is {table.channel}: 0 to {channels - 1}")
    if table.divider <= 0 or table.reference_v <= 0:
        raise ConfigurationError(f"{where}: divider and reference_v must be above 0")
    if not (0 <= table.bus <= 63 and 0 <= table.address <= 127):
        raise ConfigurationError(f"{where}: bus is from 0 to 63, and address from 0 to 127")
    if nominal and (table.nominal_v is None or table.nominal_v <= 0):
        raise ConfigurationError(f"{where}.nominal_v: say what the divider sees at nominal supply, in volts")


def _check_capacitor(table: CapacitorTable, where: str) -> None:
    table.as_new()
    for key in ("riding_w", "shed_w", "sending_w", "shutdown_w", "shutdown_s"):
        _within(table, key, MUCH, where, above=0.0)
    _within(table, "charge_w", MUCH, where)
    _within(table, "aged_share", 1.0, where)
    if not COLDEST_C <= table.coldest_c <= HOTTEST_C:
        raise ConfigurationError(
            f"{where}.coldest_c is {table.coldest_c:g}: {COLDEST_C:g} to {HOTTEST_C:g} degrees Celsius"
        )


def _within(table: CapacitorTable, key: str, most: float, where: str, above: float | None = None) -> None:
    value = getattr(table, key)
    if not (0 <= value <= most) or value == above:
        least = "above 0 and" if above is not None else "at least 0 and"
        raise ConfigurationError(f"{where}.{key} is {value:g}: {least} at most {most:g}")
