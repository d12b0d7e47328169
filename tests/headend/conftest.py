"""A head-end's folder, a real broker on loopback, and a hub that is no more than its messages."""

import asyncio
import contextlib
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hubd.headend import book, founding, meters, session
from hubd.headend.happenings import Connected, Happening
from hubd.headend.home import HeadEndConfig, Home
from hubd.headend.meters import Meter
from hubd.headend.service import Service
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64, HubId
from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.secret import Secret
from hubd.model.stamp import TimeTrust
from hubd.mqtt.client import Client
from hubd.sts.meter_key import MeterKey
from hubd.wan import topics
from hubd.wan.messages import Ack, ReceiptBody, Status, Up, When

HUB = HubId("hub-0001")
OTHER_HUB = HubId("hub-0002")
PAN = "000001000000000082"
ADDRESS = Eui64("00:0d:6f:00:0a:90:69:e7")
VENDING_KEY = bytes.fromhex("ABABABABABABABAB949494949494949401234567")
NOW = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""


def meter(pan: str = PAN, address: str = ADDRESS, hub: HubId = HUB, base: int = 2014, **other: Any) -> Meter:
    key = MeterKey(pan, Secret(VENDING_KEY), "123457", 4, 2, "01", base)
    return Meter(Eui64(address), hub, DeviceKind.ELECTRICITY_METER, "GBP", key, **other)


def memory_book() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    book.prepare(connection)
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty book in memory, with one meter."""
    with contextlib.closing(memory_book()) as opened:
        meters.add(opened, meter())
        yield opened


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One head-end's folder; tests work on copies of it."""
    path = tmp_path_factory.mktemp("founded") / "head"
    founding.create(path, [HUB, OTHER_HUB], "127.0.0.1", 8883)
    return path


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Home:
    """A head-end of its own, on a free port, with one meter in its book."""
    shutil.copytree(founded, tmp_path / "head")
    founding.create(tmp_path / "head", [HUB, OTHER_HUB], "127.0.0.1", free_port())
    made = Home(tmp_path / "head")
    with contextlib.closing(book.open_book(made)) as opened:
        meters.add(opened, meter())
    return made


def config_of(home: Home, resend_s: float = 30.0) -> HeadEndConfig:
    config = home.config()
    return replace(config, orders=replace(config.orders, resend_s=resend_s))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Broker:
    """A real mosquitto with the head-end's configuration, ended by its id."""

    home: Home
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "mosquitto"
        log = (self.home.path / "broker.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [program, "-c", str(self.home.broker / "mosquitto.conf")], stdout=log, stderr=log
            )
        broker = self.home.config().broker
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection((broker.host, broker.port), 1.0):
                return
            time.sleep(0.02)
        raise AssertionError((self.home.path / "broker.log").read_text())

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def broker(home: Home) -> Iterator[Broker]:
    running = Broker(home)
    running.start()
    yield running
    running.kill()


@dataclass
class FakeHub:
    """Speaks `wan/messages.py` on the real broker, and nothing more."""

    client: Client
    hub: HubId
    journal: str = "0a1b2c3d"
    acks: list[Ack] = field(default_factory=list)
    commands: list[tuple[Role, bytes]] = field(default_factory=list)

    async def say(self, lane: Lane, seq: int, kind: str, body: Any) -> None:
        message = up(self.hub, self.journal, lane, seq, kind, body)
        await self.client.publish(topics.up(self.hub, lane), msgspec.json.encode(message), qos=1)

    async def status(self, state: str) -> None:
        status = Status(v=1, hub=self.hub, state=state, journal=self.journal)  # type: ignore[arg-type]
        await self.client.publish(topics.status(self.hub), msgspec.json.encode(status), qos=1, retain=True)

    async def listen(self) -> None:
        async for message in self.client.messages:
            topic, payload = str(message.topic), bytes(message.payload)  # type: ignore[arg-type]
            if topic == topics.ack(self.hub):
                self.acks.append(msgspec.json.decode(payload, type=Ack))
            else:
                self.commands.append((Role(topic.rsplit("/", 1)[1]), payload))

    def stored(self, lane: Lane) -> int:
        return self.acks[-1].stored.get(lane, 0) if self.acks else 0


def up(hub: HubId, journal: str, lane: Lane, seq: int, kind: str, body: Any) -> Up:
    at = When(unix_s=NOW, trust=TimeTrust.NETWORK)
    return Up(v=1, hub=hub, journal=journal, lane=lane, seq=seq, kind=kind, at=at, body=msgspec.to_builtins(body))  # type: ignore[arg-type]


def receipt(order: str, outcome: str = "accepted", final: bool = True, command: str = "vend") -> ReceiptBody:
    return ReceiptBody(
        order=order, command=command, outcome=outcome, final=final, device=ADDRESS, credit_remaining_e5=1_300_024
    )


@contextlib.asynccontextmanager
async def fake_hub(home: Home, hub: HubId = HUB, journal: str = "0a1b2c3d") -> AsyncIterator[FakeHub]:
    client = session.client(home.config().broker, session.tls(home, hub), hub, durable=False)
    async with client, asyncio.TaskGroup() as group:
        await client.subscribe([(f"{topics.ROOT}/{hub}/down/#", 1), (topics.ack(hub), 1)])
        made = FakeHub(client, hub, journal)
        listening = group.create_task(made.listen())
        yield made
        listening.cancel()


@dataclass
class Running:
    """A service at work, and what it has told."""

    told: list[Happening] = field(default_factory=list)


@contextlib.asynccontextmanager
async def running(home: Home, config: HeadEndConfig) -> AsyncIterator[Running]:
    made = Running()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(Service(home, config, made.told.append).run())
        await until(lambda: any(isinstance(h, Connected) for h in made.told))
        yield made
        task.cancel()


async def until(true: Any, within_s: float = 15.0) -> None:
    """Wait for it, in small steps; a failure says so instead of hanging."""
    give_up_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < give_up_s, "it did not happen in time"
        await asyncio.sleep(0.005)
