"""Calendar (0x0707): a week of friendly hours, as the hub publishes it and a meter tells it again.

The hub is the server of what it publishes: its frames go to the client, and the meter's Default Response comes the
other way. Of the calendar that it keeps the meter is the server, and the hub asks it.

| to the meter | holds |
|---|---|
| Publish Calendar 0x00 | what kind, and how many of each of the following |
| Publish Day Profile 0x01 | from which minute on it is friendly, or not |
| Publish Week Profile 0x02 | a day profile for each day, Monday first |
| Publish Seasons 0x03 | from which day of the year on which week: here one, all year |

A calendar is in force when its last part has come. Its id is the issuer event id under which it was published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final

from hubd.errors import LinkError, WireError
from hubd.model.friendly_hours import MINUTES_A_DAY, Day, Week, united
from hubd.zigbee.se import profile
from hubd.zigbee.zcl.frame import ZclFrame

CLUSTER_ID: Final = profile.CALENDAR
FRIENDLY_CREDIT: Final = 0x03
"""Calendar type."""
_UTC: Final = 0x00
"""Calendar time reference."""
_NO_PROVIDER: Final = bytes(4)
_AT_ONCE: Final = bytes(4)
_NO_NAME: Final = b"\x00"
_EVERY_NEW_YEAR: Final = b"\xff\x01\x01\xff"
"""The date from which on the season holds: any year, 1 January, any day of the week."""
_THE_WEEK: Final = 1
_DAY_HEAD: Final = 17
_WEEK_PROFILE: Final = 20
"""Octets."""


class Publish(IntEnum):
    """Commands to the client."""

    CALENDAR = 0x00
    DAY_PROFILE = 0x01
    WEEK_PROFILE = 0x02
    SEASONS = 0x03


class Get(IntEnum):
    """Commands to the server."""

    DAY_PROFILES = 0x01
    WEEK_PROFILES = 0x02


@dataclass(frozen=True, slots=True)
class Part:
    """One command of a calendar."""

    command: Publish
    payload: bytes

    def frame(self, tsn: int) -> ZclFrame:
        """The command, to be answered by a Default Response."""
        return ZclFrame(tsn, self.command, self.payload, True, True, wants_default_response=True)


def friendly_credit(week: Week, calendar_id: int) -> tuple[Part, ...]:
    """The calendar, in the order in which it is sent. Days that are alike share a day profile."""
    days = tuple(dict.fromkeys(week))
    head = _NO_PROVIDER + 2 * _u32(calendar_id)
    what = _AT_ONCE + bytes((FRIENDLY_CREDIT, _UTC)) + _NO_NAME + bytes((1, 1, len(days)))
    return (
        Part(Publish.CALENDAR, head + what),
        *(Part(Publish.DAY_PROFILE, head + _day_profile(number, day)) for number, day in enumerate(days, start=1)),
        Part(Publish.WEEK_PROFILE, head + bytes((_THE_WEEK, *(days.index(day) + 1 for day in week)))),
        Part(Publish.SEASONS, head + bytes((0, 1)) + _EVERY_NEW_YEAR + bytes((_THE_WEEK,))),
    )


def _day_profile(number: int, day: Day) -> bytes:
    switches = {0: False}
    for begin, end in day:
        switches |= {begin: True} | ({end: False} if end < MINUTES_A_DAY else {})
    entries = b"".join(minute.to_bytes(2, "little") + bytes((friendly,)) for minute, friendly in switches.items())
    return bytes((number, len(switches), 0, 1, FRIENDLY_CREDIT)) + entries


def get_week_profile(tsn: int, calendar_id: int) -> ZclFrame:
    """Get Week Profiles, for the one that the calendar has."""
    payload = _NO_PROVIDER + _u32(calendar_id) + bytes((_THE_WEEK, 1))
    return ZclFrame(tsn, Get.WEEK_PROFILES, payload, True, False, wants_default_response=True)


def get_day_profile(tsn: int, calendar_id: int, number: int) -> ZclFrame:
    """Get Day Profiles, for one of them: each is a frame, and one question has one answer."""
    payload = _NO_PROVIDER + _u32(calendar_id) + bytes((number, 1))
    return ZclFrame(tsn, Get.DAY_PROFILES, payload, True, False, wants_default_response=True)


def parse_publish_week_profile(payload: bytes, calendar_id: int) -> tuple[int, ...]:
    """The numbers of the day profiles, Monday first. Raises WireError, also for another calendar's."""
    if len(payload) != _WEEK_PROFILE or payload[8:13] != _u32(calendar_id) + bytes((_THE_WEEK,)):
        raise WireError("not the Publish Week Profile that was asked for")
    return tuple(payload[13:])


def parse_publish_day_profile(payload: bytes, calendar_id: int, number: int) -> Day:
    """The periods of one day profile. Raises WireError, also for another calendar's or another day's; LinkError where
    the meter tells it in several frames.
    """
    if len(payload) < _DAY_HEAD or payload[8:13] != _u32(calendar_id) + bytes((number,)):
        raise WireError("not the Publish Day Profile that was asked for")
    entries, index, commands, kind = payload[13:_DAY_HEAD]
    if (index, commands) != (0, 1):
        raise LinkError(f"the meter tells its day profile {number} in {commands} frames: only one is understood")
    if kind != FRIENDLY_CREDIT or len(payload) != _DAY_HEAD + 3 * entries:
        raise WireError("a Publish Day Profile that is not of friendly credit, or not as long as it says")
    return _periods([(_u16(payload, at), payload[at + 2]) for at in range(_DAY_HEAD, len(payload), 3)])


def _periods(switches: Sequence[tuple[int, int]]) -> Day:
    """From (minute, friendly) in order of the minutes. What is before the first is not friendly."""
    minutes = [minute for minute, _ in switches]
    if minutes != sorted(set(minutes)) or any(minute >= MINUTES_A_DAY for minute in minutes):
        raise WireError("a Publish Day Profile whose entries are in no order")
    ends = pairwise((*switches, (MINUTES_A_DAY, 0)))
    return united((begin, end) for (begin, friendly), (end, _) in ends if friendly)


def _u16(payload: bytes, at: int) -> int:
    return int.from_bytes(payload[at : at + 2], "little")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")
