"""R30, R33: Prepayment, byte by byte. The examples are those of public GB test messages and of the specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.errors import WireError
from hubd.model.secret import Secret
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S, Stamp, TimeTrust
from hubd.model.topup import TopUpResult
from hubd.zigbee.se import prepayment

NOW = Stamp(1_800_000_000.0, TimeTrust.NETWORK)


def test_consumer_top_up_on_the_wire():
    frame = prepayment.consumer_top_up(0x21, Secret("73943333457189043313"))
    assert frame.encode() == bytes.fromhex("01 21 04 00 14") + b"73943333457189043313"


@pytest.mark.parametrize("code", ["", "1" * 26, "1234é"])
def test_a_code_that_cannot_travel_is_refused_without_being_shown(code):
    with pytest.raises(ValueError) as refused:
        prepayment.consumer_top_up(1, Secret(code))
    assert not code or code not in str(refused.value)


def test_a_top_up_of_12_50_is_accepted():
    response = prepayment.parse_consumer_top_up_response(bytes.fromhex("00 d0121300 00 c0aa7f01"))
    assert response.answer.result is TopUpResult.ACCEPTED
    assert (response.answer.top_up_value_e5, response.answer.credit_remaining_e5) == (1_250_000, 25_144_000)


def test_a_rejection_carries_no_amounts():
    answer = prepayment.parse_consumer_top_up_response(bytes.fromhex("01 ffffffff 00 ffffffff")).answer
    assert answer.result is TopUpResult.REJECTED_INVALID_TOP_UP
    assert (answer.top_up_value_e5, answer.credit_remaining_e5) == (None, None)


def test_credit_may_be_negative():
    assert (
        prepayment.parse_consumer_top_up_response(bytes.fromhex("00 00000000 00 feffffff")).answer.credit_remaining_e5
        == -2
    )


@given(st.binary(max_size=40))
def test_only_ten_octets_are_an_answer(payload):
    if len(payload) == 10:
        assert prepayment.parse_consumer_top_up_response(payload).answer.result == payload[0]
    else:
        with pytest.raises(WireError):
            prepayment.parse_consumer_top_up_response(payload)


def test_the_account_as_far_as_the_meter_tells_it():
    state = prepayment.state({0x0001: -5, 0x0002: None, 0x0003: 0x04}, NOW)
    assert (state.balance_e5, state.emergency_credit_e5, state.debt_e5, state.credit_status) == (-5, None, None, 4)
    assert prepayment.state({0x0010: 1}, NOW) is None


def test_the_top_up_log_both_ways():
    assert prepayment.get_top_up_log(1, ZIGBEE_EPOCH_UNIX_S + 1, 5).encode() == bytes.fromhex("01 01 08 01000000 05")
    entry = b"\x02\x39\x39" + (800_024).to_bytes(4, "little") + (7).to_bytes(4, "little")
    index, total, entries = prepayment.parse_publish_top_up_log(b"\x00\x01" + entry)
    assert (index, total) == (0, 1)
    assert (entries[0].code.reveal(), entries[0].amount_e5) == ("99", 800_024)
    assert entries[0].unix_s == ZIGBEE_EPOCH_UNIX_S + 7
    assert "99" not in repr(entries)


@given(st.binary(max_size=40))
def test_a_hostile_log_is_a_wire_error_or_a_log(payload):
    try:
        prepayment.parse_publish_top_up_log(payload)
    except WireError:
        pass
