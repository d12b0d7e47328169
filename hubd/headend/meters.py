"""The meters this office vends to: where they are, and what selects their decoder key."""

import sqlite3
from dataclasses import dataclass

from hubd.headend.refused import Refused
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
    key: MeterKey
    last_tid: int = 0

    @property
    def pan(self) -> str:
        """The meter's primary account number, 18 digits."""
        return self.key.pan

    @property
    def key_name(self) -> str:
        """What selects its key, in words that hold no secret: to know later which key a token was under."""
        key = self.key
        return f"sgc {key.sgc} krn {key.krn} kt {key.kt} ti {key.ti} base {key.base}"


_COLUMNS = "pan, address, hub, kind, vending_key, sgc, krn, kt, ti, base, currency, last_tid"


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
    last_tid = before.last_tid if before and before.key.base == key.base else 0
    values = (
        key.pan, meter.address, meter.hub, meter.kind, key.vending_key.reveal(), key.sgc, key.krn, key.kt, key.ti,
        key.base, meter.currency, last_tid,
    )  # fmt: skip
    connection.execute(
        f"""INSERT INTO meters ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (pan) DO UPDATE SET
            address=excluded.address, hub=excluded.hub, kind=excluded.kind, vending_key=excluded.vending_key,
            sgc=excluded.sgc, krn=excluded.krn, kt=excluded.kt, ti=excluded.ti, base=excluded.base,
            currency=excluded.currency, last_tid=excluded.last_tid""",  # noqa: S608 - the columns are ours
        values,
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


def _is_burnt(connection: sqlite3.Connection, meter: Meter) -> bool:
    from hubd.headend.reversal import is_burnt

    return is_burnt(connection, meter.pan, meter.key_name)


def _find(connection: sqlite3.Connection, column: str, value: str) -> Meter | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM meters WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
    return _meter(row) if row else None


def _meter(row: sqlite3.Row) -> Meter:
    key = MeterKey(
        pan=row["pan"], vending_key=Secret(bytes(row["vending_key"])), sgc=row["sgc"], krn=row["krn"], kt=row["kt"],
        ti=row["ti"], base=row["base"],
    )  # fmt: skip
    return Meter(
        Eui64(row["address"]), HubId(row["hub"]), DeviceKind(row["kind"]), row["currency"], key, row["last_tid"]
    )
