"""What is written and told of an outage."""

from hubd.power.outage import Outage, Row, State
from hubd.power.outage_effects import RecordMomentary, SendAlert, SendRestored


def open_outage(state: State) -> Outage:
    """The outage that is open; every trigger of time has one."""
    assert state.outage is not None
    return state.outage


def row(outage: Outage) -> Row:
    """What must outlive the hub."""
    alert = outage.alert
    return Row(
        outage.outage_id,
        outage.began,
        outage.first_loss_s,
        outage.operations,
        outage.lasting,
        alert.kind if alert else None,
        bool(alert and alert.stored),
        outage.failure,
    )


def alert_of(outage: Outage, now_s: float) -> SendAlert:
    """The alert, at this attempt."""
    assert outage.alert is not None
    assert outage.off_since_s is not None
    off_for_s = round(now_s - outage.off_since_s, 3)
    since_first_s = None if outage.first_loss_s is None else round(now_s - outage.first_loss_s, 3)
    kind, attempt = outage.alert.kind, outage.alert.attempts
    return SendAlert(outage.outage_id, kind, outage.began, off_for_s, since_first_s, outage.operations, attempt)


def closing(outage: Outage) -> SendRestored | RecordMomentary:
    """What an event that is over is told as: a restoration where an alert was sent or the loss was long enough for
    one, else a momentary event.
    """
    assert outage.on_since_s is not None
    first_s = outage.first_loss_s
    lasted_s = None if first_s is None else round(outage.on_since_s - first_s, 3)
    head = (outage.outage_id, outage.began, lasted_s, outage.operations)
    if outage.alert is not None or outage.lasting:
        return SendRestored(*head, outage.alert is not None, outage.failure)
    return RecordMomentary(*head, outage.failure)
