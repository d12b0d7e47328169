"""R24: what waits for a sleeping meter outlives a restart, and is done at its first wake, and only once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubd.errors import LinkError
from hubd.model.han import Mirror
from hubd.model.identity import Eui64
from hubd.store import sleepers
from hubd.store.journal import Journal
from hubd.utility import mailbox
from hubd.utility.clock import HubClock
from hubd.utility.mailbox import LetterKind
from hubd.utility.mailboxes import Mailboxes
from hubd.zigbee.device_link import DeviceRefusedError
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

METER = Eui64("00:0d:6f:00:0a:90:69:f0")
MIRROR = Mirror(10, 1, 1_800)


@pytest.fixture(autouse=True)
def _no_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "LINGER_S", 0.01)


class Told:
    """What is told of silence, and of tokens."""

    def __init__(self) -> None:
        self.words: list[str] = []

    async def meter_silent(self, device: Eui64, silent_s: float) -> None:
        self.words.append("silent")

    async def meter_back(self, device: Eui64, silent_s: float) -> None:
        self.words.append("back")

    def awake(self, device: Eui64) -> None:
        self.words.append("awake")

    def asleep(self, device: Eui64) -> None:
        self.words.append("asleep")


@contextlib.asynccontextmanager
async def hub(folder: Path) -> AsyncIterator[tuple[Mailboxes, Told, Journal]]:
    """One life of the hub, without a radio."""
    journal, told = await Journal.open(folder / "journal.sqlite"), Told()
    network = SmartEnergyNetwork(RadioConfig("/dev/null"), lambda _: None)
    boxes = Mailboxes(journal, network, HubClock(assume_synced=True), told)
    await boxes.recover(told)
    running = asyncio.create_task(boxes.run())
    try:
        yield boxes, told, journal
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await journal.close()


async def asleep(boxes: Mailboxes, journal: Journal) -> None:
    """A meter with a mirror that was let go."""
    boxes.mirrored(METER, MIRROR)
    while not await journal.read(sleepers.every):
        await asyncio.sleep(0)
    boxes.in_service(METER)
    boxes.woke(METER)
    async with asyncio.timeout(20):
        while boxes.is_awake(METER):
            await asyncio.sleep(0.02)


async def settle(journal: Journal) -> None:
    for _ in range(5):
        await journal.read(lambda c: None)


async def test_a_device_without_a_mirror_is_spoken_to_at_once(tmp_path: Path) -> None:
    async with hub(tmp_path) as (boxes, _, _):

        async def work() -> str:
            return "done"

        assert await boxes.deliver(METER, LetterKind.READ, "order", work) == "done"
        assert boxes.wakes_every_s(METER) == 0


async def test_a_command_waits_on_disk_outlives_restarts_and_is_done_at_the_first_wake_r24(
    tmp_path: Path,
) -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("read")

    async with hub(tmp_path) as (boxes, _, journal):
        await asleep(boxes, journal)
        waiting = asyncio.create_task(boxes.deliver(METER, LetterKind.READ, "order", work))
        await settle(journal)
        assert (done, boxes.waiting(METER)) == ([], ["order"])
        waiting.cancel()
        await settle(journal)
    async with hub(tmp_path) as (boxes, _, journal):
        assert [row.name for row in await journal.read(sleepers.letters)] == ["order"]
        assert boxes.sleeps(METER)
        assert boxes.woke_at(METER) is not None
        waiting = asyncio.create_task(boxes.deliver(METER, LetterKind.READ, "order", work))
        await settle(journal)
        assert done == []
        assert boxes.woke(METER), "the meter is to stay awake"
        await waiting
        assert done == ["read"]
        await settle(journal)
        assert await journal.read(sleepers.letters) == []
        assert boxes.waiting(METER) == []


async def test_a_meter_that_falls_asleep_meanwhile_is_asked_again_at_its_next_wake_r24(tmp_path: Path) -> None:
    answers = iter([LinkError("no answer"), None])
    async with hub(tmp_path) as (boxes, _, journal):
        await asleep(boxes, journal)

        async def work() -> str:
            if (error := next(answers)) is not None:
                raise error
            return "read"

        waiting = asyncio.create_task(boxes.deliver(METER, LetterKind.COMMAND, "order", work))
        await settle(journal)
        assert boxes.woke(METER)
        await settle(journal)
        assert not waiting.done()
        async with asyncio.timeout(20):
            while boxes.is_awake(METER):
                await asyncio.sleep(0.02)
        assert boxes.woke(METER)
        assert await waiting == "read"


async def test_a_refusal_is_an_answer_and_is_not_repeated(tmp_path: Path) -> None:
    async with hub(tmp_path) as (boxes, _, journal):
        await asleep(boxes, journal)

        async def work() -> None:
            raise DeviceRefusedError("no")

        waiting = asyncio.create_task(boxes.deliver(METER, LetterKind.COMMAND, "order", work))
        await settle(journal)
        boxes.woke(METER)
        with pytest.raises(DeviceRefusedError):
            await waiting
        await settle(journal)
        assert await journal.read(sleepers.letters) == []


async def test_tokens_go_first_and_the_meter_is_kept_for_them_r24_r30(tmp_path: Path) -> None:
    async with hub(tmp_path) as (boxes, told, journal):
        await asleep(boxes, journal)

        async def work() -> None:
            told.words.append("read")

        waiting = asyncio.create_task(boxes.deliver(METER, LetterKind.READ, "order", work))
        await settle(journal)
        boxes.tokens_wait(METER)
        assert boxes.waiting(METER) == ["tokens", "order"]
        assert boxes.woke(METER)
        await settle(journal)
        assert told.words == ["awake"]
        boxes.tokens_rest(METER, still_owed=False)
        await waiting
        assert told.words == ["awake", "read"]


async def test_a_removed_meter_leaves_nothing_behind(tmp_path: Path) -> None:
    async with hub(tmp_path) as (boxes, _, journal):
        await asleep(boxes, journal)

        async def work() -> None:
            raise AssertionError

        waiting = asyncio.create_task(boxes.deliver(METER, LetterKind.READ, "order", work))
        await settle(journal)
        await boxes.forget(METER)
        with pytest.raises(LinkError, match="removed"):
            await waiting
        await settle(journal)
        assert await journal.read(sleepers.every) == []
        assert await journal.read(sleepers.letters) == []


async def test_the_same_question_asked_again_before_the_wake_is_answered_twice(tmp_path: Path) -> None:
    done: list[str] = []
    async with hub(tmp_path) as (boxes, _, journal):
        await asleep(boxes, journal)

        async def work() -> None:
            done.append("read")

        first = asyncio.create_task(boxes.deliver(METER, LetterKind.ROUTINE, "routine", work))
        second = asyncio.create_task(boxes.deliver(METER, LetterKind.ROUTINE, "routine", work))
        await settle(journal)
        boxes.woke(METER)
        async with asyncio.timeout(20):
            await asyncio.gather(first, second)
        assert done == ["read", "read"]


async def test_of_two_commands_for_a_meter_that_is_spoken_to_at_once_the_second_begins_when_the_first_has_ended(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    async with hub(tmp_path) as (boxes, _, journal):

        async def work(name: str) -> None:
            said.append(f"set {name}")
            await settle(journal)
            said.append(f"read back {name}")

        async with asyncio.TaskGroup() as group:
            for name in ("first", "second"):
                group.create_task(boxes.deliver(METER, LetterKind.COMMAND, name, lambda name=name: work(name)))
        assert said == ["set first", "read back first", "set second", "read back second"]


async def test_a_command_that_takes_longer_than_a_wake_is_finished_before_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "IN_HAND_AT_MOST_S", 0.01)
    said: list[str] = []
    go_on = asyncio.Event()
    async with hub(tmp_path) as (boxes, _, journal):
        await asleep(boxes, journal)

        async def work(name: str) -> None:
            said.append(f"set {name}")
            await go_on.wait()
            said.append(f"read back {name}")

        async with asyncio.TaskGroup() as group:
            for name in ("first", "second"):
                group.create_task(boxes.deliver(METER, LetterKind.COMMAND, name, lambda name=name: work(name)))
                await settle(journal)
            assert boxes.woke(METER)
            async with asyncio.timeout(5):
                while boxes.is_awake(METER):
                    await asyncio.sleep(0)
            assert boxes.woke(METER)
            await settle(journal)
            assert said == ["set first"]
            go_on.set()
            async with asyncio.timeout(5):
                while len(said) < 4:
                    boxes.woke(METER)
                    await settle(journal)
        assert said == ["set first", "read back first", "set second", "read back second"]
