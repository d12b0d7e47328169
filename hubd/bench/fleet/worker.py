"""A process full of hubs. It reads its task from stdin, a line of JSON, says `connected`, waits for the story's
moment on stdin, and when a second line tells it to end prints what its hubs did.
"""

import asyncio
import collections
import socket
import ssl
import sys
from pathlib import Path

import msgspec

from hubd.bench.fleet import story
from hubd.bench.fleet.clock import StoryClock
from hubd.bench.fleet.hub import FleetHub
from hubd.bench.fleet.mqtt5 import Session, connect_packet
from hubd.bench.fleet.sealed import Sealed
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.wan import topics
from hubd.wan.messages import Status

HOST = "127.0.0.1"
KEEPALIVE_S = 60.0
WILL_DELAY_S = 180.0
EXPIRY_S = 86_400
AT_ONCE = 12
"""So many connections a process opens at a time: with more, the broker's handshakes slow each other down."""


class Task(msgspec.Struct, frozen=True):
    """What a worker is to do: its share of the story's hubs, every `of`-th from `index` on."""

    hubs: int
    index: int
    of: int
    port: int
    tls: str | None
    """Folder of the hubs' certificates; None: plain."""
    zero_unix_s: float
    speed: float
    spread_s: float


class Done(msgspec.Struct, frozen=True):
    """A message of a hub. Story seconds from the story's beginning."""

    hub: str
    lane: str
    seq: int
    kind: str
    due_s: float
    sent_s: float
    stored_s: float | None


class Outcome(msgspec.Struct, frozen=True):
    """What the hubs of a worker did."""

    messages: list[Done]
    alerts: list[tuple[str, str]]
    """Hub and outage id of every alert."""
    dark: int
    connections: int


class Worker:
    """The hubs and their connections."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._clock = StoryClock(task.zero_unix_s, task.speed)
        tale = story.story_of(task.hubs)
        names = sorted(tale.places)[task.index :: task.of]
        self.hubs = [
            FleetHub(HubId(name), tale.places[name], tale.edges(name), self._clock, self._wish, task.spread_s)
            for name in names
        ]
        self._wanting: collections.deque[FleetHub] = collections.deque()
        self._wanted = asyncio.Event()
        self._tls = _context(Path(task.tls)) if task.tls is not None else None

    async def run(self) -> None:
        """Connect, live the story, and print."""
        lines = await _stdin()
        async with asyncio.TaskGroup() as group:
            work = [group.create_task(self._connector()) for _ in range(AT_ONCE)]
            work.append(group.create_task(self._ping()))
            for hub in self.hubs:
                self._wish(hub)
            while not all(hub.connected for hub in self.hubs):
                await asyncio.sleep(0.05)
            _say("connected")
            began_unix_s = float(await lines.readline())
            for hub in self.hubs:
                hub.start(began_unix_s)
            await lines.readline()
            sys.stdout.buffer.write(msgspec.json.encode(self._outcome()) + b"\n")
            sys.stdout.flush()
            for task in work:
                task.cancel()

    def _wish(self, hub: FleetHub) -> None:
        self._wanting.append(hub)
        self._wanted.set()

    async def _connector(self) -> None:
        while True:
            while not self._wanting:
                self._wanted.clear()
                await self._wanted.wait()
            hub = self._wanting.popleft()
            if hub.dark:
                continue
            try:
                await self._connect(hub)
            except OSError:
                await asyncio.sleep(0.2)
                self._wish(hub)

    async def _connect(self, hub: FleetHub) -> None:
        speed, name = self._task.speed, hub.name
        will = msgspec.json.encode(Status(1, name, "offline"))
        connect = connect_packet(
            name,
            max(int(KEEPALIVE_S / speed), 5),
            EXPIRY_S,
            topics.status(name),
            will,
            max(int(WILL_DELAY_S / speed), 1),
        )
        session = Session(hub, connect, (topics.ack(name), *(topics.down(name, role) for role in Role)))
        hub.session = session
        protocol = session if self._tls is None else self._sealed(session, name)
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, HOST, self._task.port)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while hub.session is session and not hub.connected and not transport.is_closing():
            await asyncio.sleep(0.01)

    def _sealed(self, session: Session, name: str) -> Sealed:
        """One context for all; a connection takes the certificate that is loaded when it is made."""
        assert self._tls is not None
        assert self._task.tls is not None
        self._tls.load_cert_chain(f"{self._task.tls}/{name}.crt", f"{self._task.tls}/hubs.key")
        return Sealed(session, self._tls, HOST)

    async def _ping(self) -> None:
        """Everyone shows that it lives, in turn."""
        every_s = max(KEEPALIVE_S / self._task.speed, 5.0) * 0.7
        while True:
            for start in range(0, len(self.hubs), 50):
                for hub in self.hubs[start : start + 50]:
                    if hub.connected and hub.session is not None:
                        hub.session.ping()
                await asyncio.sleep(every_s / (len(self.hubs) / 50 + 1))

    def _outcome(self) -> Outcome:
        messages = [
            Done(hub.name, said.lane, said.seq, said.kind, said.due_s, said.sent_s, said.stored_s)
            for hub in self.hubs
            for said in hub.said.values()
        ]
        alerts = [(str(hub.name), outage) for hub in self.hubs for outage, _ in hub.alerts]
        return Outcome(
            messages, alerts, sum(hub.dark for hub in self.hubs), sum(hub.connections for hub in self.hubs)
        )


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(folder / "ca.crt")
    return context


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(word: str) -> None:
    print(word, flush=True)


if __name__ == "__main__":
    with open(0, "rb", buffering=0, closefd=False) as unbuffered:
        given = msgspec.json.decode(unbuffered.readline(), type=Task)
    asyncio.run(Worker(given).run())
