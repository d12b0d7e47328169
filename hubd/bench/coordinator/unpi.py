"""UNPI, the framing of TI's MT protocol on the serial line: FE, length, two command octets, data, XOR of all but FE.

Written from TI's "Z-Stack Monitor and Test API", clause 2.1. It shares no code with any client's codec.
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor

SOF = 0xFE
MAX_DATA = 250

SREQ, AREQ, SRSP = 0x20, 0x40, 0x60
SYS, AF, ZDO, UTIL, APP_CONFIG = 0x01, 0x04, 0x05, 0x07, 0x0F
RPC_ERROR = 0x00


@dataclass(frozen=True, slots=True)
class MtFrame:
    """One MT command: `command0` is type and subsystem, `command1` the command's id."""

    command0: int
    command1: int
    data: bytes

    @property
    def is_request(self) -> bool:
        """A synchronous request, which must have one answer."""
        return self.command0 & 0xE0 == SREQ

    @property
    def subsystem(self) -> int:
        """The MT subsystem (SYS, AF, ZDO, ...)."""
        return self.command0 & 0x1F


def encode(command0: int, command1: int, data: bytes) -> bytes:
    """The octets of one command on the line. Raises ValueError past 250 octets of data."""
    if len(data) > MAX_DATA:
        raise ValueError(f"{len(data)} octets do not fit an MT command")
    body = bytes((len(data), command0, command1)) + data
    return b"\xfe" + body + bytes((reduce(xor, body),))


class Deframer:
    """Bytes as they come, to whole frames. Garbage and frames with a wrong check sum are skipped: after a wrong one,
    the search goes on with the octet after its FE, so that a frame inside it is not lost.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, octets: bytes) -> list[MtFrame]:
        """Take what the line gave; returns the frames completed by it, in order."""
        self._held += octets
        frames: list[MtFrame] = []
        while self._skip_to_start() and (size := self._frame_size()):
            if reduce(xor, self._held[1:size]) == 0:
                body = bytes(self._held[1 : size - 1])
                frames.append(MtFrame(body[1], body[2], body[3:]))
                del self._held[:size]
            else:
                del self._held[0]
        return frames

    def _skip_to_start(self) -> bool:
        """Drop what cannot begin a frame. False where nothing is left to look at."""
        while (start := self._held.find(SOF)) >= 0:
            del self._held[:start]
            if len(self._held) < 2 or self._held[1] <= MAX_DATA:
                return True
            del self._held[0]
        self._held.clear()
        return False

    def _frame_size(self) -> int:
        """Octets of the frame that begins here, 0 while it is not all there."""
        if len(self._held) < 2:
            return 0
        size = self._held[1] + 5
        return size if len(self._held) >= size else 0
