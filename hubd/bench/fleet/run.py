"""One run of the fleet: a broker, the head-end, processes full of hubs; the story; the figures."""

import asyncio
import contextlib
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hubd.bench.fleet import certificates, judge
from hubd.bench.fleet.clock import StoryClock
from hubd.bench.fleet.report import Figures, Process
from hubd.bench.fleet.sales import sell
from hubd.bench.fleet.story import ENDS_S, RETURNS_S, Story, story_of
from hubd.bench.fleet.worker import Outcome, Task
from hubd.bench.memory import cpu_s, pss_kb
from hubd.bench.ports import free_port
from hubd.bench.processes import Child, Children
from hubd.errors import ConfigurationError, LinkError
from hubd.headend import book, founding
from hubd.headend.broker_config import WanListener, wan_configuration
from hubd.headend.home import HeadEndConfig, Home
from hubd.headend.outages import tables

CONNECT_WITHIN_S = 900.0
START_WITHIN_S = 120.0
GROUPED_S = 200.0
"""When the incidents are looked at while all is off: the spread is over, and the gathering."""
SALES_FROM_S = 70.0
EVERY_SALE_S = 2.0
SALES = 20
SPARE_FILES = 500

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
    _allow_files(wanted.hubs)
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
        broker = await self.children.start(
            "broker", [_mosquitto(), "-c", str(home.broker / "fleet.conf")], self.folder / "broker.log"
        )
        await broker.ready(port=port)
        head_end = await self.children.start("head-end", _listen(home, clock), self.folder / "head-end.log")
        await head_end.ready(line='{"happened":"connected"', timeout_s=START_WITHIN_S)
        began_s = time.monotonic()
        async with _workers(wanted, clock, port, self._certificates(home, story)) as workers:
            await _all_connected(workers)
            connected_s = time.monotonic() - began_s
            self.say(f"{len(story.places):,} hubs are connected after {connected_s:.1f} s; the feeder locks out")
            watched = {"broker": [broker.pid], "workers": [w.pid for w in workers]}
            began_unix_s = clock.now_s() + 2 * clock.speed
            for worker in workers:
                worker.tell(f"{began_unix_s}")
            grouping = await self._live(home, story, clock, began_unix_s, watched, head_end)
            still_off = judge.still_off(home, story, began_unix_s, clock.now_s())
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
            if grouping is None and at_s > GROUPED_S:
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
        path, port = self.folder / "head-end", free_port()
        founding.create(path, [], "127.0.0.1", port)
        home = Home(path)
        with home.configuration.open("a") as file:
            file.write(f"\n[outages]\nlook_s = {HeadEndConfig().outages.look_s / self.wanted.speed}\n")
        with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
            tables.import_places(connection, story.places)
        plain = free_port()
        (home.broker / "fleet.conf").write_text(_broker(home, port, plain))
        return home, port if self.wanted.tls else plain

    def _certificates(self, home: Home, story: Story) -> Path | None:
        if not self.wanted.tls:
            return None
        began_s = time.monotonic()
        certificates.issue(home, story.places, self.folder / "hubs")
        self.say(f"{len(story.places):,} certificates, {time.monotonic() - began_s:.1f} s")
        return self.folder / "hubs"


def _kills_at(kills: int) -> Iterator[float]:
    """In turn while alerts come and while restorations do."""
    for number in range(kills):
        yield 78.0 + 28.0 * number / kills
    for number in range(kills):
        yield RETURNS_S + 62.0 + 58.0 * number / kills


def _broker(home: Home, port: int, plain: int) -> str:
    """As on the WAN, with two differences: a plain listener for hubs without TLS, and what the broker keeps is
    written whole every five minutes, not every second (with thousands of sessions it does little else).
    """
    pki, broker = home.pki.absolute(), home.broker.absolute()
    listener = WanListener(
        "127.0.0.1", port, pki / "ca.crt", pki / "broker.crt", pki / "broker.key", broker / "acl", broker / "db",
        _user(),
    )  # fmt: skip
    text = wan_configuration(listener)
    for before, after in (
        ("autosave_interval 1\n", "autosave_interval 300\n"),
        ("allow_anonymous false\n", "allow_anonymous true\n"),
    ):
        assert before in text
        text = text.replace(before, after)
    return text + f"\nlistener {plain} 127.0.0.1\n"


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    async def connected(self) -> None:
        assert self._process.stdout is not None
        if await self._process.stdout.readline() != b"connected\n":
            raise LinkError(f"a process of hubs ended: {self._log.read_text()[-500:]}")

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def outcome(self) -> Outcome:
        assert self._process.stdout is not None
        self.tell("end")
        return msgspec.json.decode(await self._process.stdout.readline(), type=Outcome)

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


async def _all_connected(workers: Sequence[_Worker]) -> None:
    """Raises LinkError where it takes too long."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            await asyncio.gather(*(worker.connected() for worker in workers))
    except TimeoutError:
        raise LinkError(f"the hubs were not connected within {CONNECT_WITHIN_S:.0f} s. Cure: fewer --hubs") from None


@contextlib.asynccontextmanager
async def _workers(wanted: Wanted, clock: StoryClock, port: int, tls: Path | None) -> AsyncIterator[list[_Worker]]:
    workers: list[_Worker] = []
    try:
        for index in range(wanted.processes):
            task = Task(
                wanted.hubs,
                index,
                wanted.processes,
                port,
                None if tls is None else str(tls),
                clock.zero_unix_s,
                clock.speed,
                wanted.spread_s,
            )
            workers.append(await _start(task))
        yield workers
    finally:
        for worker in workers:
            await worker.end()


async def _start(task: Task) -> _Worker:
    log = Path(tempfile.gettempdir()) / f"hubd-fleet-worker-{os.getpid()}-{task.index}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hubd.bench.fleet.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=file, limit=1 << 28,
        )  # fmt: skip
    worker = _Worker(process, log)
    worker.tell(msgspec.json.encode(task).decode())
    return worker


def _listen(home: Home, clock: StoryClock) -> list[str]:
    if clock.speed == 1.0:
        return [str(Path(sys.executable).parent / "hubctl"), "head", "listen", "--json", "--home", str(home.path)]
    return [
        sys.executable,
        "-m",
        "hubd.bench.fleet.listener",
        str(home.path),
        str(clock.zero_unix_s),
        str(clock.speed),
    ]


def _allow_files(hubs: int) -> None:
    """The broker needs an open file for each connection; children inherit the limit. Raises ConfigurationError."""
    needed = int(hubs * 1.05) + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        if hard < needed:
            raise ConfigurationError(
                f"{hubs} connections need {needed} open files, the limit is {hard}. Cure: as root, ulimit -n {needed}"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _mosquitto() -> str:
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise ConfigurationError("mosquitto is not installed. Cure: make setup")
    return program


def _user() -> str:
    import getpass

    return getpass.getuser()
