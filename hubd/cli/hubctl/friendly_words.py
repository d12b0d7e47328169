"""Friendly hours as the office writes them: `mon-fri 18:00-09:00`, `sat,sun 00:00-24:00`, `none`. Times in UTC."""

import re
from collections.abc import Iterator, Sequence

from hubd.model.friendly_hours import MINUTES_A_DAY, NEVER, WEEKDAYS, Period, Week, united

NONE = "none"
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_EXAMPLE = "'mon-fri 18:00-09:00'"


def week_of(texts: Sequence[str]) -> Week:
    """The week of all these together. Raises ValueError in words, with the cure."""
    said = [text.lower().split() for text in texts]
    if [NONE] in said:
        if len(said) > 1:
            raise ValueError(f"--friendly {NONE} clears all friendly hours: it stands alone")
        return NEVER
    days: list[list[Period]] = [[] for _ in WEEKDAYS]
    for text, words in zip(texts, said, strict=True):
        if len(words) < 2:
            raise ValueError(f"--friendly {text!r}: write days, a blank, and periods, as {_EXAMPLE}; or {NONE}")
        for weekday in _weekdays(words[0]):
            for period in words[1:]:
                for later, part in _parts(period):
                    days[(weekday + later) % len(WEEKDAYS)].append(part)
    return tuple(united(day) for day in days)


def _weekdays(text: str) -> Iterator[int]:
    """`mon-fri`, `sat,sun`, `fri-mon`."""
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in WEEKDAYS or last not in WEEKDAYS:
            raise ValueError(f"--friendly: {part!r} names no day: write {' '.join(WEEKDAYS)}, as {_EXAMPLE}")
        begin = WEEKDAYS.index(first)
        for step in range((WEEKDAYS.index(last) - begin) % len(WEEKDAYS) + 1):
            yield (begin + step) % len(WEEKDAYS)


def _parts(text: str) -> list[tuple[int, Period]]:
    """A period as (days later, part of that day): one that ends at or before it begins runs into the next day."""
    first, _, last = text.partition("-")
    begin, end = _minutes(first, text), _minutes(last, text)
    if begin == MINUTES_A_DAY:
        raise ValueError(f"--friendly: {text} begins at 24:00: write 00:00 of the next day")
    if begin < end:
        return [(0, (begin, end))]
    return [(0, (begin, MINUTES_A_DAY)), *([(1, (0, end))] if end else [])]


def _minutes(text: str, period: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"--friendly: {period!r} is no period: write HH:MM-HH:MM in UTC, as 18:00-09:00")
    return int(text[:2]) * 60 + int(text[3:])
