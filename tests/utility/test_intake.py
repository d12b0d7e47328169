"""What the broker delivers: tokens at once, management's behind, nothing lost or doubled by a kill (R5, R30)."""

import asyncio
from pathlib import Path

from hubd.model.roles import Role
from hubd.store import spool
from hubd.store.journal import Journal
from hubd.utility.intake import Intake


class Orders:
    """Notes what it takes; holds management's first order until it is let go."""

    def __init__(self) -> None:
        self.taken: list[tuple[Role, bytes]] = []
        self.go_on = asyncio.Event()

    async def take(self, role: Role, token: bytes) -> None:
        if role is Role.MANAGEMENT:
            await self.go_on.wait()
        self.taken.append((role, token))


async def test_a_token_does_not_wait_for_the_orders_before_it_r5(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    orders = Orders()
    intake = Intake(journal, orders)
    running = asyncio.ensure_future(intake.run())
    try:
        await intake.take(Role.MANAGEMENT, [b"1", b"2", b"3"])
        await intake.take(Role.VENDING, [b"token"])
        assert orders.taken == [(Role.VENDING, b"token")]
        assert await journal.read(spool.count) == 3, "on disk, so they may be acknowledged"
        orders.go_on.set()
        async with asyncio.timeout(5.0):
            while await journal.read(spool.count):
                await asyncio.sleep(0.01)
        assert [body for _, body in orders.taken] == [b"token", b"1", b"2", b"3"], "and in their own order"
    finally:
        running.cancel()
        await asyncio.wait({running})
        await journal.close()


async def test_what_was_acknowledged_and_not_obeyed_is_obeyed_after_a_kill_r30(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    await Intake(journal, Orders()).take(Role.MANAGEMENT, [b"1", b"2"])
    await journal.close()
    journal = await Journal.open(tmp_path / "journal.sqlite")
    orders = Orders()
    orders.go_on.set()
    running = asyncio.ensure_future(Intake(journal, orders).run())
    try:
        async with asyncio.timeout(5.0):
            while await journal.read(spool.count):
                await asyncio.sleep(0.01)
        assert [body for _, body in orders.taken] == [b"1", b"2"]
    finally:
        running.cancel()
        await asyncio.wait({running})
        await journal.close()


async def test_other_roles_orders_are_dealt_with_before_they_are_acknowledged(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    orders = Orders()
    try:
        for role in (Role.NETWORK_OPERATOR, Role.SECURITY_CENTRE):
            await Intake(journal, orders).take(role, [b"now"])
        assert orders.taken == [(Role.NETWORK_OPERATOR, b"now"), (Role.SECURITY_CENTRE, b"now")]
    finally:
        await journal.close()
