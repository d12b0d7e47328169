"""Who speaks when: the shares lie evenly over the spread, or over what the energy allows of it (R44)."""

import pytest

from hubd.errors import ConfigurationError
from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.last_gasp import next_deadline_s, step
from hubd.power.outage import State
from hubd.power.outage_effects import SendAlert
from hubd.power.outage_events import Clock, EnergyLeft, SupplyLost
from hubd.power.phases import Failure, Phase
from hubd.power.rules import Rules
from hubd.power.spread import share

HUBS = 2_000


def sent_at(hub: str, energy_s: float | None) -> tuple[float, Failure | None]:
    """When a hub sends, in seconds after 60 s of loss; `energy_s`: so much longer it can wait by then."""
    state = State(Rules(spread_s=30.0, spread_share=share(hub, "one")), Phase.NORMAL)
    state, _ = step(state, SupplyLost("one", Stamp(0.0, TimeTrust.NETWORK)), 0.0)
    if energy_s is not None:
        state, _ = step(state, EnergyLeft(60.0 + energy_s, 90.0 + energy_s), 0.0)
    while (due_s := next_deadline_s(state)) is not None:
        state, effects = step(state, Clock(), due_s)
        if any(isinstance(effect, SendAlert) for effect in effects):
            assert state.outage is not None
            return due_s - 60.0, state.outage.failure
    raise AssertionError("no alert")


@pytest.mark.parametrize(("energy_s", "within_s"), [(None, 30.0), (100.0, 30.0), (5.0, 5.0)])
def test_hubs_speak_evenly_over_the_spread_that_their_energy_allows_r44(energy_s: float | None, within_s: float):
    moments = sorted(sent_at(f"hub-{number}", energy_s)[0] for number in range(HUBS))
    for tenth in range(10):
        low_s, high_s = tenth * within_s / 10, (tenth + 1) * within_s / 10
        assert sum(low_s <= at_s < high_s for at_s in moments) == pytest.approx(HUBS / 10, rel=0.3)
    assert moments[-1] < within_s
    assert len(set(moments)) > HUBS * 0.99


def test_a_spread_that_the_energy_cuts_is_said_r44():
    assert sent_at("hub-1", 5.0)[1] is Failure.SPREAD_CUT
    assert sent_at("hub-1", 30.0)[1] is None
    assert sent_at("hub-1", 0.0) == (0.0, Failure.SPREAD_CUT)


def test_a_share_beyond_the_whole_is_refused():
    with pytest.raises(ConfigurationError, match="from 0 to 1"):
        Rules(spread_share=1.1)
