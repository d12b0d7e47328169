"""Lines out of any stream: the same lines however the bytes are cut, and nothing overlong is kept."""

from hypothesis import given
from hypothesis import strategies as st

from hubd.feed.frames import MAX_FRAME_BYTES
from hubd.feed.lines import Lines

LONGEST = b"x" * (MAX_FRAME_BYTES - 1) + b"\n"


def test_the_longest_line_passes_and_one_byte_more_does_not() -> None:
    lines = Lines()
    assert lines.feed(LONGEST + b"x" + LONGEST + b"ok\n") == [LONGEST, b"ok\n"]
    assert lines.overlong == 1


def test_a_line_without_an_end_holds_no_more_than_a_frame_and_the_next_line_is_good_again() -> None:
    lines = Lines()
    for _ in range(1_000):
        assert lines.feed(b"x" * 1_000) == []
        assert len(lines._begun) < MAX_FRAME_BYTES
    assert lines.feed(b"\ngood\n") == [b"good\n"]
    assert lines.overlong == 1


def test_a_line_that_broke_off_is_forgotten() -> None:
    lines = Lines()
    lines.feed(b"broken o")
    lines.forget()
    assert lines.feed(b"good\n") == [b"good\n"]


@given(st.lists(st.binary(max_size=30)), st.data())
def test_however_the_bytes_are_cut_the_lines_are_the_same(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"\n".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    lines = Lines()
    got = [
        line
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        for line in lines.feed(whole[start:end])
    ]
    assert got == [piece + b"\n" for piece in whole.split(b"\n")[:-1]]
