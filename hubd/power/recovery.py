"""Starting again in the middle of an outage, from the row on disk.

What happened while nobody looked is not assumed. After a crash the present loss counts again from the start of the
program: supply may have come back for a moment meanwhile, and an alert must stand on loss that was seen. After the
machine itself was down the outage is taken as long enough to be told, unless the clock shows that it was not.
"""

from dataclasses import replace

from hubd.model.stamp import Stamp
from hubd.power import records
from hubd.power.outage import Alert, LossBegan, Outage, Row, State
from hubd.power.outage_effects import Effect, Persist, ShedLoad, TakeLoad
from hubd.power.outage_events import Started
from hubd.power.phases import Failure, Trigger

Begin = tuple[Trigger, State, tuple[Effect, ...]]


def start(state: State, event: Started, now_s: float) -> Begin:
    """The trigger, and the state and effects that go with it, of a program start."""
    if event.row is None:
        return _fresh(state, event, now_s)
    outage = _recovered(event, event.row, state.rules.continuous_loss_s, now_s)
    state = replace(state, outage=outage, shed=True)
    if event.supply_on:
        return (Trigger.START_RESTORING if outage.alert else Trigger.START_WATCHING), state, ()
    written = Persist(records.row(outage))
    if outage.alert is None:
        return Trigger.START_RIDING, state, (ShedLoad(), written)
    if outage.alert.stored:
        return Trigger.START_SENT, state, (ShedLoad(), written)
    return Trigger.START_SENDING, state, (ShedLoad(), written, records.alert_of(outage, now_s))


def unseen(outage_id: str, last_alive: Stamp, started: Stamp) -> Row:
    """The row of an outage that left none: it began between the last sign of life and the start. R45."""
    return Row(outage_id, LossBegan(last_alive, started), None, 1, False, None, False, Failure.ENERGY_BEFORE_ALERT)


def _fresh(state: State, event: Started, now_s: float) -> Begin:
    """Load may still be shed: the program may have died after the end of an outage and before taking it."""
    if event.supply_on:
        return Trigger.START_NORMAL, state, (TakeLoad(),)
    outage = Outage(event.outage_id, LossBegan.at(event.at), 1, first_loss_s=now_s, off_since_s=now_s)
    return Trigger.START_DIP, replace(state, outage=outage, shed=True), (ShedLoad(),)


def _recovered(event: Started, row: Row, continuous_loss_s: float, now_s: float) -> Outage:
    short = event.lost_at_most_s is not None and event.lost_at_most_s < continuous_loss_s
    came_and_went = not event.same_boot and not event.supply_on
    # `on_since_s`: supply is on now, or may have been for a moment that nobody saw.
    return Outage(
        row.outage_id,
        row.began,
        row.operations + int(came_and_went),
        first_loss_s=row.first_loss_s if event.same_boot else None,
        off_since_s=None if event.supply_on else now_s,
        on_since_s=now_s,
        lasting=row.lasting or (not event.same_boot and not short),
        alert=Alert(row.alert, now_s, stored=row.stored) if row.alert else None,
        failure=row.failure,
    )
