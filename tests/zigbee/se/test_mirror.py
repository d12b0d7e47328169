"""R24: the mirror's commands, byte by byte."""

import pytest

from hubd.errors import WireError
from hubd.zigbee.se import mirror
from hubd.zigbee.se.mirror import MirrorConfiguration


def test_the_hub_says_where_the_mirror_is_or_that_there_is_none() -> None:
    assert mirror.request_mirror_response(7, 10).encode().hex() == "1107010a00"
    assert mirror.request_mirror_response(7, None).encode().hex() == "110701ffff"
    assert mirror.mirror_removed(7, 10).encode().hex() == "1107020a00"


@pytest.mark.parametrize(
    ("scheme", "stay_awake", "octets"),
    [
        (0x01, True, "110709" + "01" + "10000000"),
        (0x01, False, "110709" + "01" + "00000000"),
        (0x02, True, "110709" + "02" + "10000000" + "00" * 16),
    ],
)
def test_a_report_is_answered_in_the_scheme_that_was_asked_for(scheme: int, stay_awake: bool, octets: str) -> None:
    assert mirror.mirror_report_attribute_response(7, scheme, stay_awake).encode().hex() == octets


def test_configure_mirror_says_how_often_whether_and_how() -> None:
    payload = bytes.fromhex("01000000" + "080700" + "01" + "01")
    assert mirror.parse_configure_mirror(payload) == MirrorConfiguration(1_800, True, 0x01)
    assert mirror.parse_configure_mirror(payload).understood
    assert not mirror.parse_configure_mirror(payload[:-1] + b"\x00").understood
    assert not mirror.parse_configure_mirror(payload[:-2] + b"\x00\x01").understood
    with pytest.raises(WireError):
        mirror.parse_configure_mirror(payload[:-1])
