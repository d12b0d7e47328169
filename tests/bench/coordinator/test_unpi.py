"""The framing of the MT line, over a perfect, a byte-at-a-time and a dirty line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.bench.coordinator.unpi import Deframer, MtFrame, encode

PING = bytes.fromhex("fe00210120")
frames = st.builds(MtFrame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=250))


def octets_of(frame: MtFrame) -> bytes:
    return encode(frame.command0, frame.command1, frame.data)


def test_a_ping_has_the_octets_that_ti_documents():
    assert encode(0x21, 0x01, b"") == PING
    assert Deframer().feed(PING) == [MtFrame(0x21, 0x01, b"")]


@given(st.lists(frames, max_size=6))
def test_frames_come_back_as_they_were(sent):
    assert Deframer().feed(b"".join(map(octets_of, sent))) == sent


@given(st.lists(frames, min_size=1, max_size=3))
def test_frames_come_back_over_a_line_that_gives_one_byte_at_a_time(sent):
    deframer = Deframer()
    got = [frame for octet in b"".join(map(octets_of, sent)) for frame in deframer.feed(bytes([octet]))]
    assert got == sent


@given(st.binary(max_size=300), frames)
def test_whatever_stood_before_it_a_frame_is_found_once_the_line_goes_on(garbage, frame):
    """Garbage may look like the beginning of a frame and swallow some octets: never more than one frame's worth."""
    octets = octets_of(frame)
    after = octets * (600 // len(octets) + 2) + bytes(260)
    assert frame in Deframer().feed(garbage + after)


def test_bytes_that_skip_a_boot_loader_are_thrown_away():
    assert Deframer().feed(b"\xef" * 256 + PING) == [MtFrame(0x21, 0x01, b"")]


def test_a_frame_with_a_wrong_check_sum_is_skipped_and_the_next_is_not():
    assert Deframer().feed(PING[:-1] + b"\x00" + PING) == [MtFrame(0x21, 0x01, b"")]


def test_a_frame_inside_a_broken_one_is_not_lost():
    broken = b"\xfe\x06\x41\x00" + PING + b"\x99"
    assert MtFrame(0x21, 0x01, b"") in Deframer().feed(broken + PING)


def test_a_length_that_mt_does_not_know_begins_no_frame():
    assert Deframer().feed(b"\xfe\xfb" + PING) == [MtFrame(0x21, 0x01, b"")]


def test_more_data_than_a_frame_can_hold_is_refused():
    with pytest.raises(ValueError, match="251 octets"):
        encode(0x41, 0x80, bytes(251))
