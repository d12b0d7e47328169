"""One run of the fleet: a broker, the head-end, processes full of hubs; the story; the figures."""

import asyncio
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hubd.bench.fleet import certificates, judge, utility_side
from hubd.bench.fleet.clock import StoryClock
from hubd.bench.fleet.crew import all_connected, crews
from hubd.bench.fleet.report import Figures, Process
from hubd.bench.fleet.sales import sell
from hubd.bench.fleet.story import ENDS_S, RETURNS_S, Story, story_of
from hubd.bench.fleet.worker import Task
from hubd.bench.memory import cpu_s, pss_kb
from hubd.bench.ports import free_port
from hubd.bench.processes import Child, Children
from hubd.errors import LinkError
from hubd.headend.home import Home

START_WITHIN_S = 120.0
GROUPED_S = 200.0
"""When the incidents are looked at while all is off: the spread is over, and the gathering."""
GRACE_S = 20.0
SALES_FROM_S = 70.0
EVERY_SALE_S = 2.0
SALES = 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`tls`: mutual TLS 1.3, as on the WAN. `processes` share the hubs. `kills`: so often the head-end is killed with
    kill -9 and started again, while alerts and while restorations come. `spread_s`: over how long alerts are spread;
    0 is what a storm would be without.
    """

    hubs: int = 10_000
    tls: bool = False
    speed: float = 1.0
    processes: int = 4
    kills: int = 0
    spread_s: float = 30.0


async def run(wanted: Wanted, say: Say) -> Figures:
    """The whole of it in a temporary folder. Raises ConfigurationError where the machine does not allow it."""
    utility_side.allow_files(wanted.hubs)
    folder = Path(tempfile.mkdtemp(prefix="hubd-fleet-"))
    try:
        async with Children() as children:
            return await _Run(wanted, say, folder, children).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class _Run:
    wanted: Wanted
    say: Say
    folder: Path
    children: Children
    most: dict[str, Process] = field(default_factory=dict)

    async def run(self) -> Figures:
        wanted = self.wanted
        story = story_of(wanted.hubs)
        clock = StoryClock(time.time(), wanted.speed)
        home, port = self._found(story)
        broker = await self.children.start("broker", utility_side.broker_command(home), self.folder / "broker.log")
        await broker.ready(port=port)
        head_end = await self.children.start(
            "head-end", utility_side.listen_command(home, clock), self.folder / "head-end.log"
        )
        await head_end.ready(line='{"happened":"connected"', timeout_s=START_WITHIN_S)
        began_s = time.monotonic()
        async with crews(self._tasks(clock, port, self._certificates(home, story)), self.folder) as workers:
            await all_connected(workers)
            connected_s = time.monotonic() - began_s
            self.say(f"{len(story.places):,} hubs are connected after {connected_s:.1f} s; the feeder locks out")
            watched = {"broker": [broker.pid], "workers": [w.pid for w in workers]}
            began_unix_s = clock.now_s() + 2 * clock.speed
            for worker in workers:
                worker.tell(f"{began_unix_s}")
            grouping = await self._live(home, story, clock, began_unix_s, watched, head_end)
            still_off = await _listed(home, story, began_unix_s, clock)
            outcomes = await asyncio.gather(*(worker.outcome() for worker in workers))
        return Figures(
            machine=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            taken_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            line="TLS 1.3 with mutual certificates" if wanted.tls else "plain TCP",
            hubs=len(story.places),
            speed=wanted.speed,
            kills=2 * wanted.kills,
            spread_s=wanted.spread_s,
            connected_s=round(connected_s, 1),
            storm=judge.storm(home, clock, began_unix_s, outcomes),
            grouping=grouping,
            still_off=still_off,
            lost=judge.lost(home, outcomes),
            dark_at_the_end=sum(outcome.dark for outcome in outcomes),
            connections=sum(outcome.connections for outcome in outcomes),
            **self.most,
        )

    async def _live(
        self,
        home: Home,
        story: Story,
        clock: StoryClock,
        began_unix_s: float,
        watched: dict[str, list[int]],
        head_end: Child,
    ) -> judge.Grouping:
        """Let the story happen, with sales in the middle of it."""
        grouping: judge.Grouping | None = None
        sold, told, kills = 0, False, list(_kills_at(self.wanted.kills))
        hubs = story.on_throughout()
        while (at_s := clock.now_s() - began_unix_s) < ENDS_S:
            self._watch({**watched, "head_end": [head_end.pid]})
            if kills and at_s > kills[0]:
                kills.pop(0)
                await head_end.kill9()
                await head_end.restart()
                self.say(f"the head-end was killed at {at_s:.0f} s, and is back")
            while sold < SALES and at_s > SALES_FROM_S + sold * EVERY_SALE_S:
                await asyncio.to_thread(sell, home, hubs[sold % len(hubs)], sold, clock.now_s())
                sold += 1
            if GROUPED_S < at_s < RETURNS_S and (grouping is None or grouping.incidents != grouping.wanted):
                grouping = await asyncio.to_thread(judge.grouping, home, story, clock.now_s())
                self.say(f"{grouping.grouped:,} alerts are in {len(grouping.incidents)} incidents")
            if not told and at_s > RETURNS_S:
                told = True
                self.say("supply returns to the feeder; fuses have blown under it")
            await asyncio.sleep(0.5 / max(clock.speed / 10, 1.0))
        assert grouping is not None
        return grouping

    def _watch(self, watched: dict[str, list[int]]) -> None:
        """Note what the processes use. Raises LinkError where one has ended."""
        for name, pids in watched.items():
            if any(not Path(f"/proc/{pid}/smaps_rollup").exists() for pid in pids):
                raise LinkError(f"{name} ended in the middle of the run")
            mb = round(sum(pss_kb(pid) for pid in pids) / 1024, 1)
            before = self.most.get(name, Process(0.0, 0.0))
            self.most[name] = Process(max(mb, before.pss_mb), round(sum(cpu_s(pid) for pid in pids), 1))

    def _found(self, story: Story) -> tuple[Home, int]:
        """A head-end that knows the network, and a broker's configuration."""
        port, plain = free_port(), free_port()
        home = utility_side.found(self.folder / "head-end", story, self.wanted.speed, port, plain)
        return home, port if self.wanted.tls else plain

    def _tasks(self, clock: StoryClock, port: int, tls: Path | None) -> list[Task]:
        wanted, folder = self.wanted, None if tls is None else str(tls)
        return [
            Task(wanted.hubs, index, wanted.processes, port, folder, clock.zero_unix_s, clock.speed, wanted.spread_s)
            for index in range(wanted.processes)
        ]

    def _certificates(self, home: Home, story: Story) -> Path | None:
        if not self.wanted.tls:
            return None
        began_s = time.monotonic()
        certificates.issue(home, story.places, self.folder / "hubs")
        self.say(f"{len(story.places):,} certificates, {time.monotonic() - began_s:.1f} s")
        return self.folder / "hubs"


async def _listed(home: Home, story: Story, began_unix_s: float, clock: StoryClock) -> judge.StillOff:
    """The list when its time is over; where the machine was too slow for it, when it is right or hope is gone."""
    give_up_s = time.monotonic() + GRACE_S
    while True:
        said = await asyncio.to_thread(judge.still_off, home, story, began_unix_s, clock.now_s())
        if not (said.missing or said.wrongly_listed) or time.monotonic() > give_up_s:
            return said
        await asyncio.sleep(0.5)


def _kills_at(kills: int) -> Iterator[float]:
    """In turn while alerts come and while restorations do."""
    for number in range(kills):
        yield 78.0 + 28.0 * number / kills
    for number in range(kills):
        yield RETURNS_S + 62.0 + 58.0 * number / kills
