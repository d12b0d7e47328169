"""A hub's clock on the bench: a monotonic clock that runs fast, a boot that can be another, a wall clock that is
stepped. The file is read again whenever the wall clock is asked.
"""

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hubd.utility.clock import HubClock


@dataclass(frozen=True, slots=True)
class ClockFile:
    """What the clock is to be. `factor` and `boot` count from the daemon's next start, `wall_step_s` at once."""

    factor: float = 1.0
    boot: str = "bench"
    wall_step_s: float = 0.0

    @classmethod
    def read(cls, path: Path) -> "ClockFile":
        """As it stands."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def write(self, path: Path) -> None:
        """Put it there in one piece."""
        beside = path.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(self))
        beside.rename(path)


def change(path: Path, **values: object) -> None:
    """Change some of it."""
    dataclasses.replace(ClockFile.read(path), **values).write(path)  # type: ignore[arg-type]


class GridClock(HubClock):
    """Every second of the machine's monotonic clock is `factor` seconds of this one."""

    def __init__(self, assume_synced: bool, path: Path) -> None:
        super().__init__(assume_synced)
        self._file = ClockFile.read(path)

    def monotonic_s(self) -> float:
        """The fast clock."""
        return time.monotonic() * self._file.factor

    def lasts_s(self, span_s: float) -> float:
        """What the event loop, whose clock is not fast, has to sleep."""
        return span_s / self._file.factor

    def boot(self) -> str:
        """As the file says."""
        return self._file.boot


def step_wall_clock(path: Path) -> None:
    """From now on this process sees the wall clock as the file says: every `time.time()` of it."""
    real = time.time

    def stepped() -> float:
        return real() + ClockFile.read(path).wall_step_s

    time.time = stepped
