"""Where a head-end keeps its things: one folder."""

from dataclasses import dataclass, field
from pathlib import Path

from hubd.configuration import load_toml
from hubd.errors import ConfigurationError
from hubd.headend.outages.evidence import Rules
from hubd.model.roles import Role

HEADEND_USER = "headend"
"""Common name of the certificate that reads what hubs send, and orders in every role but vending."""

VENDING_USER = "vending"
"""Common name of the certificate that may publish top-ups, and do nothing else (R5)."""

OBSERVER_USER = "observer"
"""Common name of a certificate that hears everything. Made by a bench that wants to watch, and nowhere else."""

RESERVED_NAMES = frozenset({HEADEND_USER, VENDING_USER, OBSERVER_USER, "broker", "ca", "group"})
"""Names no hub may have: a hub's name is a level of the topics and the name on its certificate."""


@dataclass(frozen=True)
class BrokerTable:
    """`[broker]`: the WAN broker."""

    host: str = "127.0.0.1"
    port: int = 8883


@dataclass(frozen=True)
class OrdersTable:
    """`[orders]`: how long and how often an order is sent."""

    resend_s: float = 30.0
    """An order without a final receipt is sent again after so long; ten times rarer after its tenth sending."""
    vend_lifetime_s: float = 7 * 86_400.0
    command_lifetime_s: float = 3_600.0


@dataclass(frozen=True)
class VendingTable:
    """`[vending]`: limits of the office."""

    max_pence: int = 50_000
    max_debt_percent: int = 99
    """The most of one payment that all debts of a meter together may take; 1 to 99."""


@dataclass(frozen=True)
class HeadEndConfig:
    """The file `headend.toml`."""

    broker: BrokerTable = field(default_factory=BrokerTable)
    orders: OrdersTable = field(default_factory=OrdersTable)
    vending: VendingTable = field(default_factory=VendingTable)
    outages: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one head-end, and the names of what is in it."""

    path: Path

    @property
    def pki(self) -> Path:
        """Certificates and their keys."""
        return self.path / "pki"

    @property
    def ca(self) -> Path:
        """The certificate that hubs, broker and head-end trust."""
        return self.pki / "ca.crt"

    def certificate(self, name: str) -> Path:
        """The certificate of a hub, `headend`, `vending` or `broker`."""
        return self.pki / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The private key that belongs to `certificate(name)`; mode 0600."""
        return self.pki / f"{name}.key"

    def role_key(self, role: Role, issuer: str = "") -> Path:
        """The private key that signs commands of this role, or those of one issuer in it; mode 0600."""
        return self.path / "role-keys" / (f"{role}-{issuer}.pem" if issuer else f"{role}.pem")

    def issuers(self) -> list[str]:
        """The further issuers of top-ups that have a key here."""
        stem = f"{Role.VENDING}-"
        return sorted(file.stem.removeprefix(stem) for file in (self.path / "role-keys").glob(f"{stem}*.pem"))

    @property
    def public_role_keys(self) -> Path:
        """What a hub is given to verify commands with."""
        return self.path / "role-keys.toml"

    @property
    def database(self) -> Path:
        """The book: meters, ledger, orders, counters and what hubs sent."""
        return self.path / "headend.sqlite"

    @property
    def configuration(self) -> Path:
        """`headend.toml`."""
        return self.path / "headend.toml"

    @property
    def broker(self) -> Path:
        """The folder of the WAN broker's configuration and persistence."""
        return self.path / "broker"

    @property
    def lock(self) -> Path:
        """Held by the one process that has the MQTT session."""
        return self.path / "listen.lock"

    def config(self) -> HeadEndConfig:
        """Read `headend.toml`. Raises ConfigurationError."""
        if not self.configuration.exists():
            raise ConfigurationError(
                f"{self.path}: no head-end lives here. Cure: hubctl head init {self.path}, or name it with --home"
            )
        config = load_toml(self.configuration, HeadEndConfig)
        if not 1 <= config.vending.max_debt_percent <= 99:
            raise ConfigurationError(f"{self.configuration}: vending.max_debt_percent is from 1 to 99")
        return config
