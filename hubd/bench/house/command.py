"""`hubd bench`: the whole house until Ctrl-C, or until a part of it is gone without which it cannot go on."""

import argparse
import asyncio
import contextlib
import signal
import sys
import time

from hubd.bench.house import view
from hubd.bench.house.house import House, mosquitto
from hubd.bench.house.layout import DISPLAY, Layout
from hubd.bench.house.supervision import Supervision
from hubd.bench.processes import Child
from hubd.cli.exit_codes import Exit
from hubd.errors import HubdError, first_of

FOLLOW_EVERY_S = 0.5


def main(args: argparse.Namespace) -> int:
    """Run the house. Errors that keep it from starting, or from going on, are for the caller to show."""
    mosquitto()
    try:
        asyncio.run(_run(args))
    except* KeyboardInterrupt:
        pass
    except* HubdError as group:
        raise first_of(group) from None
    return Exit.OK


async def _run(args: argparse.Namespace) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        layout = Layout.at(args.state)
        async with House(layout, seed=args.seed, say=_say, capture=args.capture, displays=(DISPLAY,)) as house:
            await _supervised(house, args)
    _say("the house is closed; its meters and journals are kept for the next time")


async def _supervised(house: House, args: argparse.Namespace) -> None:
    """From the first process on, so that an end in the middle of the start is told as well."""
    started_s = time.monotonic()
    supervision = Supervision(house.children, _say, lambda: house.services.down)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(supervision.run())
        await house.start()
        _say(f"the house runs, {time.monotonic() - started_s:.1f} s after the start; logs in {house.layout.logs}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(args.for_s):
                if args.plain or not sys.stdout.isatty():
                    await _follow(house.children["head-end"])
                else:
                    await view.show(house, supervision.ended)
        watching.cancel()


async def _follow(child: Child) -> None:
    """Without a terminal: print what the head-end has heard since it was started, line by line."""
    with child.log.open(errors="replace") as log:
        log.seek(child.life_begins)
        while True:
            begun = log.tell()
            while (line := log.readline()).endswith("\n"):
                print(line.rstrip(), flush=True)
                begun = log.tell()
            log.seek(begun)  # a line that is not written whole yet is read again
            await asyncio.sleep(FOLLOW_EVERY_S)


def _say(line: str) -> None:
    print(line, flush=True)
