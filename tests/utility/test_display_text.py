"""R33, R39: what a message on a display says, and how long it is shown."""

import pytest

from hubd.model.device import Device, DeviceKind
from hubd.model.display_message import DisplayMessage, Importance
from hubd.model.identity import Eui64
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import DISPLAY_LETTERS, WORDS
from hubd.store.display_messages import MessageRow
from hubd.utility.display_text import message_for, text_for

FIRST = Device(Eui64("00:0d:6f:00:0a:90:69:e7"), DeviceKind.ELECTRICITY_METER, "electricity-1")
SECOND = Device(Eui64("00:0d:6f:00:0a:90:69:e8"), DeviceKind.ELECTRICITY_METER, "electricity-12")
GAS = Device(Eui64("00:0d:6f:00:0a:90:69:f0"), DeviceKind.GAS_METER, "gas-3")
WORDS_OF_FULL = WORDS[TopUpCase.TOO_MUCH_CREDIT].display


@pytest.mark.parametrize(
    ("meter", "prepaid", "name"),
    [
        (FIRST, [FIRST], ""),
        (GAS, [FIRST, GAS], "Gas: "),
        (FIRST, [FIRST, GAS], "Electricity: "),
        (SECOND, [FIRST, SECOND, GAS], "Electricity 12: "),
        (GAS, [FIRST, SECOND, GAS], "Gas: "),
    ],
)
def test_the_meter_is_named_where_it_could_be_another(meter: Device, prepaid: list[Device], name: str) -> None:
    assert text_for(TopUpCase.TOO_MUCH_CREDIT, meter.address, prepaid) == name + WORDS_OF_FULL


@pytest.mark.parametrize("case", TopUpCase)
def test_every_row_of_the_table_fits_a_display_with_its_meters_name_r39(case: TopUpCase) -> None:
    text = text_for(case, SECOND.address, [FIRST, SECOND])
    assert len(text) <= DISPLAY_LETTERS
    assert text.isascii()


@pytest.mark.parametrize(
    ("case", "age_s", "importance", "minutes", "asks"),
    [
        (TopUpCase.CREDITED, 0, Importance.LOW, 60, False),
        (TopUpCase.CREDITED, 86_400 - 600, Importance.LOW, 10, False),
        (TopUpCase.TOO_MUCH_CREDIT, 0, Importance.MEDIUM, 1_440, False),
        (TopUpCase.NOT_THIS_METERS, 3_600, Importance.HIGH, 1_380, True),
        (TopUpCase.NOT_THIS_METERS, 86_399, Importance.HIGH, 1, True),
        (TopUpCase.NOT_THIS_METERS, -7_200, Importance.HIGH, 1_440, True),
    ],
)
def test_what_asks_the_customer_to_do_something_matters_more_and_is_to_be_confirmed_r39(
    case: TopUpCase, age_s: float, importance: Importance, minutes: int, asks: bool
) -> None:
    word = MessageRow(FIRST.address, 7, case, 0.0)
    message = message_for(word, age_s, [FIRST], confirmed=False)
    assert message == DisplayMessage(7, WORDS[case].display, importance, minutes, asks_confirmation=asks)
    assert message_for(word, age_s, [FIRST], confirmed=True).confirmed
