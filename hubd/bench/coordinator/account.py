"""The coordinator's own account of its host's frames: what it was asked to send, and what it handed over, once each.

A frame has a number of its own, however often it crossed the line: what a host stored can be held against it, and
that it sent nothing can be seen afterwards. It is bounded, and says from which number on it is whole.
"""

from collections import deque
from dataclasses import dataclass

from hubd.model.identity import Eui64

MOST_FRAMES = 20_000


@dataclass(slots=True)
class Entry:
    """One application's frame. `device` is "" for a broadcast or an address that nobody has. `times`: how often it
    was written to the line; 0 while a late one is under way. A frame that the host asked for counts once.
    """

    number: int
    down: bool
    device: Eui64 | str
    cluster_id: int
    secured: bool
    data: bytes
    times: int


class Account:
    """The last MOST_FRAMES, oldest first. Numbers begin at 1 and rise by 1 for as long as the coordinator runs."""

    def __init__(self) -> None:
        self.frames = 0
        self._entries: deque[Entry] = deque(maxlen=MOST_FRAMES)

    def asked(self, device: Eui64 | str, cluster_id: int, data: bytes, *, secured: bool) -> None:
        """The host asks for a frame to be sent, whatever becomes of it."""
        self._add(True, device, cluster_id, data, secured=secured, times=1)

    def heard(self, device: Eui64 | str, cluster_id: int, data: bytes, *, secured: bool) -> Entry:
        """A device's frame is for the host. The caller counts each time that it is written to the line."""
        return self._add(False, device, cluster_id, data, secured=secured, times=0)

    def whole_from(self) -> int:
        """The lowest number that is still there."""
        return self._entries[0].number if self._entries else self.frames + 1

    def after(self, number: int) -> list[Entry]:
        """The frames with a higher number."""
        return [entry for entry in self._entries if entry.number > number]

    def _add(
        self, down: bool, device: Eui64 | str, cluster_id: int, data: bytes, *, secured: bool, times: int
    ) -> Entry:
        self.frames += 1
        entry = Entry(self.frames, down, device, cluster_id, secured, data, times)
        self._entries.append(entry)
        return entry
