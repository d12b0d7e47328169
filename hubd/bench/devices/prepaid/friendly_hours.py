"""The meter's friendly hours: a calendar that comes in part by part, and is obeyed from its last part on.

As its set-up, the meter keeps no plans: a calendar for a later time is refused, and so is one with an Issuer Event ID
below the last one heard of. What comes again of a calendar in force changes nothing. The meter has room for one
season, all year, and one week.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hubd.bench.devices.prepaid.account import Account
from hubd.bench.devices.zcl import Status
from hubd.model.friendly_hours import MINUTES_A_DAY, Day, united, words_of_week

DAY_S = 86_400
_THURSDAY = 3
"""1 January 1970, counted from Monday."""

DayProfile = tuple[tuple[int, bool], ...]
"""(minute of the day, whether it is friendly from then on), in order, from minute 0."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar as far as it has come. Days by their number; the week names seven of them, Monday first."""

    event: int
    id: int
    announced_days: int
    days: Mapping[int, DayProfile] = field(default_factory=dict)
    week: tuple[int, ...] = ()
    has_season: bool = False

    @property
    def whole(self) -> bool:
        """Whether all that was announced is here."""
        return len(self.days) == self.announced_days and bool(self.week) and self.has_season

    def with_day(self, number: int, profile: DayProfile) -> "Calendar | None":
        """With that day profile; None where it was not announced, or does not tell a whole day."""
        minutes = [minute for minute, _ in profile]
        in_order = minutes[:1] == [0] and minutes == sorted(set(minutes)) and minutes[-1] < MINUTES_A_DAY
        fits = in_order and 1 <= number <= self.announced_days
        return replace(self, days={**self.days, number: profile}) if fits else None

    def with_week(self, numbers: tuple[int, ...]) -> "Calendar | None":
        """With the week of these day profiles; None where one of them was not announced."""
        fits = all(1 <= number <= self.announced_days for number in numbers)
        return replace(self, week=numbers) if fits else None

    def periods(self, weekday: int) -> Day:
        """When it is friendly on that day (0: Monday)."""
        profile = self.days[self.week[weekday]]
        switches = pairwise((*profile, (MINUTES_A_DAY, False)))
        return united((begin, end) for (begin, friendly), (end, _) in switches if friendly)

    def friendly_at(self, unix_s: int) -> bool:
        """Whether a period runs at that time of the meter's own clock."""
        weekday, minute = (unix_s // DAY_S + _THURSDAY) % 7, unix_s % DAY_S // 60
        return any(begin <= minute < end for begin, end in self.periods(weekday))


Add = Callable[[Calendar], Calendar | None]
"""Puts one part to a calendar; None: it does not fit."""


class FriendlyHours:
    """`in_force` is obeyed; `coming` is later, and not whole."""

    def __init__(self, account: Account, own_time: Callable[[float], int]) -> None:
        self.in_force: Calendar | None = None
        self.coming: Calendar | None = None
        self._account = account
        self._own_time = own_time

    def look(self, unix_s: float) -> None:
        """Let the account know whether a period runs at this (simulated) time."""
        if self.in_force is not None:
            self._account.see_friendly(self.in_force.friendly_at(self._own_time(unix_s)))

    def announce(self, calendar: Calendar) -> Status:
        """A calendar begins to come in."""
        newest = self.coming or self.in_force
        if newest is not None and calendar.event < newest.event:
            return Status.INVALID_FIELD
        if newest is None or calendar.event > newest.event:
            self.coming = calendar
        return Status.SUCCESS

    def take(self, event: int, calendar_id: int, add: Add, unix_s: float) -> Status:
        """One part of the calendar under way; with the last one it is in force."""
        if _is(self.in_force, event, calendar_id):
            return Status.SUCCESS
        if self.coming is None or not _is(self.coming, event, calendar_id):
            return Status.NOT_FOUND
        if (more := add(self.coming)) is None:
            return Status.INVALID_FIELD
        self.coming = more
        if more.whole:
            self.in_force, self.coming = more, None
            self.look(unix_s)
        return Status.SUCCESS

    def view(self) -> dict[str, str] | None:
        """The periods of each day, in words; None: there is no calendar."""
        calendar = self.in_force
        return words_of_week(tuple(calendar.periods(day) for day in range(7))) if calendar else None

    def save(self) -> dict[str, object]:
        """As JSON values."""
        return {"in_force": _saved(self.in_force), "coming": _saved(self.coming)}

    def restore(self, saved: Mapping[str, object]) -> None:
        """The reverse of `save`."""
        self.in_force, self.coming = _restored(saved["in_force"]), _restored(saved["coming"])


def _is(calendar: Calendar | None, event: int, calendar_id: int) -> bool:
    return calendar is not None and (calendar.event, calendar.id) == (event, calendar_id)


def _saved(calendar: Calendar | None) -> dict[str, object] | None:
    if calendar is None:
        return None
    days = [[number, [list(entry) for entry in profile]] for number, profile in calendar.days.items()]
    return {
        "event": calendar.event,
        "id": calendar.id,
        "announced_days": calendar.announced_days,
        "days": days,
        "week": list(calendar.week),
        "has_season": calendar.has_season,
    }


def _restored(saved: object) -> Calendar | None:
    if not isinstance(saved, dict):
        return None
    days = {number: tuple((minute, friendly) for minute, friendly in profile) for number, profile in saved["days"]}
    return Calendar(**{**saved, "days": days, "week": tuple(saved["week"])})
