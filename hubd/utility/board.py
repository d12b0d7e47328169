"""What the board tells of itself."""

from pathlib import Path

_SERIAL_NUMBER = Path("/proc/device-tree/serial-number")
_LONGEST = 80


def serial_number(place: Path = _SERIAL_NUMBER) -> str | None:
    """The board's serial number as the device tree has it (a Pi's firmware puts it there); None without one."""
    try:
        octets = place.read_bytes()[: _LONGEST + 1]
    except OSError:
        return None
    number = octets.rstrip(b"\x00").decode("ascii", "replace").strip()
    return number if number.isascii() and number.isprintable() and number else None
