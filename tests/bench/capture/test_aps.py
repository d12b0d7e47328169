"""What does not fit into one frame goes in several, and every frame fits the radio."""

import pytest

from hubd.bench.air.frame import ApsFrame
from hubd.bench.capture import aps, mac, nwk
from hubd.bench.capture.aps import LinkSecurity
from hubd.bench.capture.nwk import NetworkKey, Sender

HUB = Sender(bytes(8), 0, 1, 1)
LINK = LinkSecurity(bytes(16), bytes(8), 1)


@pytest.mark.parametrize("octets", [0, 1, 65, 66, 82, 83, 300, 1400])
@pytest.mark.parametrize("secured", [True, False])
def test_every_frame_fits_and_the_pieces_are_the_whole(octets, secured):
    frame = ApsFrame(0x0109, 0x0704, 1, 1, bytes(i & 0xFF for i in range(octets)), secured)
    pieces = list(aps.blocks(frame))
    assert b"".join(piece.data for piece in pieces) == frame.data
    assert (len(pieces) == 1) == (octets <= (65 if secured else 82))
    for piece in pieces:
        whole = aps.data(frame, piece, 7, acknowledged=True, under=LINK if secured else None)
        packet = mac.data(0x1A62, 0x1234, 0, 1, nwk.secured_data(HUB, 0x1234, whole, NetworkKey(bytes(16), 0)))
        assert len(packet) <= mac.LARGEST


def test_a_frame_in_one_piece_has_the_plain_header():
    frame = ApsFrame(0x0109, 0x0705, 1, 2, b"\x01\x07\x04", secured=False)
    (piece,) = aps.blocks(frame)
    assert aps.data(frame, piece, 9, acknowledged=True, under=None).hex() == "40020507090101" + "09" + "010704"
    assert aps.acknowledgement(frame, piece, 9, None).hex() == "0201050709010209"


def test_pieces_are_numbered_as_the_specification_has_it():
    frame = ApsFrame(0x0109, 0x0704, 1, 1, bytes(200), secured=False)
    assert [piece.extended.hex() for piece in aps.blocks(frame)] == ["0103", "0201", "0202"]
