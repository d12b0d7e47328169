"""R39: the frames of the Messaging cluster, octet by octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.errors import WireError
from hubd.model.display_message import DisplayMessage, Importance
from hubd.zigbee.se import messaging, profile
from hubd.zigbee.se.messaging import MessageConfirmation, ToDisplay

MESSAGE = DisplayMessage(0x65A1B2C3, "Hi.", Importance.LOW, 60)


@pytest.mark.parametrize(
    ("message", "octets"),
    [
        (MESSAGE, "c3b2a165" + "00" + "00000000" + "3c00" + "03" + "48692e"),
        (
            DisplayMessage(1, "Hi.", Importance.HIGH, 1_440, asks_confirmation=True),
            "01000000" + "88" + "00000000" + "a005" + "03" + "48692e",
        ),
        (
            DisplayMessage(1, "", Importance.MEDIUM, 0xFFFF, asks_confirmation=True, confirmed=True),
            "01000000" + "84" + "00000000" + "feff" + "00" + "01",
        ),
    ],
    ids=["good news for an hour", "to be confirmed within a day", "confirmed already"],
)
def test_a_display_message_says_what_how_much_it_matters_and_how_long_r39(
    message: DisplayMessage, octets: str
) -> None:
    assert messaging.display_message(7, message).encode().hex() == "090700" + octets
    assert messaging.display_message(7, message, answer=True).encode().hex() == "190700" + octets


@pytest.mark.parametrize("text", ["£5", "x" * 255])
def test_a_text_that_a_display_could_not_show_is_never_sent(text: str) -> None:
    with pytest.raises(ValueError, match=r"letters|ascii"):
        messaging.display_message(7, DisplayMessage(1, text, Importance.LOW, 60))


def test_a_message_is_taken_back_by_its_number() -> None:
    assert messaging.cancel_message(7, 0x65A1B2C3).encode().hex() == "090701" + "c3b2a165" + "00"


def test_a_question_for_the_last_message_says_nothing_else() -> None:
    messaging.parse_get_last_message(b"")
    with pytest.raises(WireError):
        messaging.parse_get_last_message(b"\x00")


@pytest.mark.parametrize("tail", ["", "01", "01" + "04" + "4f6b6179"], ids=["old", "control", "response"])
def test_a_confirmation_names_the_message_and_when_whatever_comes_behind_it_r39(tail: str) -> None:
    payload = bytes.fromhex("c3b2a165" + "00000001" + tail)
    assert messaging.parse_message_confirmation(payload) == MessageConfirmation(0x65A1B2C3, 946_684_800 + 0x01000000)


@given(st.binary(max_size=7))
def test_a_confirmation_that_is_cut_short_is_none(payload: bytes) -> None:
    with pytest.raises(WireError):
        messaging.parse_message_confirmation(payload)


def test_only_success_to_the_very_command_says_that_it_was_taken() -> None:
    messaging.parse_taken(ToDisplay.CANCEL_MESSAGE, b"\x01\x00")
    for payload in (b"\x00\x00", b"\x01\x01", b"\x01", b"\x01\x00\x00"):
        with pytest.raises(WireError):
            messaging.parse_taken(ToDisplay.CANCEL_MESSAGE, payload)


def test_the_hub_says_that_it_serves_messaging_and_takes_it_under_the_link_key_only_r5() -> None:
    assert 0x0703 in profile.SERVED
    assert profile.needs_link_key(0x0703)
