"""`/etc/hubd/utility.toml`: what the utility daemon is told. Reference: docs/configuration.md."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hubd.configuration import is_host, load_toml
from hubd.errors import ConfigurationError
from hubd.model.identity import HubId, parse_hub_id
from hubd.utility import supply_config
from hubd.utility.supply_config import SupplyTable
from hubd.wan.config import WanConfig
from hubd.zigbee.radio_config import RadioConfig

_DAY_S = 86_400.0
BOUNDS = (
    ("radio", "channel", 11, 26),
    ("radio", "baudrate", 1_200, 4_000_000),
    ("radio", "watchdog_s", 0.1, 3_600.0),
    ("radio", "answer_timeout_s", 0.1, 600.0),
    ("wan", "port", 1, 65_535),
    ("store", "group_window_s", 0.0, 60.0),
    ("store", "most_readings", 1_000, 100_000_000),
    ("vending", "give_up_after_s", 60.0, 366 * _DAY_S),
    ("vending", "offer_after_s", 1.0, 366 * _DAY_S),
    ("metering", "poll_s", 1.0, _DAY_S),
)
"""Table, key, least, most: the numbers of the file, `[supply]` apart."""


@dataclass(frozen=True)
class RadioTable:
    """`[radio]`: the coordinator of the utility HAN."""

    path: str
    """A serial device (by-id names survive a reboot) or `socket://host:port`."""
    channel: int = 20
    baudrate: int = 115_200
    watchdog_s: float = 5.0
    answer_timeout_s: float = 10.0


@dataclass(frozen=True)
class SecurityTable:
    """`[security]`: under which key devices of the utility HAN are spoken to."""

    key_establishment: Literal["required", "install_code"] = "required"
    """`install_code` goes on under the joining key: for a lab's meters that have no certificate, never in a home."""
    certificates: tuple[Path, ...] = ()
    """The hub's own, one a suite, each with its private key (0600)."""


@dataclass(frozen=True)
class WanTable:
    """`[wan]`: the broker and the files that open it."""

    host: str
    ca: Path
    certificate: Path
    key: Path
    role_keys: Path
    port: int = 8883


@dataclass(frozen=True)
class StoreTable:
    """`[store]`: how the journal writes."""

    group_window_s: float = 0.0
    """Readings wait so long for company before they are written; 0 writes at once what has come together."""
    most_readings: int = 250_000
    """So many readings wait for the head-end at most, about 0.4 KB each; beyond that the oldest are dropped."""


@dataclass(frozen=True)
class FeedTable:
    """`[feed]`: the one-way pipe to the consumer daemon."""

    fifo: Path


@dataclass(frozen=True)
class ConsoleTable:
    """`[console]`: the socket of `hubctl`."""

    socket: Path


@dataclass(frozen=True)
class TimeTable:
    """`[time]`: whether the system's clock is believed."""

    assume_synced: bool = False
    """True on a bench whose clock is right though the kernel does not say so."""


@dataclass(frozen=True)
class VendingTable:
    """`[vending]`: how long a token is tried."""

    give_up_after_s: float = 7 * 86_400.0
    offer_after_s: float = 2_700.0
    """A token still under way after so long is offered for entry by hand, while delivery goes on."""


@dataclass(frozen=True)
class MeteringTable:
    """`[metering]`: how often the hub asks by itself."""

    poll_s: float = 300.0


@dataclass(frozen=True)
class UtilityConfig:
    """The whole file."""

    hub: str
    state: Path
    radio: RadioTable
    wan: WanTable
    feed: FeedTable
    console: ConsoleTable
    security: SecurityTable = field(default_factory=SecurityTable)
    store: StoreTable = field(default_factory=StoreTable)
    time: TimeTable = field(default_factory=TimeTable)
    vending: VendingTable = field(default_factory=VendingTable)
    metering: MeteringTable = field(default_factory=MeteringTable)
    supply: SupplyTable | None = None

    @property
    def hub_id(self) -> HubId:
        """The hub's name, checked at loading."""
        return HubId(self.hub)


def load(path: Path) -> UtilityConfig:
    """Read and check the file. Raises ConfigurationError."""
    config = load_toml(path, UtilityConfig)
    try:
        parse_hub_id(config.hub)
    except ValueError as error:
        raise ConfigurationError(f"{path}: hub: {error}") from None
    _check_places(config, path)
    _check_numbers(config, path)
    _check_security(config.security, path)
    if config.supply is not None:
        supply_config.check(config.supply, str(path))
    return config


def _check_places(config: UtilityConfig, path: Path) -> None:
    """What is connected to."""
    if not is_host(config.wan.host):
        raise ConfigurationError(f"{path}: wan.host is {config.wan.host!r}: a host is needed, as broker.example")
    radio = config.radio.path
    if not radio or radio != radio.strip() or not radio.isprintable():
        raise ConfigurationError(f"{path}: radio.path is {radio!r}: a device is needed, as /dev/serial/by-id/...")
    if radio.startswith("socket://"):
        host, _, port = radio.removeprefix("socket://").rpartition(":")
        if not (
            is_host(host.removeprefix("[").removesuffix("]"))
            and re.fullmatch("[0-9]{1,5}", port)
            and 0 < int(port) < 65_536
        ):
            raise ConfigurationError(f"{path}: radio.path is {radio!r}: as socket://host:6638")


def _check_numbers(config: UtilityConfig, path: Path) -> None:
    for table, key, least, most in BOUNDS:
        value = getattr(getattr(config, table), key)
        if not least <= value <= most:
            raise ConfigurationError(f"{path}: {table}.{key} is {value:.16g}: from {least:.16g} to {most:.16g}")


def _check_security(security: SecurityTable, path: Path) -> None:
    if security.key_establishment == "required" and not security.certificates:
        raise ConfigurationError(
            f"{path}: security.certificates is empty: without a certificate the hub can make no key with a meter."
            " Cure: name its files (hubctl ca issue makes them for a bench), or, with a lab's meters that have no"
            ' certificate, key_establishment = "install_code"'
        )
    if security.key_establishment == "install_code" and security.certificates:
        raise ConfigurationError(
            f'{path}: security.certificates are named and key_establishment = "install_code" leaves them unused.'
            " Cure: remove one of the two"
        )


def radio_config(config: UtilityConfig) -> RadioConfig:
    """What the utility HAN is told of it."""
    return RadioConfig(
        path=config.radio.path,
        channel=config.radio.channel,
        baudrate=config.radio.baudrate,
        database=config.state / "zigbee.sqlite",
        certificates=config.security.certificates,
        watchdog_s=config.radio.watchdog_s,
        answer_timeout_s=config.radio.answer_timeout_s,
    )


def wan_config(config: UtilityConfig) -> WanConfig:
    """What the WAN's session is told of it."""
    wan = config.wan
    return WanConfig(host=wan.host, port=wan.port, ca=wan.ca, certificate=wan.certificate, key=wan.key)
