"""Flow over time into a register and half-hours. Whole (litres an hour)-milliseconds, so that nothing is lost."""

from collections.abc import Callable

from hubd.bench.devices.prepaid.half_hours import INTERVAL_S, HalfHours

STEPS_PER_LITRE = 3_600_000
_MINUTE_MS = 60_000
_INTERVAL_MS = INTERVAL_S * 1_000
_LONGEST_GAP_MS = 7 * 86_400_000
"""A clock that jumps further ahead was set, and so was one that runs back: it measures on from the new moment."""

FlowAt = Callable[[float], int]
"""Flow (litres an hour) at a moment."""


class Volume:
    """What went through since it was made. The first moment only starts the measurement, and so does the first after
    a restore; the half-hour that it begins in is invalid.
    """

    def __init__(self, flow_at: FlowAt) -> None:
        self.total_steps = 0
        self.profile = HalfHours()
        self._flow_at = flow_at
        self._at_ms: int | None = None
        self._interval_from_l: int | None = None

    @property
    def litres(self) -> int:
        """The register, whole litres."""
        return self.total_steps // STEPS_PER_LITRE

    def advance(self, unix_s: float, used: Callable[[int], None]) -> None:
        """Measure up to this moment; `used(steps)` is told of each piece of at most a minute."""
        now_ms = int(unix_s * 1_000)
        if self._at_ms is None or not 0 <= now_ms - self._at_ms <= _LONGEST_GAP_MS:
            self._at_ms = now_ms
            self._interval_from_l = self.litres if now_ms % _INTERVAL_MS == 0 else None
        while self._at_ms < now_ms:
            at_ms = self._at_ms
            end_ms = min(now_ms, at_ms + _MINUTE_MS - at_ms % _MINUTE_MS)
            steps = self._flow_at(at_ms / 1_000) * (end_ms - at_ms)
            self.total_steps += steps
            self._at_ms = end_ms
            if end_ms % _INTERVAL_MS == 0:
                self._close_interval(end_ms // 1_000)
            used(steps)

    def _close_interval(self, end_unix_s: int) -> None:
        start = self._interval_from_l
        self.profile.close(end_unix_s, None if start is None else self.litres - start)
        self._interval_from_l = self.litres

    def save(self) -> dict[str, object]:
        """As JSON values."""
        return {"total_steps": self.total_steps, "profile": self.profile.save()}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        total, profile = saved["total_steps"], saved["profile"]
        if not isinstance(total, int) or not isinstance(profile, dict):
            raise ValueError("not a gas register's state")
        self.total_steps = total
        self.profile.restore(profile)
        self._at_ms = self._interval_from_l = None
