"""The calendar of friendly hours, octet by octet, and what a meter tells of it (R34)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.errors import LinkError, WireError
from hubd.model.friendly_hours import MINUTES_A_DAY, NEVER, Week, united
from hubd.zigbee.se import calendar

EVENT = 0x1C374A80
WORKING, RESTING = ((0, 480), (1_080, 1_440)), ((0, 1_440),)
WEEK: Week = (*(WORKING,) * 5, RESTING, RESTING)

MOMENTS = st.lists(st.integers(0, MINUTES_A_DAY), max_size=10, unique=True).map(sorted)
DAYS = MOMENTS.map(lambda moments: united(zip(moments[::2], moments[1::2], strict=False)))
WEEKS = st.tuples(*(DAYS,) * 7)


def test_a_week_is_its_parts_octet_by_octet_r34():
    sent = [part.frame(5).encode().hex(" ") for part in calendar.friendly_credit(WEEK, EVENT)]
    assert sent == [
        bytes.fromhex(octets).hex(" ")
        for octets in (
            "09 05 00  00000000 804a371c 804a371c 00000000 03 00 00 01 01 02",
            "09 05 01  00000000 804a371c 804a371c 01 03 00 01 03  0000 01  e001 00  3804 01",
            "09 05 01  00000000 804a371c 804a371c 02 01 00 01 03  0000 01",
            "09 05 02  00000000 804a371c 804a371c 01 01 01 01 01 01 02 02",
            "09 05 03  00000000 804a371c 804a371c 00 01  ff 01 01 ff 01",
        )
    ]


def test_no_friendly_hours_are_a_week_too():
    parts = calendar.friendly_credit(NEVER, EVENT)
    assert [part.payload[12:].hex(" ") for part in parts[1:3]] == [
        "01 01 00 01 03 00 00 00",
        "01 01 01 01 01 01 01 01",
    ]


def test_the_questions_octet_by_octet():
    assert calendar.get_week_profile(6, EVENT).encode() == bytes.fromhex("01 06 02  00000000 804a371c 01 01")
    assert calendar.get_day_profile(7, EVENT, 3).encode() == bytes.fromhex("01 07 01  00000000 804a371c 03 01")


@given(WEEKS, st.integers(1, 2**32 - 1))
def test_what_is_published_is_what_is_read_and_fits_a_frame(week: Week, event: int) -> None:
    _, *days, last, _ = calendar.friendly_credit(week, event)
    assert all(len(part.payload) <= 50 for part in days)
    numbers = calendar.parse_publish_week_profile(last.payload, event)
    told = [
        calendar.parse_publish_day_profile(part.payload, event, number) for number, part in enumerate(days, start=1)
    ]
    assert tuple(told[number - 1] for number in numbers) == week
    assert len(set(told)) == len(told), "days that are alike share a profile"


HEAD = "00000000 804a371c 804a371c"


@pytest.mark.parametrize(
    ("entries", "day"),
    [
        ("02 0000 00 6801 01", ((360, 1_440),)),
        ("01 6801 01", ((360, 1_440),)),
        ("03 0000 01 6801 01 d002 00", ((0, 720),)),
        ("00", ()),
    ],
)
def test_a_day_is_read_as_a_meter_may_tell_it(entries: str, day) -> None:
    count, rest = bytes.fromhex(entries)[:1], bytes.fromhex(entries)[1:]
    payload = bytes.fromhex(HEAD) + b"\x02" + count + b"\x00\x01\x03" + rest
    assert calendar.parse_publish_day_profile(payload, EVENT, 2) == day


@pytest.mark.parametrize(
    "body",
    [
        "",
        "01 01 00 01 03 0000 01",
        "02 01 00 01 00 0000 01",
        "02 02 00 01 03 0000 01",
        "02 01 00 01 03 0000 01 00",
        "02 02 00 01 03 6801 01 0000 00",
        "02 02 00 01 03 0000 01 0000 00",
        "02 01 00 01 03 a005 01",
    ],
)
def test_what_is_no_profile_of_that_day_is_no_answer(body: str) -> None:
    with pytest.raises(WireError):
        calendar.parse_publish_day_profile(bytes.fromhex(HEAD + body), EVENT, 2)


def test_another_calendar_s_profiles_are_no_answer_and_several_frames_are_not_understood():
    day = bytes.fromhex(HEAD + "02 01 00 01 03 0000 01")
    with pytest.raises(WireError):
        calendar.parse_publish_day_profile(day, EVENT + 1, 2)
    with pytest.raises(LinkError, match="2 frames"):
        calendar.parse_publish_day_profile(bytes.fromhex(HEAD + "02 02 00 02 03 0000 01"), EVENT, 2)
    week = bytes.fromhex(HEAD + "01 01010101010202")
    assert calendar.parse_publish_week_profile(week, EVENT) == (1, 1, 1, 1, 1, 2, 2)
    for octets, event in ((week, EVENT + 1), (week[:-1], EVENT), (week + b"\x01", EVENT)):
        with pytest.raises(WireError):
            calendar.parse_publish_week_profile(octets, event)
