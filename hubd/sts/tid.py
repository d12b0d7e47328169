"""Token identifiers: whole minutes since the base date, 24 bits (IEC 62055-41)."""

from datetime import datetime, timedelta

BASES = (1993, 2014, 2035)
MAX_TID = 2**24 - 1
MINUTES_A_DAY = 1_440
RESERVED_MINUTE = 1
"""00:01 of every day is kept for special tokens; what would get it is given the next minute."""


def check_base(base: int) -> int:
    """The base itself. Raises ValueError for a year that is none."""
    if base not in BASES:
        raise ValueError(f"base {base}: token identifiers count from 1993, 2014 or 2035")
    return base


def is_reserved(tid: int) -> bool:
    """Whether the identifier falls on the reserved minute 00:01 (every base date is a midnight)."""
    return tid % MINUTES_A_DAY == RESERVED_MINUTE


def tid_at(moment: datetime, base: int) -> int:
    """The identifier of a token issued at `moment` (naive UTC; seconds are dropped), past the reserved minute.

    Raises ValueError outside the base's range of almost 32 years.
    """
    tid = (moment - datetime(check_base(base), 1, 1)) // timedelta(minutes=1)
    if not 0 <= tid <= MAX_TID:
        last = moment_of(MAX_TID, base)
        raise ValueError(
            f"{moment:%Y-%m-%d %H:%M} lies outside base {base}, which holds from {base}-01-01 to {last:%Y-%m-%d}: "
            "take the base that the meter's key is on, or another time"
        )
    return tid + is_reserved(tid)


def tid_after(last_tid: int | None, moment: datetime, base: int) -> int:
    """The identifier for the next token of a meter whose last one had `last_tid`: now, or the next free minute, so
    that it always rises. Raises ValueError as `tid_at`.
    """
    now = tid_at(moment, base)
    if last_tid is None or now > last_tid:
        return now
    return last_tid + 1 + is_reserved(last_tid + 1)


def moment_of(tid: int, base: int) -> datetime:
    """The minute an identifier names, naive UTC."""
    return datetime(check_base(base), 1, 1) + timedelta(minutes=tid)
