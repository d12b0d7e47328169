"""What the scenario tests look for at the head-end, and patience."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

from hubd.bench.house.house import House
from hubd.headend.inbound import all_messages


async def eventually(look: Callable[[], Any], timeout_s: float, what: str) -> Any:
    """Ask again until the answer is true. `look` may be a coroutine function."""
    give_up_at_s = time.monotonic() + timeout_s
    while True:
        answer = look()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < give_up_at_s, f"not within {timeout_s:g} s: {what}"
        await asyncio.sleep(0.05)


async def messages(house: House, **wanted: Any) -> list[dict[str, Any]]:
    """What the head-end has stored, oldest first, whose body agrees with `wanted`."""
    rows = await asyncio.to_thread(all_messages, house.layout.headend)
    return [row for row in rows if all(row["body"].get(key) == value for key, value in wanted.items())]


async def until_radio_is_up(house: House, within_s: float = 60.0) -> None:
    """The utility HAN runs: whoever restarted the daemon or the radio leaves the house as it was."""

    async def is_up() -> bool:
        return bool((await house.ask({"do": "status"}))["radio"]["state"] == "up")

    await eventually(is_up, within_s, "the radio is up")


async def vend(house: House, *words: str, wait_s: float = 30.0, expect: frozenset[int] = frozenset({0})) -> Any:
    """`hubctl head vend`, waiting for the receipt."""
    return await house.head("vend", "--home", str(house.layout.headend), *words, "--wait", str(wait_s), expect=expect)
