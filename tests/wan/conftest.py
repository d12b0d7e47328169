"""A broker with its authority, a journal, and the hub's end of the link on them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.wan.config import WanConfig
from hubd.wan.link import WanLink
from hubd.wan.messages import EventBody, ReadingBody, ReceiptBody, Status, When

from .broker import Authority, Broker
from .examples import METER
from .head_end import HUB, WITHIN_S

ENDS_WITHIN_S = 5.0
AT = Stamp(1_795_348_800.0, TimeTrust.NETWORK)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("pki") / "utility")
    made.issue("broker", host="127.0.0.1")
    for name in ("head", HUB, "hub-0002"):
        made.issue(name)
    return made


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Broker]:
    made = Broker(tmp_path / "broker", authority)
    made.start()
    yield made
    made.kill()


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


def config_of(broker: Broker, *, name: str = HUB, **other: object) -> WanConfig:
    pki = broker.authority.folder
    usual: dict[str, object] = {
        "host": "127.0.0.1",
        "port": broker.port,
        "ca": broker.authority.ca,
        "certificate": pki / f"{name}.crt",
        "key": pki / f"{name}.key",
        "first_retry_s": 0.05,
        "longest_retry_s": 0.2,
        "unwritten_retry_s": 0.02,
    }
    return WanConfig(**(usual | other))  # type: ignore[arg-type]


@dataclass
class Hub:
    """The hub's end: a WanLink on a journal, and what it was ordered."""

    link: WanLink
    journal: Journal
    orders: list[tuple[Role, bytes]] = field(default_factory=list)

    async def put(self, lane: Lane, count: int = 1) -> None:
        """Commit messages and tell the link, as the daemon does."""
        if lane is Lane.READING:
            kind, body = "reading", msgspec.json.encode(ReadingBody(METER, When(AT.unix_s, AT.trust), import_wh=1))
        elif lane is Lane.RECEIPT:
            kind, body = "receipt", msgspec.json.encode(ReceiptBody("order-1", "read", "done", True))
        else:
            kind, body = "event", msgspec.json.encode(EventBody("started"))
        for _ in range(count):
            await self.journal.commit(lambda c: outbox.put(c, lane, kind, body, AT))
            self.link.notify()

    async def waiting(self, lane: Lane) -> list[int]:
        rows = await self.journal.read(lambda c: outbox.waiting(c, lane, 0, 1_000_000))
        return [row.seq for row in rows]

    async def until_connected(self, wanted: bool = True) -> None:
        await eventually(lambda: self.link.connected is wanted)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running_hub(
    broker: Broker,
    journal: Journal,
    on_command: Callable[[Role, bytes], Awaitable[None]] | None = None,
    **config: object,
) -> AsyncIterator[Hub]:
    """The link runs inside the block and is cancelled after it."""
    orders: list[tuple[Role, bytes]] = []

    async def keep(role: Role, payload: bytes) -> None:
        orders.append((role, payload))

    def status() -> Status:
        return Status(v=1, hub=HUB, state="online", journal=journal.journal_id)

    each = on_command or keep

    async def on_commands(role: Role, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            await each(role, body)

    link = WanLink(config_of(broker, **config), HUB, journal, on_commands, status)
    running = asyncio.ensure_future(link.run())
    try:
        yield Hub(link, journal, orders)
    finally:
        running.cancel()
        ended, _ = await asyncio.wait({running}, timeout=ENDS_WITHIN_S)
        assert ended, "the link was cancelled and stays"
        assert running.cancelled() or running.exception() is None
