"""A partner that may send anything at any time gets no key, no exception, and does not grow the hub's state (R13)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.model.identity import parse_eui64
from hubd.zigbee.cbke.exchange import (
    Begin,
    Clock,
    Compute,
    Computed,
    Established,
    Event,
    Heard,
    KeyEstablishment,
    NotDelivered,
    Send,
    Unreadable,
)
from hubd.zigbee.cbke.machine import next_deadline_s, step
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.se.key_establishment import (
    ConfirmKeyDataRequest,
    ConfirmKeyDataResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    GenerateTimes,
    InitiateRequest,
    InitiateResponse,
    Status,
    Terminate,
    build,
)

from .published import published_exchange
from .two_sides import credentials, device, performed

PUBLISHED = published_exchange(Suite.ONE)
HUB = device(credentials(PUBLISHED, PUBLISHED.responder))
OTHER = PUBLISHED.initiator.certificate.subject
STRANGER = parse_eui64("00124b0011223344")

partners = st.sampled_from([OTHER, STRANGER, HUB.own])
certificates = st.sampled_from(
    [PUBLISHED.initiator.certificate.encode(), PUBLISHED.responder.certificate.encode(), bytes(48)]
)
points = st.one_of(
    st.sampled_from([PUBLISHED.initiator.ephemeral_public, PUBLISHED.responder.public, bytes(22), bytes(37)]),
    st.binary(min_size=22, max_size=22),
)
times = st.builds(GenerateTimes, st.integers(0, 254), st.integers(0, 254))
messages = st.one_of(
    st.builds(InitiateRequest, st.sampled_from([0, 1, 2, 3]), times, certificates),
    st.builds(InitiateResponse, st.sampled_from([1, 2]), times, certificates),
    st.builds(EphemeralDataRequest, points),
    st.builds(EphemeralDataResponse, points),
    st.builds(ConfirmKeyDataRequest, st.binary(min_size=16, max_size=16)),
    st.builds(ConfirmKeyDataResponse, st.binary(min_size=16, max_size=16)),
    st.builds(
        Terminate, st.sampled_from([*Status, 0, 99]), st.integers(0, 255), st.integers(0, 65535), st.booleans()
    ),
)
events = st.one_of(
    st.builds(Heard, partners, messages),
    st.builds(Heard, st.just(OTHER), messages),
    st.builds(Unreadable, partners, st.booleans()),
    st.builds(NotDelivered, partners),
    st.builds(Begin, st.just(OTHER), st.sampled_from(list(Suite))),
    st.just(Clock()),
)


@settings(max_examples=150, deadline=None)
@given(history=st.lists(st.tuples(events, st.floats(0, 60), st.booleans()), max_size=20))
def test_any_history_ends_without_a_key_and_with_every_frame_sendable(
    history: list[tuple[Event, float, bool]],
):
    state, now_s, owed = HUB, 0.0, []
    for event, passes_s, finish_work in history:
        now_s += passes_s
        state, owed = _take(state, event, now_s, owed)
        while finish_work and owed:
            work = owed.pop(0)
            state, owed = _take(state, Computed(work.number, performed(work.work, "hub")), now_s, owed)
    for _ in range(10):
        at = next_deadline_s(state)
        if at is None:
            break
        now_s = max(now_s, at)
        state, _ = _take(state, Clock(), now_s, [])
    assert (state.exchange, state.retry) == (None, None), "left alone, it comes to rest"


def _take(state: KeyEstablishment, event: Event, now_s: float, owed: list[Compute]):
    state, effects = step(state, event, now_s)
    for effect in effects:
        assert not isinstance(effect, Established)
        if isinstance(effect, Send):
            assert build(1, effect.message).encode()
    assert state.exchange is None or len(state.exchange.seen) <= 4
    return state, [*owed, *(effect for effect in effects if isinstance(effect, Compute))]
