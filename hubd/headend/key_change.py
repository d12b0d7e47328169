"""Bringing a meter onto another key: four sections under the old key, and a code of no value that proves the new one.

One order carries all five, and the hub keeps their sequence (`utility/key_change_course.py`). What the meter's answer
means for the book says `key_change_end.py`. An end that leaves open which key the meter is on is settled by `probe`,
which sends a proof alone.
"""

import sqlite3
from dataclasses import dataclass, replace
from hashlib import sha256

from hubd.headend import audit, issuing, meters, orders
from hubd.headend.audit import Deed
from hubd.headend.home import HeadEndConfig
from hubd.headend.key_change_end import State, find, highest_tid, objection_to_selling
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.headend.reversal import is_burnt
from hubd.headend.utrn import UtrnKey
from hubd.model.roles import Role
from hubd.model.secret import Secret
from hubd.sts import MeterKey, issue_key_change
from hubd.sts.key_change import KEN_MAX
from hubd.sts.tid import BASES
from hubd.wan.messages import VendArgs

_BURNT = "a code under that key was shown and its money given back: this meter never gets that key"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be different; None: as it is."""

    vending_key: Secret[bytes] | None = None
    sgc: str | None = None
    krn: int | None = None
    kt: int | None = None
    ti: str | None = None
    ken: int = KEN_MAX
    rollover: bool = False
    """To the next base date; the meter forgets its identifiers, which codes of the old key cannot use any more."""


def change(
    connection: sqlite3.Connection,
    request: str,
    meter_name: str,
    wanted: Wanted,
    by_whom: str,
    config: HeadEndConfig,
    now: float,
) -> Order | Refused:
    """Issue the set and queue it; in the caller's transaction."""
    meter = _sts_meter(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    old = meter.key
    assert isinstance(old, MeterKey)
    body = orders.body_hash("key-change", meter.pan, _words(wanted))
    if (before := orders.repeated(connection, request, body)) is not None:
        return before
    try:
        new = _new_key(old, wanted)
        sections = issue_key_change(old, new, wanted.ken, wanted.rollover)
    except ValueError as error:
        return Refused(str(error))
    if (objection := _objection(connection, meter, new, now)) is not None:
        return Refused(objection)
    order = _queue(connection, request, body, meter, new, sections, config, now, wanted.ken)
    if isinstance(order, Order):
        audit.note(connection, now, Deed.KEY_CHANGE_ISSUED, by_whom, meter.pan, request, _name(meter, new))
    return order


def probe(
    connection: sqlite3.Connection, request: str, meter_name: str, by_whom: str, config: HeadEndConfig, now: float
) -> Order | Refused:
    """Where it is open whether the meter is on the new key, or doubtful that it is not: a proof alone, as an order of
    its own.
    """
    meter = _sts_meter(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    body = orders.body_hash("key-probe", meter.pan)
    if (before := orders.repeated(connection, request, body)) is not None:
        return before
    standing = find(connection, meter.pan, now)
    if standing is None or standing.state not in (State.UNKNOWN, State.FAILED):
        return Refused(f"{meter.pan}: no key change whose end is open. Cure: look at hubctl head audit --meter")
    if is_burnt(connection, meter.pan, standing.new_name):
        return Refused(_BURNT)
    order = _queue(connection, request, body, meter, standing.new, (), config, now)
    if isinstance(order, Order):
        words = f"probe of {_name(meter, standing.new)}"
        audit.note(connection, now, Deed.KEY_CHANGE_ISSUED, by_whom, meter.pan, request, words)
    return order


def _sts_meter(connection: sqlite3.Connection, name: str) -> Meter | Refused:
    meter = meters.find(connection, name)
    if not isinstance(meter, Refused) and isinstance(meter.key, UtrnKey):
        return Refused(f"{meter.pan} takes UTRNs: its keys are not changed by codes")
    return meter


def _new_key(old: MeterKey, wanted: Wanted) -> MeterKey:
    base = BASES[BASES.index(old.base) + 1] if wanted.rollover and old.base != BASES[-1] else old.base
    return MeterKey(
        old.pan,
        wanted.vending_key or old.vending_key,
        wanted.sgc or old.sgc,
        old.krn if wanted.krn is None else wanted.krn,
        old.kt if wanted.kt is None else wanted.kt,
        wanted.ti or old.ti,
        base,
    )


def _objection(connection: sqlite3.Connection, meter: Meter, new: MeterKey, now: float) -> str | None:
    if new == meter.key:
        return "the new key is the one that the meter has. Cure: name what is to change: --krn, --ti, --sgc ..."
    if (objection := objection_to_selling(connection, meter.pan, now)) is not None:
        return objection
    if is_burnt(connection, meter.pan, meters.name_of(new)):
        return _BURNT
    return None


def _queue(
    connection: sqlite3.Connection,
    request: str,
    body: str,
    meter: Meter,
    new: MeterKey,
    sections: tuple[str, ...],
    config: HeadEndConfig,
    now: float,
    ken: int = KEN_MAX,
) -> Order | Refused:
    same_base = isinstance(meter.key, MeterKey) and meter.key.base == new.base
    last = max(meter.last_tid if same_base else 0, highest_tid(connection, meter.pan, new.base))
    proof = issuing.credit(replace(meter, key=new, last_tid=last), 0, now)
    if isinstance(proof, Refused):
        return proof
    if proof.tid >> 16 > ken:
        return Refused(
            f"a key that expires with {ken} opens no code of today ({proof.tid >> 16}). Cure: a higher --ken, or none"
        )
    if same_base:
        meters.raise_last_tid(connection, meter.pan, proof.tid)
    args = VendArgs(device=meter.address, token=proof.token, before=sections)
    lifetime_s = config.orders.vend_lifetime_s
    order = orders.queue(
        connection, request, body, Role.VENDING, meter.hub, "vend", args, now, lifetime_s, meter.issuer
    )
    connection.execute(
        "INSERT INTO key_changes VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (
            request, meter.pan, State.UNDER_WAY, meter.key_name, new.vending_key.reveal(), new.sgc, new.krn, new.kt,
            new.ti, new.base, proof.tid,
        ),
    )  # fmt: skip
    return order


def _name(meter: Meter, new: MeterKey) -> str:
    return f"{meter.key_name} to {meters.name_of(new)}"


def _words(wanted: Wanted) -> list[str]:
    """What was wanted, for knowing the same request again; of the key itself a hash."""
    key = sha256(wanted.vending_key.reveal()).hexdigest() if wanted.vending_key else None
    return [str(part) for part in (key, wanted.sgc, wanted.krn, wanted.kt, wanted.ti, wanted.ken, wanted.rollover)]
