"""R5: a token goes before everything else that waits for the same device, and nobody is forgotten."""

import asyncio

from hubd.zigbee.turns import Turns


async def test_one_at_a_time_and_the_urgent_first_r5():
    turns, order = Turns(), list[str]()
    free = asyncio.Event()

    async def take(name: str, urgent: bool) -> None:
        async with turns.turn(urgent=urgent):
            order.append(name)
            await free.wait()

    async with asyncio.TaskGroup() as group:
        for name, urgent in (
            ("first", False),
            ("read 1", False),
            ("read 2", False),
            ("token 1", True),
            ("token 2", True),
        ):
            group.create_task(take(name, urgent))
            await asyncio.sleep(0)
        assert order == ["first"]
        free.set()
    assert order == ["first", "token 1", "token 2", "read 1", "read 2"]
    async with turns.turn():
        pass


async def test_whoever_is_cancelled_while_waiting_or_just_called_leaves_the_turn_to_the_next():
    turns, order = Turns(), list[str]()

    async def take(name: str) -> None:
        async with turns.turn():
            order.append(name)

    async with turns.turn():
        waiting = asyncio.ensure_future(take("gone"))
        called = asyncio.ensure_future(take("called"))
        last = asyncio.ensure_future(take("last"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
    called.cancel()
    await asyncio.gather(waiting, called, last, return_exceptions=True)
    assert order == ["last"]
    assert waiting.cancelled()


async def test_one_that_is_given_up_in_the_moment_in_which_the_turn_is_passed_on_hurts_nobody() -> None:
    turns, order, free = Turns(), list[str](), asyncio.Event()

    async def speak(name: str) -> None:
        async with turns.turn():
            order.append(name)
            await free.wait()

    tasks = [asyncio.create_task(speak(name)) for name in "abc"]
    await asyncio.sleep(0)
    free.set()
    tasks[1].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["a", "c"]
    assert isinstance(ended[1], asyncio.CancelledError)
