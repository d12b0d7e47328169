"""Where everything of the virtual house stands: folders, sockets, ports, and who lives in it."""

from dataclasses import dataclass
from pathlib import Path

from hubd.bench.ports import free_port
from hubd.model.token_schemes import DEFAULT

HUB = "hub-0001"
UTILITY_RADIO_IEEE = "00:12:4b:00:14:b5:00:01"
CONSUMER_RADIO_IEEE = "00:12:4b:00:14:b5:00:02"


@dataclass(frozen=True, slots=True)
class HouseMeter:
    """A meter of the house with all that the head-end must know of it. The keys are the published test keys."""

    ieee: str
    install_code: str
    pan: str
    krn: int
    base: int
    name: str
    sgc: str = "123457"
    kt: int = 2
    ti: str = "01"
    vending_key: str = "abababababababab949494949494949401234567"
    kind: str = "electricity_meter"
    supplier: str = "Northern Electricity"
    token_scheme: str = DEFAULT
    originator: str = ""
    """Of a meter that takes UTRNs: its supplier's identifier."""
    issuer: str = ""
    """Who signs its top-ups; empty: the head-end itself."""
    token_memory: int = 50


METER = HouseMeter(
    ieee="00:0d:6f:00:0a:90:69:e7",
    install_code="83FED3407A939723A5C639B26916D505C3B5",
    pan="000001000000000082",
    krn=4,
    base=2014,
    name="The house's meter, with solar panels",
)
LAB_METER = HouseMeter(
    ieee="00:0d:6f:00:0a:90:69:e8",
    install_code="A1B2C3D4E5F60718293A4B5C6D7E8F90FA9F",
    pan="600727000000000009",
    krn=1,
    base=1993,
    name="A second meter, whose keys take the published compliance tokens",
    supplier="Lakeside Energy",
)

UTRN_METER = HouseMeter(
    ieee="00:0d:6f:00:0a:90:69:e9",
    install_code="5A6B7C8D9EAFB0C1D2E3F405162738A14E77",
    pan="2000012345678",
    krn=0,
    base=0,
    name="A meter of another supplier, who sells GB UTRNs",
    vending_key="000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    token_scheme="gb_utrn",  # noqa: S106 - the name of a scheme
    originator="90:b3:d5:1f:30:01:00:00",
    issuer="other-supplier",
)
"""Not in every house: `House(layout, meters=(METER, LAB_METER, UTRN_METER))`."""

GAS_METER = HouseMeter(
    ieee="00:0d:6f:00:0a:90:69:f0",
    install_code="0102030405060708090A0B0C0D0E0F1090FD",
    pan="000000000000002089",
    krn=1,
    base=2014,
    name="The house's gas meter, which sleeps",
    kind="gas_meter",
)
GAS_WAKES_EVERY_S = 30
"""A gas meter in service wakes every 1,800 s; the house's does so more often, so that there is something to see."""
HOUSE_METERS = (METER, LAB_METER, GAS_METER)


@dataclass(frozen=True, slots=True)
class HouseDisplay:
    """A display in the home. `meter`: the one whose account it shows."""

    ieee: str
    install_code: str
    meter: str
    name: str
    kind: str = "in_home_display"


DISPLAY = HouseDisplay(
    ieee="00:0d:6f:00:0a:90:70:01",
    install_code="C0FFEE0102030405060708090A0B0C0D0860",
    meter=METER.ieee,
    name="The display in the kitchen",
)
"""Not in every house: `House(layout, displays=(DISPLAY,))`."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths and ports of one house. Everything it writes is below `root`."""

    root: Path
    wan_port: int
    consumer_port: int

    @classmethod
    def at(cls, root: Path) -> "Layout":
        """A house at this folder, on ports that are free now."""
        wan_port = free_port()
        consumer_port = free_port()
        return cls(root.absolute(), wan_port, consumer_port)

    @property
    def headend(self) -> Path:
        """The head-end's home."""
        return self.root / "headend"

    @property
    def certificates(self) -> Path:
        """The bench's certificate authority and what it issued, for key establishment."""
        return self.root / "certificates"

    @property
    def utility(self) -> Path:
        """The utility daemon's state, configuration and console."""
        return self.root / "utility"

    @property
    def consumer(self) -> Path:
        """The consumer daemon's state and configuration."""
        return self.root / "consumer"

    @property
    def utility_config(self) -> Path:
        """`utility.toml`."""
        return self.utility / "utility.toml"

    @property
    def consumer_config(self) -> Path:
        """`consumer.toml`."""
        return self.consumer / "consumer.toml"

    @property
    def console(self) -> Path:
        """The utility daemon's console socket."""
        return self.utility / "console.sock"

    @property
    def feed(self) -> Path:
        """The one-way pipe."""
        return self.root / "feed.fifo"

    @property
    def services(self) -> Path:
        """Where the house's service manager takes orders."""
        return self.root / "services.sock"

    @property
    def grid(self) -> Path:
        """The grid's file, with its sockets beside it."""
        return self.root / "grid" / "grid.toml"

    @property
    def grid_console(self) -> Path:
        """Where the grid takes stories."""
        return self.root / "grid" / "control.sock"

    @property
    def grid_pins(self) -> Path:
        """What drives the pins of the hub."""
        return self.root / "grid" / "pins.sock"

    @property
    def clock(self) -> Path:
        """What a daemon on the bench's clock is told."""
        return self.root / "grid" / "clock.json"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.root / "logs"

    def radio(self, name: str) -> Path:
        """The serial line of a coordinator: `utility` or `consumer`."""
        return self.root / f"radio-{name}"

    def air(self, name: str) -> Path:
        """Files of a coordinator and its devices."""
        return self.root / f"air-{name}"

    def air_console(self, name: str) -> Path:
        """Where a coordinator takes faults and questions."""
        return self.air(name) / "control.sock"
