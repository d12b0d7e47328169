"""Parts of the daemon end when it ends them, and none goes without a word."""

import asyncio

import pytest

from hubd.errors import StoreError
from hubd.utility.errands import Errands


async def test_a_part_whose_future_is_cancelled_by_others_ends_the_daemon_and_not_itself_alone():
    waited_for: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def part() -> None:
        await waited_for

    async def serve() -> None:
        async with asyncio.TaskGroup() as tasks:
            errands = Errands()
            errands.use(tasks)
            errands.start(part(), "vending")
            await asyncio.sleep(0)
            waited_for.cancel()

    with pytest.raises(BaseExceptionGroup) as ended:
        await serve()
    assert [str(error) for error in ended.value.exceptions] == ["vending: something that it waited for was cancelled"]


async def test_a_part_that_is_ended_with_the_daemon_ends_in_order():
    async def serve(errands: Errands) -> None:
        async with asyncio.TaskGroup() as tasks:
            errands.use(tasks)
            errands.start(asyncio.sleep(3_600), "metering")

    serving = asyncio.create_task(serve(Errands()))
    await asyncio.sleep(0)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_nothing_begins_while_all_stands_still():
    with pytest.raises(StoreError):
        Errands().spawn(asyncio.sleep(0))
    with pytest.raises(StoreError):
        Errands().start(asyncio.sleep(0), "metering")
