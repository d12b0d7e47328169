"""The meters this office vends to: where they are, and what selects their decoder key."""

import sqlite3
from dataclasses import dataclass

from hubd.headend.refused import Refused
from hubd.headend.utrn import UtrnKey
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64, HubId, parse_eui64
from hubd.model.secret import Secret
from hubd.sts.meter_key import MeterKey


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter of the book. `last_tid` is the highest token identifier ever issued to it, in its base's minutes."""

    address: Eui64
    hub: HubId
    kind: DeviceKind
    currency: str
    key: MeterKey | UtrnKey
    last_tid: int = 0
    issuer: str = ""
    """Whose key signs its top-ups: a name given with `hubctl head init --issuer`; empty: the office itself."""

    @property
    def pan(self) -> str:
        """The meter's number: of an STS meter its primary account number, 18 digits."""
        return self.key.pan

    @property
    def key_name(self) -> str:
        """What selects its key (`name_of`)."""
        return name_of(self.key)


def name_of(key: MeterKey | UtrnKey) -> str:
    """What selects a key, in words that hold no secret: to know later which key a token was under."""
    if isinstance(key, UtrnKey):
        return key.name
    return f"sgc {key.sgc} krn {key.krn} kt {key.kt} ti {key.ti} base {key.base}"


_COLUMNS = (
    "pan, address, hub, kind, vending_key, sgc, krn, kt, ti, base, currency, last_tid, scheme, originator, issuer"
)


def add(connection: sqlite3.Connection, meter: Meter) -> str | Refused:
    """Enter a meter, or change what is known of it. Returns `added`, `changed` or `kept`.

    Token identifiers keep rising, unless the base date changes: then they count from another day. Refused
    where the address belongs to another meter.
    """
    key = meter.key
    before = _find(connection, "pan", key.pan)
    holder = _find(connection, "address", meter.address)
    if holder and holder.pan != key.pan:
        return Refused(f"{meter.address} is the address of meter {holder.pan} already")
    if before is not None and before.key_name != meter.key_name and _is_burnt(connection, meter):
        return Refused(
            f"a code under this key was shown for {key.pan} and its money given back: never this key again"
        )
    last_tid = before.last_tid if before and _counts_from(before) == _counts_from(meter) else 0
    values = (key.pan, meter.address, meter.hub, meter.kind, *_key_values(key), meter.currency, last_tid)
    connection.execute(
        f"""INSERT INTO meters ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (pan) DO UPDATE SET
            address=excluded.address, hub=excluded.hub, kind=excluded.kind, vending_key=excluded.vending_key,
            sgc=excluded.sgc, krn=excluded.krn, kt=excluded.kt, ti=excluded.ti, base=excluded.base,
            currency=excluded.currency, last_tid=excluded.last_tid, scheme=excluded.scheme,
            originator=excluded.originator, issuer=excluded.issuer""",  # noqa: S608 - the columns are ours
        (*values, *_scheme_values(key), meter.issuer),
    )
    if before is None:
        return "added"
    return "kept" if before == _find(connection, "pan", key.pan) else "changed"


def find(connection: sqlite3.Connection, name: str) -> Meter | Refused:
    """The meter of this PAN or address."""
    meter = _find(connection, "pan", name.strip())
    if meter is None:
        try:
            meter = _find(connection, "address", parse_eui64(name))
        except ValueError:
            meter = None
    if meter is None:
        return Refused(f"no meter {name!r} in the book. Cure: hubctl head meter-add, or look at: hubctl head meters")
    return meter


def every(connection: sqlite3.Connection) -> list[Meter]:
    """All meters, by PAN."""
    return [_meter(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM meters ORDER BY pan")]  # noqa: S608


def raise_last_tid(connection: sqlite3.Connection, pan: str, tid: int) -> None:
    """Remember a token identifier as used. Never lowers what stands."""
    connection.execute("UPDATE meters SET last_tid = max(last_tid, ?) WHERE pan = ?", (tid, pan))


def _counts_from(meter: Meter) -> int:
    """From where its tokens count: the base date, or for UTRNs one fixed beginning."""
    return 0 if isinstance(meter.key, UtrnKey) else meter.key.base


def _key_values(key: MeterKey | UtrnKey) -> tuple[bytes, str, int, int, str, int]:
    if isinstance(key, UtrnKey):
        return key.secret.reveal(), "", 0, 0, "", 0
    return key.vending_key.reveal(), key.sgc, key.krn, key.kt, key.ti, key.base


def _scheme_values(key: MeterKey | UtrnKey) -> tuple[str, str]:
    return ("gb_utrn", key.originator) if isinstance(key, UtrnKey) else ("sts", "")


def _is_burnt(connection: sqlite3.Connection, meter: Meter) -> bool:
    from hubd.headend.reversal import is_burnt

    return is_burnt(connection, meter.pan, meter.key_name)


def _find(connection: sqlite3.Connection, column: str, value: str) -> Meter | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM meters WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
    return _meter(row) if row else None


def _meter(row: sqlite3.Row) -> Meter:
    return Meter(
        address=Eui64(row["address"]), hub=HubId(row["hub"]), kind=DeviceKind(row["kind"]), currency=row["currency"],
        key=_key(row), last_tid=row["last_tid"], issuer=row["issuer"],
    )  # fmt: skip


def _key(row: sqlite3.Row) -> MeterKey | UtrnKey:
    secret = Secret(bytes(row["vending_key"]))
    if row["scheme"] == "gb_utrn":
        return UtrnKey(row["pan"], secret, Eui64(row["originator"]), Eui64(row["address"]))
    return MeterKey(row["pan"], secret, row["sgc"], row["krn"], row["kt"], row["ti"], row["base"])
