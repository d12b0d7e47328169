"""A real broker, what Home Assistant would see on it, and the consumer daemon."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from hubd.bench.ports import free_port
from hubd.bench.processes import Child, Children
from hubd.consumer import config, daemon
from hubd.consumer.home_assistant import session
from hubd.feed.sender import FeedSender
from hubd.mqtt.client import Client

HUBD = Path(sys.executable).with_name("hubd")
WITHIN_S = 10.0


class Broker:
    """A mosquitto on loopback without persistence: what it knew is gone when it is killed."""

    def __init__(self, folder: Path, children: Children, *settings: str) -> None:
        self.port = free_port()
        self._folder, self._children = folder, children
        self._settings = settings or ("allow_anonymous true",)
        self.child: Child | None = None

    async def start(self) -> None:
        conf = self._folder / "mosquitto.conf"
        conf.write_text("\n".join([f"listener {self.port} 127.0.0.1", "user root", *self._settings, ""]))
        argv = ["/usr/sbin/mosquitto", "-c", str(conf)]
        self.child = await self._children.start("broker", argv, self._folder / "broker.log")
        await self.child.ready(port=self.port, timeout_s=WITHIN_S)


class Seen:
    """What a client sees that has subscribed to everything: the last payload of each topic, and all in order."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.last: dict[str, str] = {}
        self.history: list[tuple[str, str]] = []

    async def watch(self) -> None:
        await self._client.subscribe("#", qos=1)
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            topic, payload = str(message.topic), message.payload.decode()
            self.last[topic] = payload
            self.history.append((topic, payload))

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not done():
                await asyncio.sleep(0.005)

    async def value(self, topic: str, payload: str) -> None:
        await self.until(lambda: self.last.get(topic) == payload)

    def all_of(self, topic: str) -> list[str]:
        return [payload for said, payload in self.history if said == topic]

    async def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        await self._client.publish(topic, payload, retain=retain)


@asynccontextmanager
async def watching(port: int) -> AsyncIterator[Seen]:
    """A client that comes now: what it sees first is what the broker retains."""
    async with Client("127.0.0.1", port) as client, asyncio.TaskGroup() as group:
        seen = Seen(client)
        task = group.create_task(seen.watch())
        yield seen
        task.cancel()


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    async with Children() as children:
        yield children


@pytest.fixture
async def broker(tmp_path: Path, children: Children) -> Broker:
    broker = Broker(tmp_path, children)
    await broker.start()
    return broker


@pytest.fixture(autouse=True)
def _hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (
        ("FIRST_DELAY_S", 0.02),
        ("LONGEST_DELAY_S", 0.1),
        ("SETTLE_S", 0.03),
        ("BIRTH_JITTER_S", 0.02),
    ):
        monkeypatch.setattr(session, name, seconds)


@pytest.fixture
def consumer_toml(tmp_path: Path, broker: Broker) -> Path:
    path = tmp_path / "consumer.toml"
    path.write_text(
        f'state = "state"\n[feed]\nfifo = "feed"\n[home_assistant]\nhost = "127.0.0.1"\nport = {broker.port}\n'
    )
    return path


@pytest.fixture
def sender(tmp_path: Path) -> FeedSender:
    return FeedSender(tmp_path / "feed")


@asynccontextmanager
async def running(consumer_toml: Path) -> AsyncIterator[None]:
    """The daemon on this loop, where any blocking call of hubd's fails the test."""
    loaded = config.load(consumer_toml)
    with blockbuster_ctx(["hubd.consumer", "hubd.feed"]):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(daemon.run(loaded))
            yield
            task.cancel()
