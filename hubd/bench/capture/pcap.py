"""A capture file: one packet a record, each with the operating system as soon as it is written.

Format: libpcap 2.4, link type 230 (IEEE 802.15.4 without FCS), microseconds.
"""

import os
import struct
from pathlib import Path

from hubd.errors import ConfigurationError

LINK_TYPE = 230
_MAGIC = 0xA1B2C3D4
_LONGEST = 127
_FILE_HEAD = struct.Struct("<IHHiIII")
_PACKET_HEAD = struct.Struct("<IIII")
_HEAD = _FILE_HEAD.pack(_MAGIC, 2, 4, 0, 0, _LONGEST, LINK_TYPE)


class PcapFile:
    """Open for writing. A capture that is there is continued; a last record cut short by a kill is taken off first.

    `earlier` holds its packets. Raises ConfigurationError for a file of something else, or that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.earlier, end = packets(path.read_bytes(), path) if path.exists() else ([], 0)
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
            self._file.truncate(end)
            self._file.seek(end)
            if not end:
                self._file.write(_HEAD)
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None

    def write(self, unix_s: float, packet: bytes) -> None:
        """One packet (without FCS), heard at this time. It outlives the process, not a loss of power."""
        second, microsecond = divmod(int(unix_s * 1_000_000), 1_000_000)
        self._file.write(_PACKET_HEAD.pack(second, microsecond, len(packet), len(packet)) + packet)

    def close(self) -> None:
        """No more packets."""
        self._file.close()


def packets(octets: bytes, path: Path) -> tuple[list[bytes], int]:
    """The whole packets of a capture, and where the last of them ends. Raises ConfigurationError where the octets are
    no capture of this kind.
    """
    if _HEAD.startswith(octets[: len(_HEAD)]) and len(octets) < len(_HEAD):
        return [], 0
    if octets[: len(_HEAD)] != _HEAD:
        raise ConfigurationError(f"{path}: is no capture of this program. Cure: name another file, or remove it")
    found, at = [], len(_HEAD)
    while at + _PACKET_HEAD.size <= len(octets):
        length = _PACKET_HEAD.unpack_from(octets, at)[2]
        end = at + _PACKET_HEAD.size + length
        if end > len(octets):
            break
        found.append(octets[end - length : end])
        at = end
    return found, at
