"""A hub that can die: the real journal, radio stack, vending and commissioning, in lives that end after a commit."""

import asyncio
import contextlib
import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hubd.bench.air.device import VirtualDevice
from hubd.bench.air.node import Node
from hubd.bench.coordinator import install_code
from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.key_establishment import DeviceKeyMaker
from hubd.cli.hubctl import ca, ca_files
from hubd.feed.sender import FeedSender
from hubd.model.han import HanEvent
from hubd.model.identity import Eui64, HubId, parse_eui64
from hubd.model.roles import Role
from hubd.model.stamp import Stamp
from hubd.store import commissioning, outbox
from hubd.store.journal import Journal, Work
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import CommandAnswers
from hubd.utility.commands_vending import Vend
from hubd.utility.commissioning.asking import Asking
from hubd.utility.commissioning.closing import Closing
from hubd.utility.commissioning.invitations import Admit
from hubd.utility.commissioning.trials import VendOrTrial
from hubd.utility.commissioning.visits import Visits
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household
from hubd.utility.orders import Orders
from hubd.utility.vending import Vending
from hubd.wan.role_keys import RoleKey
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

HUB = HubId("hub-0001")
COORDINATOR = parse_eui64("00:12:4b:00:1c:a1:b8:c4")
T = TypeVar("T")
_PRIVATE = {role: Ed25519PrivateKey.generate() for role in (Role.SECURITY_CENTRE, Role.VENDING)}
_KEYS = {f"{role}-1": RoleKey(f"{role}-1", role, key.public_key()) for role, key in _PRIVATE.items()}
FOREVER = 1_000_000


def signed(role: Role, jti: str, ctr: int, cmd: str, args: dict[str, Any]) -> tuple[Role, bytes]:
    """A command as it comes from the broker."""
    claims = {"iss": f"{role}-1", "aud": HUB, "jti": jti, "iat": 1, "exp": 1 << 40, "ctr": ctr, "cmd": cmd}
    kid = {"kid": f"{role}-1"}
    return role, jwt.encode({**claims, "args": args}, _PRIVATE[role], algorithm="EdDSA", headers=kid).encode()


class SetClock(HubClock):
    """The machine's clock as the test sets it: `step_s` of the wall clock, `ahead_s` of the monotonic one, and which
    life of the machine it is."""

    def __init__(self) -> None:
        super().__init__(assume_synced=True)
        self.step_s = self.ahead_s = 0.0
        self.life = "first"

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s

    def boot(self) -> str:
        return self.life

    def stamp(self) -> Stamp:
        now = super().stamp()
        return Stamp(now.unix_s + self.step_s, now.trust)


class MortalJournal(Journal):
    """After its last commit nothing goes on: what waits for it waits for ever, as in a process that was killed."""

    commits_left = FOREVER
    dies_when: Callable[[], bool] = staticmethod(lambda: False)

    def __init__(self, path: Path, group_window_s: float) -> None:
        super().__init__(path, group_window_s)
        self.died = asyncio.Event()
        self.holds_up: asyncio.Event | None = None
        """The next commit waits for this, and those behind it do not."""
        self.holds_back: asyncio.Event | None = None
        """The next commit is done, and whoever wanted it waits for this before he knows."""

    async def commit(self, work: Work[T]) -> T:
        (up, back), self.holds_up, self.holds_back = (self.holds_up, self.holds_back), None, None
        if up is not None:
            await up.wait()
        if self.commits_left <= 0:
            await asyncio.Event().wait()
        self.commits_left -= 1
        result = await super().commit(work)
        if self.commits_left <= 0 or self.dies_when():
            self.commits_left = 0
            self.died.set()
            await asyncio.Event().wait()
        if back is not None:
            await back.wait()
        return result


class Life:
    """One life of the hub, from its start to its death."""

    def __init__(self, hub: "MortalHub", journal: MortalJournal) -> None:
        clock = hub.clock
        self.journal = journal
        self._hub = hub
        self._group: asyncio.TaskGroup | None = None
        self.network = SmartEnergyNetwork(hub.radio, self._on_the_network, clock.stamp, stands=self._stands)
        feeding = Feeding(FeedSender(hub.folder / "feed.fifo"), "GBP")
        self.household = Household(journal, self.network, feeding, clock)
        self.vending = Vending(journal, self.network, clock, _nothing, _nothing_of, 86_400.0, 86_400.0)
        asking = Asking(self.network, clock, feeding)
        closing = Closing(journal, clock, _nothing, "GBP", lambda: self.network.radio.coordinator)
        self.visits = Visits(journal, self.network, self.vending, clock, _nothing, asking, closing)
        vend = Vend(self.household, self.vending, clock)
        handlers = {
            "vend": VendOrTrial(vend, self.household, self.visits),
            "admit": Admit(self.household, self.visits, clock),
        }
        answers = CommandAnswers(journal, clock, _nothing)
        self.orders = Orders(HUB, _KEYS, journal, clock, _nothing, handlers, answers)  # type: ignore[arg-type]

    def _stands(self, device: Eui64) -> bool:
        return self.household.knows(device)

    def _on_the_network(self, event: HanEvent) -> None:
        self.visits.on_the_network(event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as self._group:
            await self.household.reload()
            await self.vending.recover()
            await self.visits.recover()
            await self.orders.recover()
            for part in (self.network.run(), self.vending.run(), self.visits.run(), self._hear()):
                self._group.create_task(part)

    async def _hear(self) -> None:
        """The broker: what was not acknowledged is delivered again in the next life."""
        while self._hub.undelivered:
            await self.orders.take(*self._hub.undelivered[0])
            self._hub.undelivered.pop(0)


class MortalHub:
    """The hub's folder, the air around it, and what the broker still holds for it."""

    def __init__(self, folder: Path, devices: dict[VirtualDevice, str], suite: Suite | None = None) -> None:
        """With a suite, hub and devices make their keys with certificates of it; else they go on under the key of
        the install code.
        """
        self.folder = folder
        self.clock = SetClock()
        self.undelivered: list[tuple[Role, bytes]] = []
        nodes = tuple(
            Node(device, install_code_key=install_code.link_key(bytes.fromhex(code)))
            for device, code in devices.items()
        )
        self.coordinator = VirtualCoordinator(
            CoordinatorOptions(
                nodes=nodes, pty=folder / "radio", nv=folder / "nv.json", state=folder / "air.json", ieee=COORDINATOR
            )
        )
        self.radio = RadioConfig(
            path=str(folder / "radio"), database=folder / "zigbee.sqlite", watchdog_s=1.0, first_retry_s=0.05,
            answer_timeout_s=1.0, read_timeout_s=1.0,
        )  # fmt: skip
        if suite is not None:
            self._certify(suite, nodes)

    def _certify(self, suite: Suite, nodes: tuple[Node, ...]) -> None:
        issued = ca_files.found(self.folder / "ca", suite, parse_eui64(ca.BENCH_ISSUER)).authority
        file = ca_files.device_file(self.folder / "ca", COORDINATOR, suite)
        ca_files.issue(issued, COORDINATOR, file, replace=False)
        self.radio = replace(self.radio, certificates=(file,))
        for node in nodes:
            address = parse_eui64(node.device.ieee)
            credentials = issued.issue(address, 1_795_348_800, secrets.token_bytes(issued.random_octets_to_issue))
            node.key_maker = DeviceKeyMaker(address, credentials)

    @contextlib.asynccontextmanager
    async def living(
        self,
        commits: int = FOREVER,
        dies_when: Callable[[], bool] = lambda: False,
        dies_at_once_when: Callable[[], bool] | None = None,
    ) -> Any:
        """A life that dies after so many commits, or after the first one when this holds, or in the very moment in
        which that holds.
        """
        journal = await MortalJournal.open(self.folder / "journal.sqlite")
        journal.commits_left = commits
        journal.dies_when = dies_when
        life = Life(self, journal)
        task = asyncio.ensure_future(life.run())
        watch = asyncio.ensure_future(_killed(task, journal, dies_at_once_when)) if dies_at_once_when else task
        try:
            yield life
        finally:
            watch.cancel()
            task.cancel()
            if watch is not task and watch.done():
                watch.result()
            with contextlib.suppress(asyncio.CancelledError, ExceptionGroup):
                await task
            await journal.close()

    async def until(self, life: Life, holds: Callable[[], object], seconds: float = 20.0) -> bool:
        """Wait until it holds, or the life has ended; whether it holds."""
        async with asyncio.timeout(seconds):
            while not holds() and not life.journal.died.is_set():
                await asyncio.sleep(0.005)
        return bool(holds())

    def on_disk(self, device: Eui64) -> dict[str, Any]:
        """The state of a device's way as the file has it; empty where there is none."""
        with contextlib.closing(sqlite3.connect(self.folder / "journal.sqlite")) as connection:
            row = commissioning.find(connection, device)
        return {} if row is None else dict(json.loads(row.state))

    def place(self, device: Eui64) -> str:
        """The step and the phase of its vend test that the file has of a device."""
        standing = self.on_disk(device)
        return f"{standing['step']}/{standing['trial']['phase']}" if standing else "before the admission"

    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything that waits for the head-end: kind and body."""
        with contextlib.closing(sqlite3.connect(self.folder / "journal.sqlite")) as connection:
            rows = [row for lane in outbox.backlog(connection) for row in outbox.waiting(connection, lane, 0, 1_000)]
        return [(row.kind, json.loads(row.body)) for row in rows]


async def _killed(life: "asyncio.Future[None]", journal: MortalJournal, when: Callable[[], bool]) -> None:
    """Looks at every turn of the loop."""
    while not when():
        await asyncio.sleep(0)
    journal.commits_left = 0
    journal.died.set()
    life.cancel()


def _nothing() -> None:
    pass


async def _nothing_of(device: Eui64) -> None:
    pass
