"""What goes to disk with a device's new state: one transaction, so that a crash leaves all of it or nothing."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from hubd.model.secret import Secret
from hubd.model.stamp import Stamp
from hubd.model.topup import Outcome
from hubd.store import commissioning, inbox
from hubd.utility.commissioning import admissions, saved
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.closing import Closing
from hubd.utility.commissioning.guest import Guest
from hubd.utility.commissioning.trial import UNSENT
from hubd.utility.commissioning.why import cure
from hubd.utility.events import EventName
from hubd.utility.outgoing import put_event, put_receipt
from hubd.utility.receipts import receipt_of
from hubd.utility.vending import Vending


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it: the trial token that is in the ledger now, and the admission that has its answer."""

    token: Secret[str] | None = None
    answered: str | None = None


def write(
    connection: sqlite3.Connection,
    before: Guest,
    after: Guest,
    effects: Sequence[ev.Effect],
    everyone: Sequence[Guest],
    closing: Closing,
    vending: Vending,
    at: Stamp,
) -> Written | None:
    """In the caller's transaction. `everyone` are all devices of the hub, this one as it stands after the step.
    None, and nothing is written, where the device was admitted anew meanwhile, or removed: that stands.
    """
    device = after.device
    row = commissioning.find(connection, device)
    if row is None or row.window != before.window:
        return None
    commissioning.save(connection, device, saved.encode(after.way))
    token: Secret[str] | None = None
    for effect in effects:
        match effect:
            case ev.EraseInstallCode():
                commissioning.erase_install_code(connection, device)
            case ev.TestPassed():
                commissioning.vend_test_has_passed(connection, device, at)
            case ev.TellDrift(drift_s):
                detail = {"drift_s": drift_s}
                reason = "the device's clock is off; nothing was set"
                put_event(connection, at, EventName.CLOCK_DRIFT, device=device, reason=reason, detail=detail)
            case ev.SendTrial(order):
                token = _into_the_ledger(connection, after, order, vending, at)
            case _:
                pass
    _end_replaced_trial(connection, before, after, at)
    _tell(connection, before, after, at)
    answered = admissions.answer(connection, after.admit_order, everyone, at)
    if after.way.done and not before.way.done:
        closing.arrived_in_service(connection, after, everyone, at)
    return Written(token, answered)


def _into_the_ledger(
    connection: sqlite3.Connection, guest: Guest, order: str, vending: Vending, at: Stamp
) -> Secret[str] | None:
    """The token of this order and no other: an order whose token is not here ends without one."""
    row = commissioning.find(connection, guest.device)
    if row is None or row.trial_token is None or row.trial_order != order:
        return None
    vending.record(connection, order, guest.device, row.trial_token, "wan", at)
    commissioning.erase_trial_token(connection, guest.device)
    return row.trial_token


def _end_replaced_trial(connection: sqlite3.Connection, before: Guest, after: Guest, at: Stamp) -> None:
    """A trial token that never went out and gave way to another: its order has its end too."""
    trial = before.way.trial
    if trial.order is None or trial.phase not in UNSENT or trial.order == after.way.trial.order:
        return
    row = inbox.find(connection, trial.order)
    if row is not None and not row.finished:
        words = f"another trial token took its place before it was sent (order {after.way.trial.order})"
        inbox.finish(connection, trial.order)
        put_receipt(connection, at, receipt_of(trial.order, after.device, Outcome.REFUSED, words, 0, None))


def _tell(connection: sqlite3.Connection, before: Guest, after: Guest, at: Stamp) -> None:
    held = after.way.held
    if held is not None and held != before.way.held:
        detail = {"step": str(after.way.step), "words": held.words(), "cure": cure(held, after.way.step)}
        put_event(
            connection,
            at,
            EventName.COMMISSIONING_HELD,
            device=after.device,
            reason=str(held.why),
            detail={**detail, "visit": after.visit},
        )
    if after.way.done and not before.way.done:
        put_event(connection, at, EventName.COMMISSIONED, device=after.device, detail={"visit": after.visit})
