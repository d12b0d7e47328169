"""What a display in the home says of a code that was keyed in there: the table's short words (R32)."""

import pytest

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.ihd import InHomeDisplay
from hubd.bench.devices.zcl.header import Header
from hubd.model.top_up_case import TopUpCase, case_of_result
from hubd.model.top_up_words import WORDS
from hubd.model.topup import TopUpResult

METER, CODE = "00:0d:6f:00:0a:90:69:e7", "59386323472137426967"


def display_with(code: str) -> InHomeDisplay:
    made = InHomeDisplay("00:0d:6f:00:0a:90:70:01", METER)
    made.set(code=code)
    return made


def top_ups_of(display: InHomeDisplay) -> list[bytes]:
    return [frame.data for frame in display.on_time(1.0) if CODE.encode() in frame.data]


@pytest.mark.parametrize("result", [*TopUpResult, 0x7F])
def test_every_answer_of_the_meter_is_shown_in_its_own_words_r32(result: int) -> None:
    display = display_with("5938-6323 4721 3742 6967")
    assert display.view()["message"] == WORDS[TopUpCase.UNDER_WAY].display
    assert len(top_ups_of(display)) == 1
    answer = Header(1, 0x03, cluster_specific=True, from_server=True).encode() + bytes([result]) + b"\xff" * 9
    display.on_frame(ApsFrame(0x0109, 0x0705, 1, 1, answer, secured=True, peer=METER), 2.0)
    assert display.view()["message"] == WORDS[case_of_result(result)].display


@pytest.mark.parametrize(
    ("typed", "case"),
    [
        (CODE[:-1], TopUpCase.TOO_SHORT),
        (CODE + "1", TopUpCase.TOO_LONG),
        (CODE[:-1] + "O", TopUpCase.NOT_DIGITS),
    ],
)
def test_what_is_no_code_is_said_so_and_never_sent_r32(typed: str, case: TopUpCase) -> None:
    display = display_with(typed)
    assert display.view()["message"] == WORDS[case].display
    assert top_ups_of(display) == []
