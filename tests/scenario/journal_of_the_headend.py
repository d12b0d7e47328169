"""What the scenario tests look for at the head-end."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from hubd.bench.house.house import House


async def eventually(look: Callable[[], Any], timeout_s: float, what: str) -> Any:
    """Ask again until the answer is true. `look` may be a coroutine function."""
    give_up_at_s = time.monotonic() + timeout_s
    while True:
        answer = look()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < give_up_at_s, f"not within {timeout_s:g} s: {what}"
        await asyncio.sleep(0.05)


async def messages(house: House, **wanted: Any) -> list[dict[str, Any]]:
    """What the head-end has stored, oldest first, whose body agrees with `wanted`."""
    from hubd.headend.inbound import all_messages

    rows = await asyncio.to_thread(all_messages, house.layout.headend)
    return [r for r in rows if all(r["body"].get(k) == v for k, v in wanted.items())]
