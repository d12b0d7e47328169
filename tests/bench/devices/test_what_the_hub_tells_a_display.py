"""R39: the virtual display as a client of Messaging, in octets written by hand."""

import pytest

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.ihd import InHomeDisplay
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS

METER, NOW = "00:0d:6f:00:0a:90:69:e7", 1_800_000_000.0
UTC = (int(NOW) - 946_684_800).to_bytes(4, "little").hex()
HELLO = "c3b2a165" + "00" + "00000000" + "3c00" + "03" + "48692e"


def from_hub(zcl: str, secured: bool = True) -> ApsFrame:
    return ApsFrame(0x0109, 0x0703, 1, 1, bytes.fromhex(zcl), secured)


def told(display: InHomeDisplay, zcl: str, unix_s: float = NOW) -> list[str]:
    frames = display.on_frame(from_hub(zcl), unix_s)
    assert all(frame.secured and frame.cluster_id == 0x0703 for frame in frames)
    return [frame.data.hex() for frame in frames]


def asked(display: InHomeDisplay, unix_s: float) -> int:
    return sum(frame.cluster_id == 0x0703 for frame in display.on_time(unix_s))


@pytest.fixture
def display() -> InHomeDisplay:
    return InHomeDisplay("00:0d:6f:00:0a:90:70:01", METER)


def test_a_message_is_shown_for_its_duration_and_its_reception_told(display: InHomeDisplay) -> None:
    assert told(display, "090700" + HELLO) == ["10070b0000"]
    view = display.view()
    assert (view["message"], view["importance"], view["message_id"]) == ("Hi.", "low", 0x65A1B2C3)
    display.on_time(NOW + 3_599)
    assert display.view()["message"] == "Hi."
    assert display.next_due_unix_s() == NOW + 3_600
    display.on_time(NOW + 3_600)
    assert display.view()["message"] == ""


def test_news_makes_it_ask_its_meter_at_once_for_the_balance_that_goes_with_it_r33(display: InHomeDisplay) -> None:
    balance = bytes.fromhex("180101" + "0100" + "00" + "2b" + "a0860100")
    display.on_frame(ApsFrame(0x0109, 0x0705, 1, 1, balance, True, peer=METER), NOW)
    display.on_time(NOW)
    assert display.next_due_unix_s() == NOW + 30
    told(display, "090700" + HELLO, NOW + 1)
    assert [frame.peer for frame in display.on_time(NOW + 1) if frame.cluster_id == 0x0705] == [METER]
    told(display, "090800" + HELLO, NOW + 2)
    assert display.next_due_unix_s() == NOW + 31, "the same once more is no news"


def test_what_is_to_be_confirmed_is_confirmed_once_though_it_comes_twice(display: InHomeDisplay) -> None:
    message = "01000000" + "88" + "00000000" + "ffff" + "03" + "48692e"
    confirmation = "010101" + "01000000" + UTC
    assert told(display, "090700" + message) == ["10070b0000", confirmation]
    assert told(display, "090800" + message) == ["10080b0000"]
    display.on_time(NOW + 1e6)
    assert display.view()["message"] == "Hi."
    assert told(display, "090900" + "02" + message[2:] + "01") == ["10090b0000"], "confirmed already"


def test_only_the_message_that_is_named_is_taken_back(display: InHomeDisplay) -> None:
    told(display, "090700" + HELLO)
    assert told(display, "090801" + "01000000" + "00") == ["10080b0100"]
    assert display.view()["message"] == "Hi."
    assert told(display, "090901" + "c3b2a165" + "00") == ["10090b0100"]
    assert display.view()["message"] == ""


@pytest.mark.parametrize(
    ("zcl", "status"),
    [
        ("090700" + HELLO[:-2], "0080"),
        ("090700" + "c3b2a165" + "00" + "01000000" + HELLO[18:], "0080"),
        ("090701" + "c3b2a165", "0180"),
        ("190702", "0281"),
    ],
    ids=["cut short", "for later", "cancel cut short", "unknown"],
)
def test_what_it_does_not_understand_is_answered_and_not_shown(display: InHomeDisplay, zcl: str, status: str) -> None:
    assert told(display, zcl) == ["10070b" + status]
    assert display.view()["message"] == ""


def test_an_unsecured_message_is_nobodys(display: InHomeDisplay) -> None:
    assert display.on_frame(from_hub("090700" + HELLO, secured=False), NOW) == []
    assert display.view()["message"] == ""


@pytest.mark.parametrize("answer", ["190100" + HELLO, "18010b008b"], ids=["a message", "there is none"])
def test_it_asks_for_the_last_message_until_it_is_answered(display: InHomeDisplay, answer: str) -> None:
    assert asked(display, NOW) == 1
    assert asked(display, NOW + 30) == 1
    assert told(display, answer) == []
    assert asked(display, NOW + 60) == 0
    display.on_joined(NOW + 61)
    assert asked(display, NOW + 61) == 1


def test_what_is_keyed_in_at_the_display_has_its_own_words_until_the_hub_has_newer_ones(
    display: InHomeDisplay,
) -> None:
    told(display, "090700" + HELLO)
    display.set(code="12345")
    own = WORDS[TopUpCase.TOO_SHORT].display
    assert (display.view()["message"], display.view()["importance"]) == (own, None)
    told(display, "090800" + HELLO)
    assert display.view()["message"] == own, "the same message once more is no news"
    told(display, "090900" + "02" + HELLO[2:])
    assert display.view()["message"] == "Hi."
