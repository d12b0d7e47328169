"""The load profile: half-hourly energy of one channel, 400 days of it, as two octets an interval."""

import base64
import zlib
from array import array

INTERVAL_S = 1_800
KEPT = 400 * 48
INVALID = 0xFFFF
_MOST_WH = INVALID - 1


class HalfHours:
    """Closed intervals in a row, newest last. `end_unix_s` is the end of the newest; None: there is none yet."""

    def __init__(self) -> None:
        self._wh = array("H")
        self._saved: str | None = None
        self.end_unix_s: int | None = None

    def __len__(self) -> int:
        return len(self._wh)

    def close(self, end_unix_s: int, wh: int | None) -> None:
        """Add the interval that ends then (None: not wholly measured). A gap before it becomes invalid intervals.
        Where a clock went back, what lay in its future is forgotten, and this one, measured twice, is invalid.
        """
        self._saved = None
        value = INVALID if wh is None else min(wh, _MOST_WH)
        ahead = 1 if self.end_unix_s is None else (end_unix_s - self.end_unix_s) // INTERVAL_S
        if ahead <= 0:
            del self._wh[max(0, len(self._wh) - 1 + ahead) :]
            value, ahead = INVALID, 1
        self._wh.extend([INVALID] * min(ahead - 1, KEPT))
        self._wh.append(value)
        self.end_unix_s = end_unix_s
        if len(self._wh) > KEPT:
            del self._wh[: len(self._wh) - KEPT]

    def newest_first(self, end_unix_s: int | None, periods: int) -> tuple[int, list[int | None]]:
        """The end of the newest interval that has ended by then (None: the newest of all), and up to `periods`
        intervals from there back. Nothing that old, or nothing at all: an empty list.
        """
        if self.end_unix_s is None:
            return (end_unix_s or 0), []
        end = self.end_unix_s
        if end_unix_s is not None and end_unix_s < end:
            end = end_unix_s - end_unix_s % INTERVAL_S
        newest = len(self._wh) - (self.end_unix_s - end) // INTERVAL_S
        found = self._wh[max(0, newest - periods) : max(0, newest)]
        return end, [None if value == INVALID else value for value in reversed(found)]

    def save(self) -> dict[str, object]:
        """As JSON values: compressed, and made anew only when an interval closed."""
        if self._saved is None:
            octets = b"".join(value.to_bytes(2, "little") for value in self._wh)
            self._saved = base64.b64encode(zlib.compress(octets)).decode()
        return {"end_unix_s": self.end_unix_s, "wh": self._saved}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        octets = zlib.decompress(base64.b64decode(str(saved["wh"])))
        self._wh = array("H", [int.from_bytes(octets[i : i + 2], "little") for i in range(0, len(octets), 2)])
        end = saved["end_unix_s"]
        self.end_unix_s = end if isinstance(end, int) else None
        self._saved = None
