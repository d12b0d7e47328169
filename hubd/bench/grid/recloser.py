"""A recloser: it trips on a fault, waits its dead time, closes again, and gives up after its last trip. Pure."""

from dataclasses import dataclass

from hubd.errors import ConfigurationError

LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Recloser:
    """Settings. `dead_s`: the dead time after each trip but the last; so there is one trip more. The first
    `fast_trips` trips open after `fast_s` of fault current, the others after `delayed_s`.
    """

    dead_s: tuple[float, ...] = (5.0, 5.0, 5.0)
    fast_trips: int = 2
    fast_s: float = 0.1
    delayed_s: float = 2.0

    def __post_init__(self) -> None:
        times_s = (*self.dead_s, self.fast_s, self.delayed_s)
        if not self.dead_s or not all(0 < time_s <= LONGEST_S for time_s in times_s):
            raise ConfigurationError(
                f"a recloser: dead_s needs at least one dead time; all times are above 0 and at most {LONGEST_S:g} s"
            )
        if not 0 <= self.fast_trips <= len(self.dead_s) + 1:
            raise ConfigurationError(f"a recloser of {len(self.dead_s) + 1} trips: fast_trips is {self.fast_trips}")

    @property
    def trips(self) -> int:
        """Trips to lock-out."""
        return len(self.dead_s) + 1

    def trip_s(self, number: int) -> float:
        """How long fault current flows before the trip of this number (from 1)."""
        return self.fast_s if number <= self.fast_trips else self.delayed_s


@dataclass(frozen=True, slots=True)
class Run:
    """What the recloser does about a fault. `opened` and `closed`: seconds since the first trip. Locked out where
    there is one opening more than closings. `blew_s`: when the fuse below blew, which cleared the fault.
    """

    opened: tuple[float, ...]
    closed: tuple[float, ...]
    blew_s: float | None = None


def run(recloser: Recloser, clears_after_trips: int | None, fuse_s: float | None) -> Run:
    """The fault is gone after so many trips (None: never). `fuse_s`: how much fault current a fuse between recloser
    and fault bears; None: there is no fuse. Fast trips save it, a delayed one may come too late.
    """
    opened, closed = [0.0], list[float]()
    now_s, borne_s = 0.0, recloser.trip_s(1)
    if fuse_s is not None and borne_s >= fuse_s:
        raise ConfigurationError("the fuse blows before the first trip: nothing upstream would notice")
    for number in range(1, recloser.trips):
        now_s = round(now_s + recloser.dead_s[number - 1], 6)
        closed.append(now_s)
        if clears_after_trips is not None and number >= clears_after_trips:
            break
        flows_s = recloser.trip_s(number + 1)
        if fuse_s is not None and borne_s + flows_s >= fuse_s:
            return Run(tuple(opened), tuple(closed), round(now_s + fuse_s - borne_s, 6))
        borne_s += flows_s
        now_s = round(now_s + flows_s, 6)
        opened.append(now_s)
    return Run(tuple(opened), tuple(closed))
