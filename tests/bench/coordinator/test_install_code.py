"""Install codes: the worked example of the Base Device Behavior specification."""

import pytest

from hubd.bench.coordinator.install_code import crc16, link_key

CODE = bytes.fromhex("83FED3407A939723A5C639B26916D505C3B5")


def test_the_specifications_code_gives_its_key():
    assert link_key(CODE).reveal() == bytes.fromhex("66B6900981E1EE3CA4206B6B861C02BB")


def test_a_code_with_a_wrong_crc_is_refused():
    with pytest.raises(ValueError, match="not its CRC"):
        link_key(CODE[:-1] + b"\x00")


@pytest.mark.parametrize("length", [6, 8, 12, 16])
def test_shorter_codes_have_keys_too(length):
    code = CODE[:length]
    key = link_key(code + crc16(code).to_bytes(2, "little"))
    assert len(key.reveal()) == 16
    assert str(key) == "***"


def test_other_lengths_are_refused():
    with pytest.raises(ValueError, match="8, 10, 14 or 18"):
        link_key(CODE[:17])
