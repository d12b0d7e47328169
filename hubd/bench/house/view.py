"""The live view of the virtual house in a terminal."""

import asyncio
from collections.abc import Sequence

from rich.live import Live
from rich.text import Text

from hubd.bench.house.house import House
from hubd.bench.house.picture import TOP_UPS, Seen, drawn
from hubd.errors import HubdError

REFRESH_S = 1.0
MOST_LOG_LINES = 200
"""Of any terminal."""
ASK_WITHIN_S = 2.0


async def show(house: House, ended: Sequence[str]) -> None:
    """Draw until cancelled. `ended`: what is to be shown of processes that ended by themselves, newest last."""
    with Live(Text("looking ..."), refresh_per_second=4) as live:
        while True:
            seen = await look(house, ended)
            live.update(drawn(seen, house.layout, live.console.height - 1))
            await asyncio.sleep(REFRESH_S)


async def look(house: House, ended: Sequence[str]) -> Seen:
    """What there is to see of the house now."""
    heard = await asyncio.to_thread(house.children["head-end"].last_lines, MOST_LOG_LINES)
    try:
        return Seen(
            status=await house.ask({"do": "status"}, ASK_WITHIN_S),
            devices=await house.ask({"do": "devices"}, ASK_WITHIN_S),
            top_ups=await house.ask({"do": "vend", "most": TOP_UPS}, ASK_WITHIN_S),
            displays=[await house.display(display, ASK_WITHIN_S) for display in house.displays],
            heard=heard,
            ended=ended,
        )
    except HubdError as error:
        return Seen(status=None, why_not=str(error), heard=heard, ended=ended)
