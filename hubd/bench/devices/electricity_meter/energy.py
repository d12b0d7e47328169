"""Power over time into registers and half-hours. Whole watt-milliseconds, so that nothing is lost or runs back."""

from collections.abc import Callable, Iterator

from hubd.bench.devices.prepaid.half_hours import INTERVAL_S, HalfHours

WMS_PER_WH = 3_600_000
_MINUTE_MS = 60_000
_INTERVAL_MS = INTERVAL_S * 1_000

LONGEST_GAP_MS = 7 * 86_400_000
"""A clock that jumps further ahead than this was set, and one that runs back by more than an hour too: the meter was
not there in between, and measures on from the new moment."""
_LONGEST_STEP_BACK_MS = 3_600_000

PowerAt = Callable[[float], int]
"""Net power (W) at a moment; positive: import."""


class Channel:
    """One register and its profile."""

    def __init__(self) -> None:
        self.total_wms = 0
        self.profile = HalfHours()
        self._interval_from_wh: int | None = None

    @property
    def wh(self) -> int:
        """The register, whole Wh."""
        return self.total_wms // WMS_PER_WH

    def begin_interval(self, whole: bool) -> None:
        """An interval begins; `whole`: it is measured from its very start."""
        self._interval_from_wh = self.wh if whole else None

    def close_interval(self, end_unix_s: int) -> None:
        """The interval is over; the difference of the whole registers is its energy, so that intervals add up."""
        start = self._interval_from_wh
        self.profile.close(end_unix_s, None if start is None else self.wh - start)

    def save(self) -> dict[str, object]:
        """As JSON values."""
        return {"total_wms": self.total_wms, "profile": self.profile.save()}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`. The interval under way was not wholly measured."""
        total, profile = saved["total_wms"], saved["profile"]
        if not isinstance(total, int) or not isinstance(profile, dict):
            raise ValueError("not a register's state")
        self.total_wms = total
        self.profile.restore(profile)
        self._interval_from_wh = None


class Energy:
    """Import and export, measured from one moment to the next. The first moment only starts the measurement, and so
    does the first after a restore: while the bench was down, the meter was without mains.

    Times are in the meter's own clock, `shift_s` ahead of the simulated one that `power_at` knows.
    """

    def __init__(self, power_at: PowerAt) -> None:
        self.imported = Channel()
        self.exported = Channel()
        self.power_w = 0
        self._power_at = power_at
        self._at_ms: int | None = None
        self._shift_ms = 0

    def advance(self, unix_s: float, used: Callable[[int], None]) -> None:
        """Measure up to `unix_s` (simulated time). After each piece of at most a minute, `used(imported_wms)` is told
        what was drawn.
        """
        now_ms = int(unix_s * 1_000)
        if self._at_ms is None or not -_LONGEST_STEP_BACK_MS <= now_ms - self._at_ms <= LONGEST_GAP_MS:
            self._start(now_ms)
        for end_ms in self._pieces(now_ms):
            self._measure(end_ms, used)
        self.power_w = self._power_at(unix_s)

    def shift_clock(self, shift_s: float) -> None:
        """The meter's own clock is set. The interval under way is no longer half an hour: it will be invalid."""
        self._shift_ms = int(shift_s * 1_000)
        for channel in (self.imported, self.exported):
            channel.begin_interval(whole=False)

    def _start(self, now_ms: int) -> None:
        self._at_ms = now_ms
        whole = (now_ms + self._shift_ms) % _INTERVAL_MS == 0
        for channel in (self.imported, self.exported):
            channel.begin_interval(whole)

    def _pieces(self, now_ms: int) -> Iterator[int]:
        while self._at_ms is not None and self._at_ms < now_ms:
            to_minute = _MINUTE_MS - self._at_ms % _MINUTE_MS
            to_interval = _INTERVAL_MS - (self._at_ms + self._shift_ms) % _INTERVAL_MS
            yield min(now_ms, self._at_ms + to_minute, self._at_ms + to_interval)

    def _measure(self, end_ms: int, used: Callable[[int], None]) -> None:
        assert self._at_ms is not None
        power_w, elapsed_ms = self._power_at(self._at_ms / 1_000), end_ms - self._at_ms
        energy_wms = abs(power_w) * elapsed_ms
        (self.imported if power_w >= 0 else self.exported).total_wms += energy_wms
        self._at_ms = end_ms
        own_ms = end_ms + self._shift_ms
        if own_ms % _INTERVAL_MS == 0:
            for channel in (self.imported, self.exported):
                channel.close_interval(own_ms // 1_000)
                channel.begin_interval(whole=True)
        used(energy_wms if power_w > 0 else 0)

    def save(self) -> dict[str, object]:
        """Registers and profiles, as JSON values."""
        return {"import": self.imported.save(), "export": self.exported.save()}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        for name, channel in (("import", self.imported), ("export", self.exported)):
            part = saved[name]
            if not isinstance(part, dict):
                raise ValueError("not a meter's registers")
            channel.restore(part)
        self._at_ms = None
