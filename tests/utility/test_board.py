"""The board's serial number, where it has one (R16)."""

from pathlib import Path

import pytest

from hubd.utility.board import serial_number


@pytest.mark.parametrize(
    ("octets", "number"),
    [
        (b"10000000a1b2c3d4\x00", "10000000a1b2c3d4"),
        (b"", None),
        (b"\x00", None),
        (b"\x1b[2J\x00", None),
        (b"\xff", None),
    ],
)
def test_it_is_read_as_the_device_tree_has_it(octets: bytes, number: str | None, tmp_path: Path) -> None:
    file = tmp_path / "serial-number"
    file.write_bytes(octets)
    assert serial_number(file) == number
    assert serial_number(tmp_path / "none") is None
