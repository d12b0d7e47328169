"""The Calendar cluster (0x0707) of the meter: it takes friendly hours as a client, and tells them as a server.

Each handler says INVALID_FIELD to what this meter does not keep (`friendly_hours`), and NOT_FOUND to a part of a
calendar that was not announced, or is not in force.
"""

from dataclasses import replace

from hubd.bench.devices.prepaid.friendly_hours import Calendar, DayProfile, FriendlyHours
from hubd.bench.devices.zcl import Cluster, Reply, Status
from hubd.bench.devices.zcl.data_type import take
from hubd.errors import WireError

CALENDAR = 0x0707
_PUBLISH_CALENDAR, _PUBLISH_DAY, _PUBLISH_WEEK, _PUBLISH_SEASONS = 0x00, 0x01, 0x02, 0x03
_GET_DAYS, _GET_WEEKS = 0x01, 0x02
_FRIENDLY_CREDIT, _UTC = 0x03, 0x00
_ONE_SEASON_ONE_WEEK = (1, 1)
_ONE_FRAME = (0, 1)
_THE_WEEK = 1
_NULL_NAME = 0xFF
_NO_PROVIDER = bytes(4)


def calendar_cluster(hours: FriendlyHours) -> Cluster:
    """Both sides of the cluster."""
    return Cluster(
        CALENDAR,
        commands={
            _GET_DAYS: lambda payload, _: _get_days(hours.in_force, payload),
            _GET_WEEKS: lambda payload, _: _get_weeks(hours.in_force, payload),
        },
        heard={
            _PUBLISH_CALENDAR: lambda payload, _: Reply(status=_calendar(hours, payload)),
            _PUBLISH_DAY: lambda payload, unix_s: Reply(status=_day(hours, payload, unix_s)),
            _PUBLISH_WEEK: lambda payload, unix_s: Reply(status=_week(hours, payload, unix_s)),
            _PUBLISH_SEASONS: lambda payload, unix_s: Reply(status=_seasons(hours, payload, unix_s)),
        },
        secured=True,
    )


def _calendar(hours: FriendlyHours, payload: bytes) -> Status:
    event, calendar_id, rest = _whose(payload)
    head, rest = take(rest, 7)
    _, rest = take(rest, 0 if head[6] == _NULL_NAME else head[6])
    counts = _all_of(rest, 3)
    kind = (int.from_bytes(head[:4], "little"), head[4], head[5])
    if kind != (0, _FRIENDLY_CREDIT, _UTC) or tuple(counts[:2]) != _ONE_SEASON_ONE_WEEK or not 1 <= counts[2] <= 7:
        return Status.INVALID_FIELD
    return hours.announce(Calendar(event, calendar_id, counts[2]))


def _day(hours: FriendlyHours, payload: bytes, unix_s: float) -> Status:
    event, calendar_id, rest = _whose(payload)
    head, rest = take(rest, 5)
    entries = _all_of(rest, 3 * head[1])
    profile = tuple((_u16(entries[at : at + 2]), bool(entries[at + 2])) for at in range(0, len(entries), 3))
    if (tuple(head[2:4]), head[4]) != (_ONE_FRAME, _FRIENDLY_CREDIT):
        return Status.INVALID_FIELD
    return hours.take(event, calendar_id, lambda coming: coming.with_day(head[0], profile), unix_s)


def _week(hours: FriendlyHours, payload: bytes, unix_s: float) -> Status:
    event, calendar_id, rest = _whose(payload)
    week = _all_of(rest, 8)
    if week[0] != _THE_WEEK:
        return Status.INVALID_FIELD
    return hours.take(event, calendar_id, lambda coming: coming.with_week(tuple(week[1:])), unix_s)


def _seasons(hours: FriendlyHours, payload: bytes, unix_s: float) -> Status:
    event, calendar_id, rest = _whose(payload)
    season = _all_of(rest, 7)
    if tuple(season[:2]) != _ONE_FRAME or season[6] != _THE_WEEK:
        return Status.INVALID_FIELD
    return hours.take(event, calendar_id, lambda coming: replace(coming, has_season=True), unix_s)


def _get_days(calendar: Calendar | None, payload: bytes) -> Reply:
    asked = _all_of(payload, 10)
    if calendar is None or int.from_bytes(asked[4:8], "little") != calendar.id:
        return Reply(status=Status.NOT_FOUND)
    wanted = [number for number in sorted(calendar.days) if number >= asked[8]][: asked[9] or None]
    if not wanted:
        return Reply(status=Status.NOT_FOUND)
    first, *more = (_told(calendar, _told_day(number, calendar.days[number])) for number in wanted)
    return Reply(_PUBLISH_DAY, first, then=tuple((_PUBLISH_DAY, each) for each in more))


def _told_day(number: int, profile: DayProfile) -> bytes:
    entries = b"".join(minute.to_bytes(2, "little") + bytes([friendly]) for minute, friendly in profile)
    return bytes([number, len(profile), *_ONE_FRAME, _FRIENDLY_CREDIT]) + entries


def _get_weeks(calendar: Calendar | None, payload: bytes) -> Reply:
    asked = _all_of(payload, 10)
    if calendar is None or int.from_bytes(asked[4:8], "little") != calendar.id or asked[8] > _THE_WEEK:
        return Reply(status=Status.NOT_FOUND)
    return Reply(_PUBLISH_WEEK, _told(calendar, bytes([_THE_WEEK, *calendar.week])))


def _told(calendar: Calendar, body: bytes) -> bytes:
    return _NO_PROVIDER + calendar.event.to_bytes(4, "little") + calendar.id.to_bytes(4, "little") + body


def _whose(payload: bytes) -> tuple[int, int, bytes]:
    """Issuer event id and calendar id, and what follows them; the provider is not looked at."""
    head, rest = take(payload, 12)
    return int.from_bytes(head[4:8], "little"), int.from_bytes(head[8:], "little"), rest


def _all_of(rest: bytes, size: int) -> bytes:
    found, beyond = take(rest, size)
    if beyond:
        raise WireError("a calendar command that is longer than its fields")
    return found


def _u16(octets: bytes) -> int:
    return int.from_bytes(octets, "little")
