"""Two honest sides on an air that loses and doubles: they never end up believing in different keys (R12)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.zigbee.cbke.exchange import Established
from hubd.zigbee.cbke.machine import next_deadline_s
from hubd.zigbee.cbke.suite import Suite

from .published import published_exchange
from .two_sides import TwoSides, two_sides

PUBLISHED = published_exchange(Suite.ONE)


@settings(max_examples=25, deadline=None)
@given(arrives=st.lists(st.booleans(), max_size=24), copies=st.sampled_from([1, 1, 2]))
def test_whoever_has_a_key_has_the_key_that_the_other_was_the_last_to_make(arrives: list[bool], copies: int):
    verdicts = iter(arrives)
    table = two_sides(PUBLISHED, lambda _sender, message: message if next(verdicts, True) else None)
    table.copies = copies
    table.begin(Suite.ONE)
    for _ in range(30):
        if all(next_deadline_s(state) is None for state in table.states.values()):
            break
        table.pass_time()
    assert all((state.exchange, state.retry) == (None, None) for state in table.states.values())
    u, v = _last_key(table, table.initiator), _last_key(table, table.responder)
    assert u is None or u == v, "the initiator believes only in a key that the responder made too"


def _last_key(table: TwoSides, address) -> object:
    keys = [told.link_key for told in table.reported[address] if isinstance(told, Established)]
    return keys[-1] if keys else None
