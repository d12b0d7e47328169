"""R33, R39: displays on a radio are told what became of top-ups: the newest word, once, through every restart."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hubd.feed.sender import FeedSender
from hubd.model.device import DeviceKind
from hubd.model.han import DeviceJoined
from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome
from hubd.store import outbox, top_ups
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.display_messages import DisplayMessages
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household

from .conftest import INSTALL_CODE, METER, ScriptedDisplay, ScriptedMeter

DISPLAY, GAS = Eui64("00:0d:6f:00:0a:90:70:01"), Eui64("00:0d:6f:00:0a:90:69:f0")
CLOCK = HubClock(assume_synced=True)
LONG_S = 600.0
KINDS = {Eui64(METER): DeviceKind.ELECTRICITY_METER, DISPLAY: DeviceKind.IN_HOME_DISPLAY, GAS: DeviceKind.GAS_METER}


class Home:
    """A meter and a display on a radio, and what the hub has told the head-end."""

    def __init__(self, bench: Any, folder: Path, journal: Journal) -> None:
        self.bench, self.journal = bench, journal
        self.display: ScriptedDisplay = bench.meters[1]
        feeding = Feeding(FeedSender(folder / "feed.fifo"), "GBP")
        self.household = Household(journal, bench.network, feeding, CLOCK)

    async def admit(self, *devices: Eui64) -> None:
        for device in devices:
            await self.journal.commit(lambda c, d=device: self.household.record(c, d, KINDS[d]))
        await self.household.reload()

    @contextlib.asynccontextmanager
    async def hub(self, **changes: float) -> AsyncIterator[DisplayMessages]:
        """One life of the part that tells displays."""
        patience = {"settled_after_s": 0.0, "try_again_s": 0.02, **changes}
        displays = DisplayMessages(self.journal, self.bench.network, self.household, CLOCK, lambda: None, **patience)
        await displays.recover()
        running = asyncio.create_task(displays.run())
        try:
            yield displays
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    def texts(self) -> list[str]:
        """What the display was sent to show, in order."""
        heard = [frame.data[3:] for frame in self.display.heard_on(0x0703, 0x00)]
        return [data[12 : 12 + data[11]].decode() for data in heard]

    def numbers(self) -> list[int]:
        return [int.from_bytes(frame.data[3:7], "little") for frame in self.display.heard_on(0x0703, 0x00)]

    async def told(self, count: int) -> list[tuple[str, str, dict[str, Any]]]:
        """The events, as soon as there are so many: name, device, detail."""
        async with asyncio.timeout(10):
            while len(rows := await self.journal.read(lambda c: outbox.waiting(c, Lane.EVENT, 0, 100))) < count:
                await asyncio.sleep(0.01)
        events = [json.loads(row.body) for row in rows]
        return [(event["name"], event["device"], event["detail"]) for event in events]

    async def settle(self) -> None:
        """Whatever was begun has been done, where the display answers."""
        for _ in range(20):
            await self.journal.read(lambda c: None)
            await asyncio.sleep(0.01)


def words(case: TopUpCase) -> str:
    return WORDS[case].display


@pytest.fixture
async def home(make_bench: Any, tmp_path: Path) -> AsyncIterator[Home]:
    devices = [ScriptedMeter(), ScriptedDisplay(DISPLAY)]
    bench = make_bench(devices, codes=dict.fromkeys((METER, DISPLAY), INSTALL_CODE))
    journal = await Journal.open(tmp_path / "journal.sqlite")
    async with bench.joined(read_timeout_s=0.2, read_attempts=1) as network:
        await network.admit(DISPLAY, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: len(bench.of(DeviceJoined)) == 2)
        made = Home(bench, tmp_path, journal)
        await made.admit(Eui64(METER), DISPLAY)
        made.display.answers()
        yield made
    await journal.close()


async def test_a_display_is_told_once_and_so_is_the_head_end_r33_r39(home: Home) -> None:
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.CREDITED, CLOCK.stamp())
        assert await home.told(1) == [("display_told", DISPLAY, {"meter": METER, "case": "credited"})]
        await home.settle()
    assert home.texts() == [words(TopUpCase.CREDITED)]
    async with home.hub():
        await home.settle()
    assert home.texts() == [words(TopUpCase.CREDITED)], "it has had it before the restart"


async def test_a_code_that_is_soon_credited_is_not_said_to_be_under_way(home: Home) -> None:
    async with home.hub(settled_after_s=LONG_S) as hub:
        hub.topped_up(METER, TopUpCase.UNDER_WAY, CLOCK.stamp())
        await home.settle()
        assert hub.last_message(DISPLAY) is None
        hub.topped_up(METER, TopUpCase.CREDITED, CLOCK.stamp())
        await home.told(1)
    assert home.texts() == [words(TopUpCase.CREDITED)]


async def test_a_code_that_stays_under_way_is_said_to_be(home: Home) -> None:
    async with home.hub(settled_after_s=0.05) as hub:
        hub.topped_up(METER, TopUpCase.UNDER_WAY, CLOCK.stamp())
        await home.told(1)
        hub.topped_up(METER, TopUpCase.LOCKED, CLOCK.stamp())
        await home.told(2)
    assert home.texts() == [words(TopUpCase.UNDER_WAY), words(TopUpCase.LOCKED)]


async def test_a_display_that_was_away_gets_the_newest_word_alone_r39(home: Home) -> None:
    home.bench.virtual.air.power(home.bench.node(home.display), False)
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.LOCKED, CLOCK.stamp())
        await home.settle()
        hub.topped_up(METER, TopUpCase.CREDITED, CLOCK.stamp())
        await home.settle()
        assert await home.told(0) == []
        home.bench.virtual.air.power(home.bench.node(home.display), True)
        await home.told(1)
    assert home.texts() == [words(TopUpCase.CREDITED)]


@pytest.mark.parametrize("sign", ["asks", "joins", "new word"])
async def test_a_display_that_shows_itself_is_told_at_once_r39(home: Home, sign: str) -> None:
    home.display.on_command = lambda display, frame: []
    async with home.hub(try_again_s=LONG_S) as hub:
        hub.topped_up(METER, TopUpCase.USED, CLOCK.stamp())
        await home.bench.until(lambda: len(home.texts()) == 1)
        await asyncio.sleep(0.3)  # the time it had for its answer
        home.display.answers()
        if sign == "asks":
            home.bench.virtual.air.send(home.bench.node(home.display), home.display.says("012100"))
        elif sign == "joins":
            hub.on_the_network(DeviceJoined(DISPLAY))
        else:
            hub.topped_up(METER, TopUpCase.USED, CLOCK.stamp())
        await home.told(1)
    assert set(home.texts()) == {words(TopUpCase.USED)}


async def test_a_word_whose_reception_was_lost_in_a_crash_comes_again_under_its_own_number(home: Home) -> None:
    home.display.on_command = lambda display, frame: []
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.OLD, CLOCK.stamp())
        await home.bench.until(home.texts)
    home.display.answers()
    async with home.hub() as hub:
        await home.told(1)
        hub.topped_up(METER, TopUpCase.OLD, CLOCK.stamp())
        await home.told(2)
    *same, last = home.numbers()
    assert len(set(same)) == 1
    assert last > same[0], "the next top-up has a number of its own"


async def test_what_only_the_ledger_knows_of_the_moment_of_a_crash_is_told_after_it(home: Home) -> None:
    at, order = CLOCK.stamp(), {"order": "1", "device": Eui64(METER), "token": Secret("1"), "source": "wan"}
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.UNDER_WAY, Stamp(at.unix_s - 1, at.trust))
        await home.told(1)
    await home.journal.commit(lambda c: top_ups.add(c, **order, at=at, give_up_at=at))
    await home.journal.commit(lambda c: top_ups.finish(c, "1", Outcome.UNREACHABLE, "", None, at))
    for _ in range(2):
        async with home.hub():
            await home.told(2)
            await home.settle()
    assert home.texts() == [words(TopUpCase.UNDER_WAY), words(TopUpCase.UNREACHABLE)]


async def test_a_display_that_refuses_is_not_asked_again(home: Home) -> None:
    home.display.answers(0x01)
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.CREDITED, CLOCK.stamp())
        await home.bench.until(home.texts)
        await home.settle()
        assert (len(home.texts()), await home.told(0)) == (1, [])
        home.display.answers()
        hub.topped_up(METER, TopUpCase.USED, CLOCK.stamp())
        await home.told(1)
    assert home.texts()[1:] == [words(TopUpCase.USED)]


async def test_with_two_prepayment_meters_each_has_its_word_and_its_name_oldest_first(home: Home) -> None:
    await home.admit(GAS)
    home.display.on_command = lambda display, frame: []
    async with home.hub(try_again_s=LONG_S) as hub:
        hub.topped_up(METER, TopUpCase.USED, CLOCK.stamp())
        hub.topped_up(GAS, TopUpCase.METER_LEFT, CLOCK.stamp())
        await home.bench.until(home.texts)
        await home.settle()
    home.display.heard.clear()
    home.display.answers()
    async with home.hub():
        await home.told(2)
    assert home.texts() == [words(TopUpCase.USED), "Gas: " + words(TopUpCase.METER_LEFT)], (
        "the meter that is on the network is alone there, until the other has joined"
    )


async def test_what_asks_for_something_is_confirmed_told_once_and_not_asked_for_again_r39(home: Home) -> None:
    def confirm(display: ScriptedDisplay, frame: Any) -> list[Any]:
        number = frame.data[3:7].hex()
        return [display.says("1177" + "01" + number + "00000001")] if frame.data[2] == 0x00 else []

    home.display.on_command = confirm  # type: ignore[assignment]
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.NOT_THIS_METERS, CLOCK.stamp())
        told, confirmed = await home.told(2)
        await home.settle()
        last = hub.last_message(DISPLAY)
    detail = {"meter": METER, "case": "not_this_meters"}
    assert told == ("display_told", DISPLAY, detail), "a confirmation says that it was told, too"
    assert confirmed == ("display_confirmed", DISPLAY, {**detail, "at_unix_s": 946_684_800 + 0x01000000})
    assert last is not None
    assert (last.asks_confirmation, last.confirmed) == (True, True)
    async with home.hub() as hub:
        again = hub.last_message(DISPLAY)
        assert again is not None
        assert again.confirmed
        await home.settle()
    assert len(await home.told(2)) == 2


async def test_nothing_older_than_a_day_is_told_and_nothing_to_who_is_no_display(home: Home) -> None:
    now = CLOCK.stamp()
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.CREDITED, Stamp(now.unix_s - 86_401, now.trust))
        await home.settle()
        assert hub.last_message(DISPLAY) is None
        hub.topped_up(METER, TopUpCase.CREDITED, now)
        await home.told(1)
        assert hub.last_message(Eui64(METER)) is None
    assert len(home.texts()) == 1


async def test_without_a_display_nothing_is_written_down(home: Home) -> None:
    await home.journal.commit(lambda c: c.execute("DELETE FROM device WHERE address = ?", (DISPLAY,)))
    await home.household.reload()
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.CREDITED, CLOCK.stamp())
        await home.settle()
    assert await home.journal.read(lambda c: c.execute("SELECT count(*) FROM display_message").fetchone()) == (0,)


async def test_what_was_said_of_a_meter_that_is_removed_is_taken_back(home: Home) -> None:
    async with home.hub() as hub:
        hub.topped_up(METER, TopUpCase.LOCKED, CLOCK.stamp())
        await home.told(1)
        await hub.forget(Eui64(METER))
        await home.bench.until(lambda: home.display.heard_on(0x0703, 0x01))
        (cancelled,) = home.display.heard_on(0x0703, 0x01)
        assert cancelled.data[3:7] == home.numbers()[0].to_bytes(4, "little")
        await home.settle()
        assert hub.last_message(DISPLAY) is None
