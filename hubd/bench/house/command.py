"""`hubd bench`: the whole house until Ctrl-C."""

import argparse
import asyncio
import contextlib
import signal
import sys
import time

from hubd.bench.house import view
from hubd.bench.house.house import House, mosquitto
from hubd.bench.house.layout import DISPLAY, Layout
from hubd.cli.exit_codes import Exit

FOLLOW_EVERY_S = 0.5


def main(args: argparse.Namespace) -> int:
    """Run the house. Errors that keep it from starting are for the caller to show."""
    mosquitto()
    try:
        asyncio.run(_run(args))
    except* KeyboardInterrupt:
        pass
    return Exit.OK


async def _run(args: argparse.Namespace) -> None:
    started_s = time.monotonic()
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        layout = Layout.at(args.state)
        async with House(layout, seed=args.seed, say=_say, capture=args.capture, displays=(DISPLAY,)) as house:
            await house.start()
            _say(f"the house runs, {time.monotonic() - started_s:.1f} s after the start; logs in {house.layout.logs}")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(args.for_s):
                    await (_follow(house) if args.plain or not sys.stdout.isatty() else view.show(house))
    _say("the house is closed; its meters and journals are kept for the next time")


async def _follow(house: House) -> None:
    """Without a terminal: print what the head-end hears, line by line."""
    path = house.layout.logs / "head-end.log"
    with path.open(errors="replace") as log:
        while True:
            for line in log:
                print(line.rstrip(), flush=True)
            await asyncio.sleep(FOLLOW_EVERY_S)


def _say(line: str) -> None:
    print(line, flush=True)
