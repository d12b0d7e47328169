"""The meters' queues after a restart, from the rows of the ledger.

A clock that was set in between must neither drop a token nor keep it for ever, neither free a held meter at once nor
hold it for longer than it asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase
from hubd.store.top_ups import TopUpRow
from hubd.utility import key_change_course
from hubd.utility.key_change_course import Progress
from hubd.utility.top_up_verdicts import LATER_RETRY_S
from hubd.utility.vending_queue import NEVER_S, MeterQueue, TopUp, in_turn

LEAST_LEFT_S = 60.0
"""What a time that has run out by the wall clock is given at a start."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """How long tokens of one meter are tried, when they are offered for entry by hand, and for how long at least they
    are tried from a start on: a meter that sleeps must have had its wakes. Seconds.
    """

    give_up_after_s: float
    offer_after_s: float
    least_left_s: float = LEAST_LEFT_S


def recovered_queues(
    rows: Sequence[TopUpRow],
    now_s: float,
    wall_s: float,
    allowed: Callable[[Eui64], Allowed],
    sleeps: Callable[[Eui64], bool],
) -> dict[Eui64, MeterQueue]:
    """By meter. `rows`: what has not ended, in the order of its coming; `wall_s`: Unix time."""
    owed: dict[Eui64, list[TopUpRow]] = {}
    for row in rows:
        owed.setdefault(row.device, []).append(row)
    return {
        device: recovered(
            tuple(_top_up(row, now_s, wall_s, allowed(device)) for row in of_meter),
            not sleeps(device),
            _held(of_meter, wall_s),
            now_s,
        )
        for device, of_meter in owed.items()
    }


def recovered(
    top_ups: tuple[TopUp, ...],
    listening: bool = True,
    held: tuple[TopUpCase, float] | None = None,
    now_s: float = 0.0,
) -> MeterQueue:
    """One queue. `held`: why its meter had asked for time, and how much of that is left by the wall clock."""
    queue = MeterQueue(waiting=top_ups, listening=listening)
    if held is None:
        return queue
    case, left_s = held
    left_s = min(max(left_s, LEAST_LEFT_S), LATER_RETRY_S[case])
    return in_turn(replace(queue, held_for=case, not_before_s=now_s + left_s))


def _top_up(row: TopUpRow, now_s: float, wall_s: float, allowed: Allowed) -> TopUp:
    left_s = min(max(row.give_up_at.unix_s - wall_s, allowed.least_left_s), allowed.give_up_after_s)
    to_offer_s = min(max(row.received_at.unix_s + allowed.offer_after_s - wall_s, 0.0), allowed.offer_after_s)
    top_up = TopUp(
        row.order,
        row.token or Secret(""),  # never empty while the order is under way
        now_s + left_s,
        attempts=row.attempts,
        fate_unknown=row.attempts > 0 and not row.fate_known,
        offer_at_s=NEVER_S if row.offered else now_s + to_offer_s,
        told=row.told_case,
        by_hand=row.source == "local",
    )
    return _with_sections(top_up, row) if row.before else top_up


def _with_sections(top_up: TopUp, row: TopUpRow) -> TopUp:
    progress = Progress(row.progress)
    if progress is Progress.LAST_SECTION and row.fate_known:
        progress = Progress.SECTIONS  # the meter wanted it later: it has not taken it
    return replace(
        top_up,
        offer_at_s=NEVER_S,
        before=row.before,
        course=key_change_course.recovered(progress, len(row.before)),
        fate_unknown=progress is Progress.TOKEN and not row.fate_known,
    )


def _held(rows: Sequence[TopUpRow], wall_s: float) -> tuple[TopUpCase, float] | None:
    """Why a meter had asked for time when the hub ended, and how much of that is left; its orders' rows say so."""
    until = [row.held_until_unix_s for row in rows if row.held_until_unix_s is not None]
    if not until:
        return None
    told = (row.told_case for row in rows if row.held_until_unix_s is not None)
    case = next((case for case in told if case in LATER_RETRY_S), TopUpCase.NOT_READY)
    return case, max(until) - wall_s
