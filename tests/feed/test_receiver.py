"""The receiver: it outlives its writer, finds its way back to the frames, and counts what is none."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hubd.feed import receiver as receiver_module
from hubd.feed.frames import Frame, Link, encode
from hubd.feed.receiver import FeedReceiver
from hubd.feed.sender import FeedSender


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_module, "TRY_AGAIN_S", 0.01)
    monkeypatch.setattr(receiver_module, "LOOK_AGAIN_S", 0.02)


class Reading:
    """A receiver at work, and what it got."""

    def __init__(self, fifo: Path) -> None:
        self.frames: list[Frame] = []
        self.receiver = FeedReceiver(fifo, self.frames.append)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not done():
                await asyncio.sleep(0.002)

    async def got(self, count: int) -> None:
        await self.until(lambda: len(self.frames) >= count)


@asynccontextmanager
async def reading(fifo: Path) -> AsyncIterator[Reading]:
    at_work = Reading(fifo)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(at_work.receiver.run())
        yield at_work
        task.cancel()


def link(number: int) -> Link:
    return Link(f"electricity-{number}", True)


async def sent_when_read(sender: FeedSender, frame: Frame) -> None:
    async with asyncio.timeout(5):
        before = sender.counts.sent
        while sender.counts.sent == before:
            sender.send(frame)
            await asyncio.sleep(0.002)


async def test_it_waits_for_the_fifo_and_then_reads_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fifo = tmp_path / "feed"
    async with reading(fifo) as at_work:
        await asyncio.sleep(0.03)
        sender = FeedSender(fifo)
        await sent_when_read(sender, link(1))
        await at_work.got(1)
        sender.close()
    assert at_work.frames == [link(1)]
    assert caplog.text.count("WARNING") == 1


async def test_frames_arrive_in_order_and_no_loop_is_burnt_when_the_writer_is_gone(tmp_path: Path) -> None:
    fifo = tmp_path / "feed"
    sender = FeedSender(fifo)
    async with reading(fifo) as at_work:
        await sent_when_read(sender, link(1))
        for number in range(2, 301):
            sender.send(link(number))
        await at_work.got(300)
        sender.close()
        before_s = os.times().user
        await asyncio.sleep(0.09)
        assert os.times().user - before_s < 0.06
        again = FeedSender(fifo)
        again.send(link(301))
        await at_work.got(301)
        again.close()
    assert at_work.frames == [link(number) for number in range(1, 302)]


async def test_a_writer_that_comes_back_at_once_finds_its_reader(tmp_path: Path) -> None:
    fifo = tmp_path / "feed"
    async with reading(fifo) as at_work:
        first = FeedSender(fifo)
        await sent_when_read(first, link(1))
        for number in range(2, 50):
            writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            os.write(writer, encode(link(number)))
            os.close(writer)
            if number == 10:
                first.close()
            await asyncio.sleep(0)
        await at_work.got(49)
    assert sorted(at_work.frames, key=lambda frame: int(frame.alias[12:])) == [link(n) for n in range(1, 50)]


async def test_a_fifo_made_anew_in_the_same_place_is_noticed(tmp_path: Path) -> None:
    fifo = tmp_path / "feed"
    first = FeedSender(fifo)
    async with reading(fifo) as at_work:
        await sent_when_read(first, link(1))
        fifo.unlink()
        second = FeedSender(fifo)
        await sent_when_read(second, link(2))
        await at_work.got(2)
        first.close()
        second.close()


async def test_garbage_is_counted_warned_of_once_and_never_logged_r4(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fifo = tmp_path / "feed"
    FeedSender(fifo)
    async with reading(fifo) as at_work:
        writer = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        os.write(writer, b"59386323472137426967\n" + encode(link(1)) + b'{"frame":"key","key":"abab9494"}\n')
        os.write(writer, b"\x00" * 9_000)
        await asyncio.sleep(0.01)
        os.write(writer, b"\n" + encode(link(2)))
        await at_work.got(2)
        os.close(writer)
    assert at_work.frames == [link(1), link(2)]
    assert at_work.receiver.refused == 3
    assert caplog.text.count("WARNING") == 1
    assert "5938" not in caplog.text
    assert "abab" not in caplog.text


async def test_a_line_that_a_dying_writer_began_does_not_spoil_the_next(tmp_path: Path) -> None:
    fifo = tmp_path / "feed"
    FeedSender(fifo)
    async with reading(fifo) as at_work:
        await asyncio.sleep(0.01)
        writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        os.write(writer, encode(link(1)) + b'{"frame":"li')
        os.close(writer)
        await at_work.got(1)
        await asyncio.sleep(0.01)
        writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        os.write(writer, encode(link(2)))
        os.close(writer)
        await at_work.got(2)
    assert at_work.receiver.refused == 0
