"""When the last-gasp rules must act next, and why."""

from hubd.power.outage import Outage, State
from hubd.power.phases import Phase, Trigger
from hubd.power.rules import EVENT_CLOSES_S, FLOOR_S, Policy, Rules, on_grid

Due = tuple[float, Trigger]


def next_due(state: State) -> Due | None:
    """The earliest moment at which something falls due, and what. Of two at one moment the one written first wins."""
    find = _DUE.get(state.phase)
    outage = state.outage
    if find is None or outage is None:
        return None
    dues = find(state, outage)
    if outage.off_since_s is not None and state.down_by_s is not None:
        dues.append((state.down_by_s, Trigger.ENERGY_OUT))
    return min(dues, key=lambda due: due[0]) if dues else None


def alert_due_s(outage: Outage, rules: Rules) -> float:
    """When the present loss is confirmed."""
    off_since_s = _off_since(outage)
    due_s = off_since_s + rules.continuous_loss_s
    if rules.policy is Policy.EARLIEST and outage.on_since_s is not None:
        due_s = max(due_s, outage.on_since_s + EVENT_CLOSES_S)
    return on_grid(due_s)


def provisional_due_s(state: State, outage: Outage) -> float | None:
    """When waiting on would leave too little energy; None where no provisional alert can be sent, or none is needed.

    Never before 15 s of continuous loss. Where those end later than the energy of a full send window, the alert still
    goes out if a shorter window is left.
    """
    if state.send_by_s is None or state.down_by_s is None:
        return None
    floor_s = on_grid(_off_since(outage) + FLOOR_S)
    if state.send_by_s >= floor_s:
        return state.send_by_s
    return floor_s if floor_s + state.rules.least_send_s <= state.down_by_s else None


def _dip(state: State, outage: Outage) -> list[Due]:
    return [(on_grid(_off_since(outage) + state.rules.shed_after_s), Trigger.LASTED)]


def _riding(state: State, outage: Outage) -> list[Due]:
    dues = [(alert_due_s(outage, state.rules), Trigger.CONFIRMED)]
    provisional_s = provisional_due_s(state, outage)
    return dues if provisional_s is None else [*dues, (provisional_s, Trigger.ENERGY_SHORT)]


def _spreading(state: State, outage: Outage) -> list[Due]:
    dues = [(outage.spread_until_s, Trigger.SPREAD_OVER)]
    return dues if state.send_by_s is None else [*dues, (state.send_by_s, Trigger.ENERGY_SHORT)]


def _sending(state: State, outage: Outage) -> list[Due]:
    alert = outage.alert
    assert alert is not None
    dues = [(on_grid(alert.sent_at_s + state.rules.send_s), Trigger.WINDOW_OVER)]
    if alert.attempts <= len(state.rules.resend_after_s):
        dues.append((on_grid(alert.sent_at_s + state.rules.resend_after_s[alert.attempts - 1]), Trigger.RESEND))
    return dues


def _sent(_state: State, _outage: Outage) -> list[Due]:
    return []


def _on(_state: State, outage: Outage) -> list[Due]:
    assert outage.on_since_s is not None
    return [(on_grid(outage.on_since_s + EVENT_CLOSES_S), Trigger.STABLE)]


_DUE = {
    Phase.DIP: _dip,
    Phase.RIDING: _riding,
    Phase.SPREADING: _spreading,
    Phase.SENDING: _sending,
    Phase.SENT: _sent,
    Phase.WATCHING: _on,
    Phase.RESTORING: _on,
}


def _off_since(outage: Outage) -> float:
    assert outage.off_since_s is not None
    return outage.off_since_s
