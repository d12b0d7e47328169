"""The exchange as both sides live it (R12, R13): the way it goes, and each way it may not."""

from dataclasses import replace

import pytest

from hubd.model.identity import parse_eui64
from hubd.zigbee.cbke.curve import Point
from hubd.zigbee.cbke.exchange import (
    ATTEMPTS,
    OWN_WORK_TIMEOUT_S,
    RETRY_S,
    TRANSIT_S,
    Begin,
    Clock,
    Compute,
    Computed,
    Established,
    Failed,
    Failure,
    Heard,
    NotDelivered,
    Phase,
    Role,
    Send,
    Unreadable,
)
from hubd.zigbee.cbke.machine import next_deadline_s, step
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.cbke.work import NotAPoint
from hubd.zigbee.se.key_establishment import (
    ConfirmKeyDataRequest,
    ConfirmKeyDataResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    GenerateTimes,
    InitiateRequest,
    InitiateResponse,
    Message,
    Status,
    Terminate,
)

from .published import Published, published_exchange
from .two_sides import TIMES, TwoSides, credentials, device, performed, two_sides

STRANGER = parse_eui64("00124b0011223344")
WAY = [
    InitiateRequest,
    InitiateResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    ConfirmKeyDataRequest,
    ConfirmKeyDataResponse,
]


@pytest.fixture(scope="module")
def suite1() -> Published:
    return published_exchange(Suite.ONE)


def failure(table: TwoSides, role: Role) -> Failed:
    address = table.initiator if role is Role.INITIATOR else table.responder
    (told,) = table.reported[address]
    assert isinstance(told, Failed)
    return told


def until(published: Published, message_type: type[Message]) -> TwoSides:
    """A table on which everything up to this message was said, and this message lost."""
    table = two_sides(published, lambda _s, message: None if isinstance(message, message_type) else message)
    table.begin(published.suite)
    table.tamper = lambda _sender, message: message
    return table


# -- the way it goes ------------------------------------------------------------------------------------------------


def test_both_roles_come_to_the_same_key_in_six_messages(published: Published):
    table = two_sides(published)
    table.begin(published.suite)
    (u,), (v,) = table.reported[table.initiator], table.reported[table.responder]
    assert isinstance(u, Established)
    assert isinstance(v, Established)
    assert u.link_key == v.link_key
    assert (u.role, v.role, u.suite) == (Role.INITIATOR, Role.RESPONDER, published.suite)
    assert (u.partner, v.partner) == (table.responder, table.initiator)
    assert [type(message) for _, message in table.sent] == WAY
    assert [next_deadline_s(state) for state in table.states.values()] == [None, None]


def test_no_key_shows_itself_in_what_is_reported(published: Published):
    table = two_sides(published)
    table.begin(published.suite)
    (u,) = table.reported[table.initiator]
    assert isinstance(u, Established)
    assert u.link_key.reveal().hex() not in repr(u)
    assert repr(u.link_key.reveal()) not in repr(u)


def test_a_second_exchange_makes_another_key(suite1: Published):
    table = two_sides(suite1)
    table.begin(suite1.suite)
    table.begin(suite1.suite)
    first, second = table.reported[table.initiator]
    assert isinstance(first, Established)
    assert isinstance(second, Established)
    assert first.link_key != second.link_key


# -- certificates that are not good ---------------------------------------------------------------------------------


def test_a_certificate_of_an_issuer_that_is_not_ours_is_refused_as_such(published: Published):
    stranger = replace(published.initiator.certificate, issuer=STRANGER)
    asker = device(replace(credentials(published, published.initiator), certificate=stranger))
    table = TwoSides(asker, device(credentials(published, published.responder)))
    table.begin(published.suite)
    assert failure(table, Role.RESPONDER).status is Status.UNKNOWN_ISSUER
    told = failure(table, Role.INITIATOR)
    assert (told.failure, told.status) == (Failure.TERMINATED_BY_PARTNER, Status.UNKNOWN_ISSUER)
    assert told.retry_in_s is None


def test_the_certificate_of_another_device_is_refused(published: Published):
    thief = replace(device(credentials(published, published.initiator)), own=STRANGER)
    table = TwoSides(thief, device(credentials(published, published.responder)))
    table.begin(published.suite)
    assert failure(table, Role.RESPONDER).status is Status.BAD_MESSAGE
    assert "another device" in failure(table, Role.RESPONDER).why


def test_a_copied_certificate_under_its_owners_address_gets_no_key(published: Published):
    """Everything on the air can be copied; the private key cannot."""
    own = credentials(published, published.initiator)
    copied = replace(own, private=published.responder.private)
    table = TwoSides(device(copied), device(credentials(published, published.responder)))
    table.begin(published.suite)
    assert failure(table, Role.RESPONDER).status is Status.BAD_KEY_CONFIRM
    assert not isinstance(table.reported[table.initiator][0], Established)


def test_a_responder_with_a_copied_certificate_gets_no_key(published: Published):
    own = credentials(published, published.responder)
    copied = replace(own, private=published.initiator.private)
    table = TwoSides(device(credentials(published, published.initiator)), device(copied))
    table.begin(published.suite)
    assert failure(table, Role.RESPONDER).status is Status.BAD_KEY_CONFIRM


def test_a_responder_that_is_another_device_is_refused_by_the_initiator(published: Published):
    def other_certificate(sender, message):
        if isinstance(message, InitiateResponse):
            return replace(message, identity=published.initiator.certificate.encode())
        return message

    table = two_sides(published, other_certificate)
    table.begin(published.suite)
    assert failure(table, Role.INITIATOR).status is Status.BAD_MESSAGE


def test_who_goes_by_our_own_address_is_refused(published: Published):
    hub = device(credentials(published, published.responder))
    request = InitiateRequest(published.suite, TIMES, published.responder.certificate.encode())
    _, effects = step(hub, Heard(hub.own, request), 0.0)
    assert [effect.message.status for effect in effects if isinstance(effect, Send)] == [Status.BAD_MESSAGE]


def test_a_replayed_visit_gets_as_far_as_the_confirmation_and_no_key(published: Published):
    """All that a device sent in a good visit, sent again by one who listened: our ephemeral point is a new one."""
    heard = two_sides(published)
    heard.begin(published.suite)
    recorded = [message for sender, message in heard.sent if sender == heard.initiator]
    state, reports = heard.states[heard.responder], []
    for message in recorded:
        events = [Heard(heard.initiator, message)]
        while events:
            state, effects = step(state, events.pop(), 2_000.0)
            for effect in effects:
                if isinstance(effect, Compute):
                    events.append(Computed(effect.number, performed(effect.work, "anew")))
                elif not isinstance(effect, Send):
                    reports.append(effect)
    assert [report.status for report in reports] == [Status.BAD_KEY_CONFIRM]


@pytest.mark.parametrize("kind", [EphemeralDataRequest, EphemeralDataResponse])
def test_an_ephemeral_point_with_a_part_of_small_order_is_a_bad_message(published: Published, kind: type[Message]):
    curve = published.suite.curve
    mixed = curve.add(published.initiator.ephemeral.public, Point(0, 1))
    assert mixed is not None
    wrong = kind(curve.compress(mixed))
    table = two_sides(published, lambda _s, message: wrong if isinstance(message, kind) else message)
    table.begin(published.suite)
    by = Role.RESPONDER if kind is EphemeralDataRequest else Role.INITIATOR
    assert failure(table, by).status is Status.BAD_MESSAGE
    assert "prime order" in failure(table, by).why


def test_a_partner_that_sends_our_own_ephemeral_point_back_gets_no_key(suite1: Published):
    ours: list[bytes] = []

    def mirror(_sender, message):
        if isinstance(message, EphemeralDataRequest):
            ours.append(message.point)
        return EphemeralDataResponse(ours[0]) if isinstance(message, EphemeralDataResponse) else message

    table = two_sides(suite1, mirror)
    table.begin(Suite.ONE)
    assert failure(table, Role.RESPONDER).status is Status.BAD_KEY_CONFIRM


def test_our_own_code_sent_back_confirms_nothing(suite1: Published):
    table = until(suite1, ConfirmKeyDataResponse)
    own_code = next(message.mac for _, message in table.sent if isinstance(message, ConfirmKeyDataRequest))
    table.happens(table.initiator, Heard(table.responder, ConfirmKeyDataResponse(own_code)))
    assert failure(table, Role.INITIATOR).status is Status.BAD_KEY_CONFIRM


@pytest.mark.parametrize("kind", [EphemeralDataRequest, EphemeralDataResponse])
def test_a_point_that_is_not_on_the_curve_is_refused_before_anything_is_said_to_it(
    published: Published, kind: type[Message]
):
    octets = published.suite.curve.octets
    wrong = kind(b"\x02" + bytes(octets))
    table = two_sides(published, lambda _s, message: wrong if isinstance(message, kind) else message)
    table.begin(published.suite)
    assert isinstance(table.sent[-1][1], Terminate)
    assert isinstance(table.sent[-2][1], kind)


# -- suites ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0x0000, 0x0002, 0x0003, 0x0004, 0xFFFF])
def test_a_suite_we_do_not_have_is_refused_and_ours_are_told(suite1: Published, code: int):
    hub = device(credentials(suite1, suite1.responder))
    _, effects = step(hub, Heard(STRANGER, InitiateRequest(code, TIMES, bytes(74))), 0.0)
    told = next(effect for effect in effects if isinstance(effect, Send))
    assert told.message == Terminate(Status.UNSUPPORTED_SUITE, 0, 0x0001, to_client=True)


def test_an_answer_in_another_suite_is_refused(suite1: Published):
    table = two_sides(suite1, lambda _s, m: replace(m, suite=4) if isinstance(m, InitiateResponse) else m)
    table.begin(Suite.ONE)
    assert failure(table, Role.INITIATOR).status is Status.UNSUPPORTED_SUITE


def test_nothing_is_begun_in_a_suite_without_a_certificate(suite1: Published):
    hub = device(credentials(suite1, suite1.responder))
    state, (told,) = step(hub, Begin(STRANGER, Suite.TWO), 0.0)
    assert isinstance(told, Failed)
    assert (told.failure, state.exchange) == (Failure.NO_CREDENTIALS, None)


def test_an_ephemeral_point_of_the_other_suite_is_a_bad_message(published: Published):
    octets = 37 if published.suite is Suite.ONE else 22
    for kind in (EphemeralDataRequest, EphemeralDataResponse):
        table = two_sides(published, lambda _s, m, k=kind: k(bytes(octets)) if isinstance(m, k) else m)
        table.begin(published.suite)
        by = Role.RESPONDER if kind is EphemeralDataRequest else Role.INITIATOR
        assert failure(table, by).status is Status.BAD_MESSAGE


# -- one at a time --------------------------------------------------------------------------------------------------


def test_another_device_is_told_to_wait_and_the_exchange_goes_on(suite1: Published):
    table = until(suite1, EphemeralDataRequest)
    hub = table.states[table.responder]
    request = InitiateRequest(Suite.ONE, TIMES, suite1.initiator.certificate.encode())
    after, effects = step(hub, Heard(STRANGER, request), table.now_s)
    told = effects[0]
    assert isinstance(told, Send)
    assert isinstance(told.message, Terminate)
    assert (told.partner, told.message.status) == (STRANGER, Status.NO_RESOURCES)
    assert 1 <= told.message.wait_s <= 20
    assert after == hub


def test_a_device_told_to_wait_waits_that_long_and_then_gets_its_key(suite1: Published):
    busy = Terminate(Status.NO_RESOURCES, 20, 1, to_client=True)
    table = two_sides(suite1, lambda _sender, message: busy if isinstance(message, InitiateResponse) else message)
    table.begin(Suite.ONE)
    told = failure(table, Role.INITIATOR)
    assert (told.failure, told.retry_in_s) == (Failure.TERMINATED_BY_PARTNER, 20.0)
    table.tamper = lambda _sender, message: message
    table.pass_time()  # the responder gives up waiting first
    table.pass_time()
    assert table.now_s == 1_020.0
    assert isinstance(table.reported[table.initiator][-1], Established)
    assert isinstance(table.reported[table.responder][-1], Established)


def test_while_one_is_under_way_or_to_be_tried_again_no_other_is_begun(suite1: Published):
    table = until(suite1, InitiateRequest)
    state, (told,) = step(table.states[table.initiator], Begin(STRANGER, Suite.ONE), table.now_s)
    assert isinstance(told, Failed)
    assert told.failure is Failure.BUSY
    state, _ = step(state, NotDelivered(table.responder), table.now_s)
    assert state.retry is not None
    after, (told,) = step(state, Begin(STRANGER, Suite.ONE), table.now_s)
    assert isinstance(told, Failed)
    assert (told.failure, after.retry) == (Failure.BUSY, state.retry)


def test_two_that_begin_with_each_other_turn_each_other_away(suite1: Published):
    table = until(suite1, InitiateRequest)
    request = InitiateRequest(Suite.ONE, TIMES, suite1.responder.certificate.encode())
    state, effects = step(table.states[table.initiator], Heard(table.responder, request), table.now_s)
    assert isinstance(effects[0], Send)
    assert isinstance(effects[0].message, Terminate)
    assert effects[0].message.status is Status.NO_RESOURCES
    assert state.exchange is not None


# -- silence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "waits_s"),
    [
        (InitiateResponse, 10.0),
        (EphemeralDataResponse, TIMES.ephemeral_s + TRANSIT_S),
        (ConfirmKeyDataResponse, TIMES.confirm_s + TRANSIT_S),
    ],
)
def test_the_initiator_waits_as_long_as_the_responder_advertised_and_tries_again(
    suite1: Published, lost: type[Message], waits_s: float
):
    table = until(suite1, lost)
    said = len(table.sent)
    state, effects = step(table.states[table.initiator], Clock(), table.now_s + waits_s - 0.01)
    assert effects == ()
    state, (told,) = step(state, Clock(), table.now_s + waits_s)
    assert isinstance(told, Failed)
    assert (told.failure, told.retry_in_s) == (Failure.TIMED_OUT, RETRY_S)
    assert len(table.sent) == said, "who runs out of time sends no Terminate"
    assert next_deadline_s(state) == table.now_s + waits_s + RETRY_S


@pytest.mark.parametrize(
    ("lost", "waits_s"),
    [
        (EphemeralDataRequest, TIMES.ephemeral_s + TRANSIT_S),
        (ConfirmKeyDataRequest, TIMES.confirm_s + TRANSIT_S),
    ],
)
def test_the_responder_waits_as_long_as_the_initiator_advertised(
    suite1: Published, lost: type[Message], waits_s: float
):
    table = until(suite1, lost)
    hub = table.states[table.responder]
    assert next_deadline_s(hub) == table.now_s + waits_s
    state, effects = step(hub, Clock(), table.now_s + waits_s)
    assert [effect.failure for effect in effects if isinstance(effect, Failed)] == [Failure.TIMED_OUT]
    assert not [effect for effect in effects if isinstance(effect, Send)]
    assert (state.exchange, state.retry) == (None, None)


@pytest.mark.parametrize("lost", WAY)
def test_whatever_one_message_is_lost_both_have_the_same_key_in_the_end(suite1: Published, lost: type[Message]):
    table = until(suite1, lost)
    for _ in range(20):
        if _have_key(table):
            break
        table.pass_time()
    last = [told[-1] for told in table.reported.values()]
    assert all(isinstance(told, Established) for told in last)
    assert len({told.link_key for told in last if isinstance(told, Established)}) == 1


def _have_key(table: TwoSides) -> bool:
    return all(told and isinstance(told[-1], Established) for told in table.reported.values())


def test_after_three_attempts_without_an_answer_it_is_over(suite1: Published):
    table = two_sides(suite1, lambda _s, message: None)
    table.begin(Suite.ONE)
    for _ in range(2 * ATTEMPTS - 1):
        table.pass_time()
    told = table.reported[table.initiator]
    assert [each.retry_in_s for each in told if isinstance(each, Failed)] == [RETRY_S, RETRY_S, None]
    assert next_deadline_s(table.states[table.initiator]) is None
    assert len(table.sent) == ATTEMPTS


def test_a_frame_that_is_not_acknowledged_ends_the_attempt_without_a_terminate(suite1: Published):
    table = until(suite1, EphemeralDataRequest)
    _, (told,) = step(table.states[table.initiator], NotDelivered(table.responder), table.now_s)
    assert isinstance(told, Failed)
    assert (told.failure, told.retry_in_s) == (Failure.NOT_DELIVERED, RETRY_S)
    hub = table.states[table.responder]
    _, effects = step(hub, NotDelivered(table.initiator), table.now_s)
    assert [type(effect) for effect in effects] == [Failed]
    assert step(hub, NotDelivered(STRANGER), table.now_s) == (hub, ())


def test_a_thread_that_never_comes_back_does_not_hold_the_hub_for_ever(suite1: Published):
    hub = device(credentials(suite1, suite1.responder))
    request = InitiateRequest(Suite.ONE, TIMES, suite1.initiator.certificate.encode())
    state, (work,) = step(hub, Heard(suite1.initiator.certificate.subject, request), 0.0)
    assert isinstance(work, Compute)
    state, (told,) = step(state, Clock(), OWN_WORK_TIMEOUT_S)
    assert isinstance(told, Failed)
    assert told.failure is Failure.TIMED_OUT
    after, effects = step(state, Computed(work.number, performed(work.work, "late")), 300.0)
    assert (after.exchange, effects) == (None, ())


# -- repetition and disorder ----------------------------------------------------------------------------------------


def test_every_message_twice_changes_nothing(suite1: Published):
    table = two_sides(suite1)
    table.copies = 2
    table.begin(Suite.ONE)
    for told in table.reported.values():
        assert isinstance(told[0], Established)


def test_an_initiator_that_asks_again_in_the_same_words_is_answered_again_without_a_thread(suite1: Published):
    table = until(suite1, InitiateResponse)
    hub, request = table.states[table.responder], table.sent[0][1]
    state, (told,) = step(hub, Heard(table.initiator, request), table.now_s + 5.0)
    assert isinstance(told, Send)
    assert told.message == table.sent[1][1]
    assert next_deadline_s(state) == table.now_s + 5.0 + TIMES.ephemeral_s + TRANSIT_S


def test_who_got_its_key_as_the_responder_does_not_begin_again(suite1: Published):
    """Our own attempt was lost, and before the next one the other side began by itself."""
    table = until(suite1, InitiateRequest)
    table.happens(table.initiator, NotDelivered(table.responder))
    assert table.states[table.initiator].retry is not None
    table.happens(table.responder, Begin(table.initiator, Suite.ONE))
    assert isinstance(table.reported[table.initiator][-1], Established)
    assert next_deadline_s(table.states[table.initiator]) is None


def test_an_initiator_that_was_reset_begins_anew_and_gets_its_key(suite1: Published):
    table = until(suite1, ConfirmKeyDataRequest)
    table.states[table.initiator] = device(credentials(suite1, suite1.initiator))
    table.begin(Suite.ONE)
    abandoned, made = table.reported[table.responder]
    assert isinstance(abandoned, Failed)
    assert abandoned.failure is Failure.ABANDONED
    assert isinstance(made, Established)


def test_nobody_makes_the_hub_start_a_thread_while_another_is_at_work(suite1: Published):
    hub = device(credentials(suite1, suite1.responder))
    partner = suite1.initiator.certificate.subject
    request = InitiateRequest(Suite.ONE, TIMES, suite1.initiator.certificate.encode())
    state, (work,) = step(hub, Heard(partner, request), 0.0)
    assert isinstance(work, Compute)
    state, (told, _) = step(state, Heard(partner, replace(request, times=GenerateTimes(9, 9))), 1.0)
    assert isinstance(told, Send)
    assert isinstance(told.message, Terminate)
    assert told.message.status is Status.NO_RESOURCES
    state, _ = step(state, Heard(partner, Terminate(Status.BAD_MESSAGE, 0, 1, to_client=False)), 2.0)
    assert state.exchange is None
    state, (told, _) = step(state, Heard(partner, request), 3.0)
    assert isinstance(told, Send)
    assert told.message == Terminate(Status.NO_RESOURCES, 1, 1, to_client=True)
    state, _ = step(state, Computed(work.number, performed(work.work, "late")), 4.0)
    _, (again,) = step(state, Heard(partner, request), 5.0)
    assert isinstance(again, Compute)


@pytest.mark.parametrize(
    ("lost", "out_of_turn"),
    [
        (EphemeralDataRequest, ConfirmKeyDataRequest(bytes(16))),
        (ConfirmKeyDataRequest, EphemeralDataRequest(bytes(22))),
    ],
)
def test_a_request_out_of_turn_ends_the_exchange(suite1: Published, lost: type[Message], out_of_turn: Message):
    table = until(suite1, lost)
    table.happens(table.responder, Heard(table.initiator, out_of_turn))
    assert failure(table, Role.RESPONDER).status is Status.BAD_MESSAGE
    told = failure(table, Role.INITIATOR)
    assert (told.status, told.retry_in_s) == (Status.BAD_MESSAGE, RETRY_S)


@pytest.mark.parametrize(
    ("lost", "out_of_turn"),
    [
        (InitiateResponse, EphemeralDataResponse(bytes(22))),
        (EphemeralDataResponse, ConfirmKeyDataResponse(bytes(16))),
        (ConfirmKeyDataResponse, EphemeralDataResponse(bytes(22))),
    ],
)
def test_a_response_out_of_turn_ends_the_exchange(suite1: Published, lost: type[Message], out_of_turn: Message):
    table = until(suite1, lost)
    table.happens(table.initiator, Heard(table.responder, out_of_turn))
    assert failure(table, Role.INITIATOR).status is Status.BAD_MESSAGE


def test_unreadable_octets_in_an_exchange_end_it(suite1: Published):
    for kind in WAY:
        table = two_sides(suite1, lambda _s, m, k=kind: b"\x01\x00\x02" if isinstance(m, k) else m)
        table.begin(Suite.ONE)
        terminates = [message for _, message in table.sent if isinstance(message, Terminate)]
        assert [message.status for message in terminates] == [Status.BAD_MESSAGE]


def test_who_goes_on_with_an_exchange_that_is_not_known_is_told_so(suite1: Published):
    """After a restart of the hub the device need not wait out its clock."""
    hub = device(credentials(suite1, suite1.responder))
    for message in (EphemeralDataRequest(bytes(22)), ConfirmKeyDataRequest(bytes(16))):
        state, effects = step(hub, Heard(STRANGER, message), 0.0)
        told = next(effect for effect in effects if isinstance(effect, Send))
        assert told.message == Terminate(Status.BAD_MESSAGE, 0, 1, to_client=True)
        assert state == hub


def test_a_terminate_or_a_response_that_nothing_belongs_to_is_not_answered(suite1: Published):
    hub = device(credentials(suite1, suite1.responder))
    stray: tuple[Message, ...] = (
        Terminate(Status.BAD_MESSAGE, 0, 1, to_client=False),
        Terminate(Status.BAD_MESSAGE, 0, 1, to_client=True),
        EphemeralDataResponse(bytes(22)),
        ConfirmKeyDataResponse(bytes(16)),
        InitiateResponse(1, TIMES, bytes(48)),
    )
    for message in stray:
        assert step(hub, Heard(STRANGER, message), 0.0) == (hub, ())
    assert step(hub, Unreadable(STRANGER, to_client=True), 0.0) == (hub, ())
    _, (told, reported) = step(hub, Unreadable(STRANGER, to_client=False), 0.0)
    assert isinstance(reported, Failed)
    assert isinstance(told, Send)


# -- Terminate ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [*Status, 0x00, 0x7F])
@pytest.mark.parametrize("lost", [InitiateResponse, EphemeralDataResponse, ConfirmKeyDataResponse])
def test_a_terminate_ends_the_initiators_exchange_and_is_not_answered(
    suite1: Published, lost: type[Message], status: int
):
    table = until(suite1, lost)
    told = Terminate(status, 30, 1, to_client=True)
    state, (report,) = step(table.states[table.initiator], Heard(table.responder, told), table.now_s)
    assert isinstance(report, Failed)
    assert (report.failure, report.status) == (Failure.TERMINATED_BY_PARTNER, status)
    again = status in (Status.NO_RESOURCES, Status.BAD_MESSAGE)
    assert report.retry_in_s == (30.0 if again else None)
    assert again or report.wait_s == 30
    assert state.exchange is None


@pytest.mark.parametrize("lost", [EphemeralDataRequest, ConfirmKeyDataRequest])
def test_a_terminate_ends_the_responders_exchange_and_is_not_answered(suite1: Published, lost: type[Message]):
    table = until(suite1, lost)
    told = Terminate(Status.NO_RESOURCES, 0, 1, to_client=False)
    state, (report,) = step(table.states[table.responder], Heard(table.initiator, told), table.now_s)
    assert isinstance(report, Failed)
    assert report.failure is Failure.TERMINATED_BY_PARTNER
    assert (state.exchange, state.retry) == (None, None)


def test_a_terminate_of_somebody_else_ends_nothing(suite1: Published):
    table = until(suite1, ConfirmKeyDataResponse)
    state = table.states[table.initiator]
    for sender, to_client in ((STRANGER, True), (table.responder, False)):
        assert step(state, Heard(sender, Terminate(Status.BAD_MESSAGE, 0, 1, to_client)), 0.0) == (state, ())


def test_what_a_thread_brings_for_an_exchange_that_is_over_is_dropped(suite1: Published):
    table = until(suite1, ConfirmKeyDataRequest)
    state = table.states[table.responder]
    assert state.exchange is not None
    assert state.exchange.phase is Phase.CONFIRM_REQUEST
    assert step(state, Computed(state.exchange.number, NotAPoint("late")), table.now_s) == (state, ())
    assert step(state, Computed(99, NotAPoint("late")), table.now_s) == (state, ())
    working, _ = step(state, Heard(table.initiator, table.sent[-1][1]), table.now_s)
    assert working.exchange is not None
    assert working.exchange.phase is Phase.AGREEING
    assert step(working, Computed(99, NotAPoint("of another exchange")), table.now_s) == (working, ())
