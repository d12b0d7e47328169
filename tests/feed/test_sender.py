"""The sender (R1): it never waits, drops whole frames and counts them, and nothing the reader does reaches it."""

import asyncio
import fcntl
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubd.errors import ConfigurationError
from hubd.feed.frames import Frame, Link, Meter, Reading, When, decode
from hubd.feed.sender import FeedCounts, FeedSender
from hubd.model.stamp import TimeTrust

AT = When(1_700_000_000, TimeTrust.NETWORK)
METER = Meter("electricity-1", "electricity_meter", "Electricity meter", False)
LINK = Link("electricity-1", True)


def reading(import_wh: int | None, power_w: int | None = None) -> Reading:
    return Reading("electricity-1", AT, import_wh, None, power_w)


def a_reader(fifo: Path) -> int:
    return os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)


def frames_in(fd: int) -> list[Frame]:
    octets = b""
    while True:
        try:
            piece = os.read(fd, 65_536)
        except BlockingIOError:
            break
        if not piece:
            break
        octets += piece
    return [decode(line + b"\n") for line in octets.split(b"\n")[:-1]]


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        self.now_s += 1.5
        return self.now_s


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    return tmp_path / "feed"


@pytest.fixture
def sender(fifo: Path) -> Iterator[FeedSender]:
    sender = FeedSender(fifo, Clock())
    yield sender
    sender.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may look into; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_the_fifo_is_written_by_its_owner_and_read_by_its_group_r1(sender: FeedSender, fifo: Path) -> None:
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert stat.S_IMODE(fifo.stat().st_mode) == 0o640


def test_a_fifo_that_is_there_is_kept(fifo: Path) -> None:
    FeedSender(fifo)
    before = fifo.stat().st_ino
    FeedSender(fifo)
    assert fifo.stat().st_ino == before


def test_what_is_no_fifo_is_a_configuration_error_with_a_cure(fifo: Path) -> None:
    fifo.write_text("")
    with pytest.raises(ConfigurationError, match="Cure"):
        FeedSender(fifo)
    with pytest.raises(ConfigurationError, match="Cure"):
        FeedSender(fifo.parent / "none" / "feed")


def test_a_file_put_in_the_fifos_place_is_never_written_to_r1(sender: FeedSender, fifo: Path) -> None:
    fifo.unlink()
    fifo.write_text("")
    sender.send(LINK)
    assert fifo.read_text() == ""
    fifo.unlink()
    elsewhere = fifo.with_name("elsewhere")
    os.mkfifo(elsewhere)
    fifo.symlink_to(elsewhere)
    fd = a_reader(elsewhere)
    sender.send(LINK)
    assert frames_in(fd) == []
    os.close(fd)


def test_with_no_reader_frames_are_dropped_and_counted(sender: FeedSender) -> None:
    sender.send(METER)
    sender.whole_state([METER, LINK])
    assert sender.counts == FeedCounts(dropped_no_reader=3)


def test_a_reader_that_comes_later_gets_the_whole_state_with_the_next_frame(sender: FeedSender, fifo: Path) -> None:
    sender.whole_state([METER, LINK])
    sender.send(reading(5_000, power_w=300))
    fd = a_reader(fifo)
    sender.send(reading(None, power_w=400))
    assert frames_in(fd) == [METER, LINK, reading(5_000, power_w=400)]
    sender.send(reading(5_001))
    assert frames_in(fd) == [reading(5_001)]
    os.close(fd)


def test_the_whole_state_replaces_what_was_known(sender: FeedSender, fifo: Path) -> None:
    sender.send(Link("electricity-2", True))
    sender.whole_state([METER])
    fd = a_reader(fifo)
    sender.whole_state([METER])
    assert frames_in(fd) == [METER]
    os.close(fd)


def test_a_reader_that_dies_and_comes_back_is_welcomed_again(sender: FeedSender, fifo: Path) -> None:
    fd = a_reader(fifo)
    sender.whole_state([METER, LINK])
    os.close(fd)
    sender.send(LINK)
    assert sender.counts == FeedCounts(sent=2, dropped_no_reader=1)
    fd = a_reader(fifo)
    sender.send(LINK)
    assert frames_in(fd) == [METER, LINK]
    os.close(fd)


async def test_a_reader_that_came_back_between_two_frames_is_noticed_too(sender: FeedSender, fifo: Path) -> None:
    fd = a_reader(fifo)
    sender.whole_state([METER, LINK])
    os.close(fd)
    await asyncio.sleep(0.01)
    fd = a_reader(fifo)
    sender.send(LINK)
    assert frames_in(fd) == [METER, LINK]
    os.close(fd)


def test_a_reader_that_comes_and_goes_gets_the_whole_state_once_a_second(fifo: Path) -> None:
    sender = FeedSender(fifo, lambda: 100.0)
    sender.send(METER)
    got = []
    for _ in range(10):
        fd = a_reader(fifo)
        sender.send(LINK)
        got += frames_in(fd)
        os.close(fd)
        sender.send(LINK)
    assert got.count(METER) == 1
    sender.close()


def test_a_full_pipe_drops_whole_frames_and_counts_them_and_says_so_once(
    sender: FeedSender, fifo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fd = a_reader(fifo)
    for wh in range(2_000):
        sender.send(reading(wh))
    counts = sender.counts
    assert counts.dropped_full > 500
    assert counts.sent + counts.dropped_full == 2_000
    assert frames_in(fd) == [reading(wh) for wh in range(counts.sent)]
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    sender.send(reading(7))
    assert frames_in(fd) == [reading(7)]
    os.close(fd)


def test_a_reader_that_shrinks_the_pipe_to_a_page_gets_no_half_frame_r1(sender: FeedSender, fifo: Path) -> None:
    fd = a_reader(fifo)
    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, 4_096)
    for wh in range(1_000):
        sender.send(reading(wh))
    assert 10 < sender.counts.sent < 100
    assert len(frames_in(fd)) == sender.counts.sent
    os.close(fd)


def test_a_frame_that_must_not_cross_is_not_sent_and_its_value_is_in_no_log_r4(
    sender: FeedSender, fifo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fd = a_reader(fifo)
    for _ in range(3):
        sender.send(Link("000d6f000a9069e7", True))
    assert sender.counts == FeedCounts(refused=3)
    assert frames_in(fd) == []
    assert "Link" in caplog.text
    assert caplog.text.count("ERROR") == 1
    assert "000d6f" not in caplog.text
    os.close(fd)


HOSTILE = """
import fcntl, os, sys, time
fifo, until = sys.argv[1], time.monotonic() + float(sys.argv[2])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(os.stat(fifo).st_gid)
    os.setuid(65534)
print("there", flush=True)
while time.monotonic() < until:
    fd = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    for size in (4096, 1 << 20, 4096):
        try:
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, size)
        except OSError:
            pass
    for way in (os.O_WRONLY, os.O_RDWR):
        try:
            os.close(os.open(f"/proc/self/fd/{fd}", way | os.O_NONBLOCK))
            print("wrote", flush=True)
        except OSError:
            pass
    os.close(fd)
"""


@pytest.mark.process
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to start a reader that is another user")
async def test_a_hostile_reader_neither_writes_nor_delays_the_writer_r1(open_folder: Path) -> None:
    """Another user of the pipe's group opens, shrinks, grows, tries to write and closes as fast as it can."""
    fifo = open_folder / "feed"
    sender = FeedSender(fifo)
    took_s = []
    with subprocess.Popen([sys.executable, "-c", HOSTILE, str(fifo), "0.6"], stdout=subprocess.PIPE) as hostile:
        assert hostile.stdout is not None
        try:
            assert await asyncio.to_thread(hostile.stdout.readline) == b"there\n"
            for wh in range(3_000):
                before_s = time.thread_time()
                sender.send(reading(wh))
                took_s.append(time.thread_time() - before_s)
                if wh % 20 == 0:
                    await asyncio.sleep(0.001)
            rest = await asyncio.to_thread(hostile.stdout.read)
            assert hostile.wait(5) == 0
        finally:
            hostile.kill()
            sender.close()
    assert rest == b""
    assert sorted(took_s)[len(took_s) * 99 // 100] < 0.005
    counts = sender.counts
    assert counts.sent + counts.dropped_full + counts.dropped_no_reader >= 3_000
