"""The hub's time: the monotonic clock for delays, the wall clock only together with its trust (docs/adr/0006)."""

import ctypes
import time
from pathlib import Path

from hubd.model.stamp import Stamp, TimeTrust

_TIME_ERROR = 5
"""What adjtimex(2) returns while nobody keeps the kernel's clock."""
_TIMEX_BYTES = 256
"""More than struct timex has on any Linux; all zeros asks without changing anything."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class HubClock:
    """Where the daemon's stamps come from. The trust is asked of the kernel, at most once a second."""

    def __init__(self, assume_synced: bool) -> None:
        self._assume_synced = assume_synced
        self._asked_at_s = float("-inf")
        self._trust = TimeTrust.UNSYNCED

    def monotonic_s(self) -> float:
        """For every delay, deadline and time-out."""
        return time.monotonic()

    def lasts_s(self, span_s: float) -> float:
        """How long to sleep for a span of the monotonic clock."""
        return span_s

    def boot(self) -> str:
        """The life of the machine: as long as it is the same, the monotonic clock is."""
        return _BOOT_ID.read_text().strip()

    def stamp(self) -> Stamp:
        """The wall clock as it stands, and how far it may be believed."""
        return Stamp(time.time(), self.trust())

    def trust(self) -> TimeTrust:
        """`network` once something (NTP by any daemon) keeps the kernel's clock."""
        if self._assume_synced:
            return TimeTrust.NETWORK
        if time.monotonic() - self._asked_at_s > 1.0:
            self._asked_at_s = time.monotonic()
            self._trust = TimeTrust.NETWORK if _kernel_clock_is_kept() else TimeTrust.UNSYNCED
        return self._trust


def _kernel_clock_is_kept() -> bool:
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    return 0 <= int(state) < _TIME_ERROR
