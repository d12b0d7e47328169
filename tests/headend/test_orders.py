"""Orders: one request, one order; sent until the final receipt (R30); each role signs its own (R5)."""

import sqlite3

import jwt
import msgspec
import pytest

from hubd.headend import audit, order_sendings, orders, role_keys, sending
from hubd.headend.audit import Deed
from hubd.headend.home import Home
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.wan.messages import AdmitArgs, AdmitDevice, DeviceArgs, EventBody, ReceiptBody, VendArgs

from .conftest import ADDRESS, HUB, NOW, OTHER_HUB, receipt

ALL = tuple(Role)


def queued(connection: sqlite3.Connection, request: str = "r-1", role: Role = Role.VENDING) -> Order:
    args = {
        Role.VENDING: ("vend", VendArgs(device=ADDRESS, token="1" * 20)),
        Role.MANAGEMENT: ("read", DeviceArgs(device=ADDRESS)),
        Role.SECURITY_CENTRE: ("admit", AdmitArgs([AdmitDevice(ADDRESS, "electricity_meter", "AB" * 18)])),
    }[role]
    return orders.queue(connection, request, orders.body_hash(request), role, HUB, *args, NOW, 600.0)


def due(
    connection: sqlite3.Connection, now: float, offline: frozenset[str] = frozenset(), limit: int = 32
) -> list[str]:
    return [order.request for order in order_sendings.due(connection, ALL, offline, now, limit)]


def test_an_order_is_due_at_once_and_again_until_a_final_receipt_r30(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    assert due(connection, NOW) == ["r-1"]
    order_sendings.count_sending(connection, order.jti)
    order_sendings.sent(connection, order.jti, NOW, 30.0)
    assert due(connection, NOW + 29.9) == []
    assert due(connection, NOW + 30.0) == ["r-1"]
    orders.mark_receipt(connection, HUB, receipt(order.jti, "deferred", final=False), NOW)
    assert due(connection, NOW + 30.0) == ["r-1"]
    orders.mark_receipt(connection, HUB, receipt(order.jti), NOW)
    assert due(connection, NOW + 30.0) == []


def test_after_ten_sendings_an_order_is_sent_ten_times_rarer(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    for _ in range(10):
        order_sendings.count_sending(connection, order.jti)
    order_sendings.sent(connection, order.jti, NOW, 30.0)
    assert due(connection, NOW + 299.9) == []
    assert due(connection, NOW + 300.0) == ["r-1"]


def test_an_order_that_has_expired_is_sent_no_more_and_stays_open(connection: sqlite3.Connection) -> None:
    queued(connection)
    assert due(connection, NOW + 600.0) == []
    assert not orders.find(connection, "r-1").final


def test_a_crash_between_the_count_and_the_sending_leaves_the_order_due_r30(connection: sqlite3.Connection) -> None:
    order_sendings.count_sending(connection, queued(connection).jti)
    assert due(connection, NOW) == ["r-1"]


def test_to_a_hub_that_is_offline_an_order_goes_once(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    offline = frozenset({str(HUB)})
    assert due(connection, NOW, offline) == ["r-1"]
    order_sendings.count_sending(connection, order.jti)
    order_sendings.sent(connection, order.jti, NOW, 30.0)
    assert due(connection, NOW + 60, offline) == []
    assert due(connection, NOW + 60) == ["r-1"]


def vend_to(connection: sqlite3.Connection, request: str, device: str = ADDRESS, hub: HubId = HUB) -> Order:
    """An order to bring a code to a meter, a second later than the one before."""
    made = len(orders.recent(connection, 99))
    args = VendArgs(device=device, token="1" * 20)
    return orders.queue(connection, request, request, Role.VENDING, hub, "vend", args, NOW + made, 600.0)


def send(connection: sqlite3.Connection, order: Order, now: float = NOW) -> None:
    order_sendings.count_sending(connection, order.jti)
    order_sendings.sent(connection, order.jti, now, 30.0)


def test_what_a_broker_may_have_lost_goes_again_before_anything_newer_r30(connection: sqlite3.Connection) -> None:
    """Behind this it would come too late for a meter with a short memory."""
    for name in ("first", "second"):
        send(connection, vend_to(connection, name), NOW + 5)
    vend_to(connection, "third")
    assert due(connection, NOW + 9) == ["third"], "within one session the broker keeps the order"
    order_sendings.may_be_lost(connection)
    assert due(connection, NOW + 9) == ["first", "second", "third"]
    assert due(connection, NOW + 9, limit=1) == ["first"]
    for name in ("first", "second"):
        send(connection, orders.find(connection, name), NOW + 9)
    assert due(connection, NOW + 9) == ["third"]


def test_what_the_hub_has_or_never_left_is_not_taken_for_lost(connection: sqlite3.Connection) -> None:
    received, done = vend_to(connection, "received"), vend_to(connection, "done")
    for order in (received, done, queued(connection, "reading", Role.MANAGEMENT)):
        send(connection, order)
    orders.mark_received(connection, HUB, EventBody("command_repeated", order=received.jti), NOW)
    orders.mark_receipt(connection, HUB, receipt(done.jti), NOW)
    orders.hold(connection, vend_to(connection, "held").request)
    order_sendings.may_be_lost(connection)
    assert due(connection, NOW + 9) == []


def test_a_hub_that_comes_back_gets_its_own_codes_again_at_once(connection: sqlite3.Connection) -> None:
    for name, hub in (("mine", HUB), ("other", OTHER_HUB)):
        order = vend_to(connection, name, "00:0d:6f:00:0a:90:69:e8" if hub == OTHER_HUB else ADDRESS, hub)
        for _ in range(10):
            send(connection, order, NOW)
    assert due(connection, NOW + 31) == []
    order_sendings.may_be_lost(connection, HUB)
    assert due(connection, NOW + 31) == ["mine"]


def test_to_a_hub_that_is_offline_no_code_passes_one_that_may_be_lost(connection: sqlite3.Connection) -> None:
    offline = frozenset({str(HUB)})
    send(connection, vend_to(connection, "first"))
    vend_to(connection, "second")
    assert due(connection, NOW + 9, offline) == ["second"], "the first waits at the broker, before it"
    order_sendings.may_be_lost(connection)
    vend_to(connection, "other-meter", "00:0d:6f:00:0a:90:69:e8")
    assert due(connection, NOW + 9, offline) == ["other-meter"]
    assert due(connection, NOW + 9) == ["first", "second", "other-meter"], "when it is back"
    connection.execute("UPDATE orders SET expires_unix_s = ? WHERE request = 'first'", (NOW + 8,))
    assert due(connection, NOW + 9, offline) == ["second", "other-meter"], "what is sent no more holds nothing back"


def test_the_first_final_receipt_stands_r30(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    orders.mark_receipt(connection, HUB, receipt(order.jti, "accepted"), NOW)
    orders.mark_receipt(connection, HUB, receipt(order.jti, "rejected"), NOW + 1)
    assert orders.find(connection, "r-1").outcome == "accepted"


def test_a_hub_cannot_give_the_receipt_of_another_hubs_order_r31(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    assert orders.mark_receipt(connection, OTHER_HUB, receipt(order.jti), NOW) is None
    assert orders.mark_receipt(connection, HUB, receipt(order.jti, command="read"), NOW) is None
    assert not orders.find(connection, "r-1").final


@pytest.mark.parametrize(("role", "counts"), [("vend", True), (None, True), ("manage", False), ("network", False)])
def test_a_receipt_that_answers_another_roles_command_is_not_this_orders_r5(
    connection: sqlite3.Connection, role: str | None, counts: bool
) -> None:
    order = queued(connection)
    refused = ReceiptBody(order.jti, "vend", "refused", True, role=role)
    marked = orders.mark_receipt(connection, HUB, refused, NOW)
    assert (marked is not None) == counts
    assert orders.find(connection, "r-1").final == counts


def test_a_refusal_of_another_roles_command_with_the_same_id_marks_nothing_r5(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    event = EventBody("command_refused", order=order.jti, reason="unknown_command", detail={"topic": "manage"})
    assert orders.mark_refusal(connection, HUB, event) is None
    assert orders.find(connection, "r-1").refusal is None


SIGNS = [
    receipt("", "deferred", final=False),
    EventBody("command_repeated"),
    EventBody("top_up_undelivered", device=ADDRESS),
]


def sign(connection: sqlite3.Connection, order: Order, body: EventBody | ReceiptBody) -> Order | None:
    body = msgspec.structs.replace(body, order=order.jti)
    if isinstance(body, ReceiptBody):
        return orders.mark_receipt(connection, HUB, body, NOW + 1)
    return orders.mark_received(connection, HUB, body, NOW + 1)


@pytest.mark.parametrize("body", SIGNS, ids=["deferred", "repeated", "offered"])
def test_a_refusal_of_what_the_hub_has_taken_up_calls_for_a_look_and_ends_nothing_r30(
    connection: sqlite3.Connection, body: EventBody | ReceiptBody
) -> None:
    order = queued(connection)
    assert not orders.find(connection, "r-1").received
    sign(connection, order, body)
    for _ in range(2):
        orders.mark_receipt(connection, HUB, ReceiptBody(order.jti, "vend", "refused", True, reason="too late"), NOW)
    open_still = orders.find(connection, "r-1")
    assert (open_still.received, open_still.final, open_still.refusal) == (True, False, "too late")
    assert due(connection, NOW) == ["r-1"], "it is followed on"
    (row,) = audit.rows(connection)
    assert (row.what, row.by_whom, row.request) == (Deed.REFUSED_LATE, HUB, "r-1")
    orders.mark_receipt(connection, HUB, receipt(order.jti), NOW + 9)
    done = orders.find(connection, "r-1")
    assert (done.final, done.outcome, done.refusal) == (True, "accepted", None)


def test_only_the_orders_own_hub_can_say_that_it_has_it_r31(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    event = EventBody("command_repeated", order=order.jti)
    assert orders.mark_received(connection, OTHER_HUB, event, NOW) is None
    assert orders.mark_received(connection, HUB, EventBody("command_repeated", order="other"), NOW) is None
    assert not orders.find(connection, "r-1").received


@pytest.mark.parametrize("later", [receipt("", "accepted"), receipt("", "no_answer")], ids=lambda body: body.outcome)
def test_a_later_word_of_the_hub_wins_over_a_refusal_that_ended_it_r30(
    connection: sqlite3.Connection, later: ReceiptBody
) -> None:
    order = queued(connection)
    orders.mark_receipt(connection, HUB, ReceiptBody(order.jti, "vend", "refused", True), NOW)
    assert orders.find(connection, "r-1").final
    orders.mark_receipt(connection, HUB, msgspec.structs.replace(later, order=order.jti), NOW + 1)
    assert (orders.find(connection, "r-1").final, orders.find(connection, "r-1").outcome) == (True, later.outcome)


def test_a_hub_that_goes_on_with_what_it_refused_opens_the_order_again_r30(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    orders.mark_receipt(connection, HUB, ReceiptBody(order.jti, "vend", "refused", True), NOW)
    orders.mark_receipt(connection, HUB, receipt(order.jti, "deferred", final=False), NOW + 1)
    assert not orders.find(connection, "r-1").final
    assert due(connection, NOW + 1) == ["r-1"]


def test_a_refusal_in_an_event_is_noted_and_the_order_stays_open(connection: sqlite3.Connection) -> None:
    order = queued(connection)
    event = EventBody(name="command_refused", order=order.jti, reason="expired")
    orders.mark_refusal(connection, HUB, event)
    assert (orders.find(connection, "r-1").refusal, orders.find(connection, "r-1").final) == ("expired", False)


def test_an_install_code_is_wiped_with_the_final_receipt_r4(connection: sqlite3.Connection) -> None:
    order = queued(connection, role=Role.SECURITY_CENTRE)
    orders.mark_receipt(connection, HUB, receipt(order.jti, "done", command="admit"), NOW)
    assert orders.find(connection, "r-1").args == {}
    assert "ABABAB" not in "".join(str(tuple(row)) for row in connection.execute("SELECT * FROM orders"))


def test_a_token_or_an_install_code_does_not_show_in_a_log_r4(connection: sqlite3.Connection) -> None:
    assert "1111" not in repr(queued(connection))


def test_the_same_request_with_another_body_is_refused(connection: sqlite3.Connection) -> None:
    queued(connection)
    assert isinstance(orders.repeated(connection, "r-1", orders.body_hash("r-1")), Order)
    assert isinstance(orders.repeated(connection, "r-1", orders.body_hash("other")), Refused)
    assert orders.repeated(connection, "r-2", "") is None


def test_a_command_that_is_not_the_roles_cannot_be_queued_r5(connection: sqlite3.Connection) -> None:
    with pytest.raises(ValueError, match="not a command of"):
        orders.queue(connection, "r", "", Role.MANAGEMENT, HUB, "vend", DeviceArgs(device=ADDRESS), NOW, 1.0)


def test_counters_rise_for_each_key_and_follow_the_clock_even_into_a_lost_book(
    connection: sqlite3.Connection,
) -> None:
    first = sending.take_counter(connection, "vend-1", NOW)
    assert first == int(NOW)
    assert sending.take_counter(connection, "vend-1", NOW) == first + 1
    assert sending.take_counter(connection, "vend-1", NOW - 86_400) == first + 2
    assert sending.take_counter(connection, "manage-1", NOW) == first


def test_a_sending_is_signed_by_its_roles_key_and_says_what_the_order_says_r5(
    connection: sqlite3.Connection, home: Home
) -> None:
    order = queued(connection)
    key = role_keys.load(home, Role.VENDING)
    token = sending.sign_order(key, order, 42, NOW)
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": "vend-1", "typ": "JWT"}
    claims = jwt.decode(
        token,
        key.private.public_key(),
        algorithms=["EdDSA"],
        audience=HUB,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims == {
        "iss": "vend-1", "aud": HUB, "jti": order.jti, "iat": int(NOW), "exp": int(NOW) + 600, "ctr": 42,
        "cmd": "vend", "args": {"device": ADDRESS, "token": "1" * 20},
    }  # fmt: skip
    other = role_keys.load(home, Role.MANAGEMENT).private.public_key()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, other, algorithms=["EdDSA"], audience=HUB)
