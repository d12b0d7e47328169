"""The order of a key change: sections under the old key, then a token under the new one that proves it. Pure.

Sections carry no identifier, so the meter's memory does not guard them: it takes each as often as it comes, until
the last makes the new key valid. From then on it cannot open any of them, and a section sent again counts as a wrong
code. So, for `n` sections and the token behind them:

    not yet out     whatever goes wrong, the set is begun anew from the first section: harmless, and a meter that has
                    forgotten half a set in the meantime is given all of it
    last one out,   the token behind is sent next: taken, it proves the change; refused as not this meter's, it proves
    not answered    that the last section was lost, or is late. Once nothing of this round can be under way any more
                    the set is begun anew, a few times at most
    a section       the meter may be on the new key by a section that came late: the token behind goes next, and
    refused         decides. At the very first try it is the office that has the wrong key, and the order ends
    token behind    as any other token: sent again after silence, and "duplicate" then means success
    is out

So the meter never sees more wrong codes of ours than frames were lost or restarts came between, and in the usual
course none; each section that it takes clears its count.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

MOST_ROUNDS = 5


class Progress(IntEnum):
    """What is on disk before a byte leaves: all that a restart has to know."""

    SECTIONS = 0
    LAST_SECTION = 1
    """The last section may have reached the meter."""
    TOKEN = 2
    """The token behind the sections may have."""


@dataclass(frozen=True, slots=True)
class Course:
    """`place`: the section that goes next; beyond the last: the token behind. `last_taken`: the meter said so."""

    place: int = 0
    last_out: bool = False
    last_taken: bool = False
    rounds: int = 1


BEGUN = Course()


def recovered(progress: Progress, sections: int) -> Course:
    """After a restart."""
    return Course(place=sections, last_out=True) if progress else BEGUN


def progress(course: Course, sections: int) -> Progress:
    """What is to be written down before the next sending."""
    if course.place == sections:
        return Progress.TOKEN
    return Progress.LAST_SECTION if course.place == sections - 1 else Progress.SECTIONS


def taken(course: Course, sections: int) -> Course:
    """The meter took the section."""
    last = course.place == sections - 1
    return replace(course, place=course.place + 1, last_out=last, last_taken=last)


def refused(course: Course, sections: int) -> Course:
    """The meter cannot open a section that it may have had before: the token behind decides, once."""
    return replace(course, place=sections, last_out=True, last_taken=True)


def after_silence(course: Course, sections: int) -> Course:
    """A section went out and nothing came back."""
    if course.place == sections - 1:
        return replace(course, place=sections, last_out=True)
    return begun_anew(course)


def begun_anew(course: Course) -> Course:
    """From the first section; not where the last one may be at the meter."""
    return course if course.last_out else replace(course, place=0)


def not_proven(course: Course) -> Course | None:
    """The meter cannot open the token behind. The set anew, or after the last round that token once more, because its
    refusal may be older than a section that came late; None: neither would be any use.
    """
    if course.last_taken:
        return None
    if course.rounds >= MOST_ROUNDS:
        return replace(course, last_taken=True)
    return Course(rounds=course.rounds + 1)
