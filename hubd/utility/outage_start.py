"""What a start can know of a loss that it did not see, from the last sign of life."""

import uuid

from hubd.model.stamp import Stamp, TimeTrust
from hubd.power import recovery
from hubd.power.outage import Row
from hubd.utility.life import LastAlive


def fresh_id() -> str:
    """The id of an outage, should there be one."""
    return uuid.uuid4().hex


def unseen(last: LastAlive | None, boot: str, started: Stamp) -> Row | None:
    """The machine went down and left no word: supply was lost, as far as anybody can tell."""
    if last is None or last.in_order or last.boot == boot:
        return None
    return recovery.unseen(fresh_id(), last.at, started)


def between(last: LastAlive | None, now: Stamp) -> float | None:
    """How long the hub can have been away at most, where both clocks are believed."""
    if last is None or TimeTrust.UNSYNCED in (last.at.trust, now.trust) or now.unix_s < last.at.unix_s:
        return None
    return now.unix_s - last.at.unix_s
