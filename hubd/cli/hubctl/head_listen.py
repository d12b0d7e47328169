"""`hubctl head listen`: the head-end at work, with a line for everything that happens."""

import argparse
import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_lines
from hubd.cli.hubctl.head_place import NO_HOME, home_of
from hubd.cli.output import complain, fail
from hubd.errors import InUseError
from hubd.headend.happenings import Connected, Happening
from hubd.headend.home import HeadEndConfig, Home

HELP = "store what hubs send, send them their orders, and show both as it happens (Ctrl-C ends it)"
EXAMPLES = """\
  hubctl head listen
  hubctl head listen --json              a line of JSON for each thing that happens
  hubctl head listen --once              take what waits, send what is due, and end
"""
EXITS = NO_HOME | {0: "ended as asked", 4: "the broker is not reached (--once)", 6: "another listens (--once)"}

QUIET_S = 1.0
GIVE_UP_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Once or for ever."""
    parser.add_argument("--once", action="store_true", help=f"end after {QUIET_S:g} s in which nothing happened")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 ended as asked, 4 the broker could not be reached (--once)."""
    home, config = home_of(args)
    say = head_lines.say_json if args.json else head_lines.say_text
    code = asyncio.run(_until_told_to_end(_listen(home, config, say, once=args.once)))
    if code != Exit.UNREACHABLE:
        return code
    words = f"{home.path}: no session with the broker within {GIVE_UP_S:g} s. Cure: see that it runs, and where"
    return fail(args, words, Exit.UNREACHABLE)


async def _until_told_to_end(work: Coroutine[Any, Any, int]) -> int:
    """SIGTERM ends it as cleanly as Ctrl-C does."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work, name="listen")
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return Exit.OK if task.cancelled() else task.result()


async def _listen(home: Home, config: HeadEndConfig, say: Callable[[Happening], None], *, once: bool) -> int:
    from hubd.headend.service import Service, run_until, sole_listener

    told, give_up_s = False, time.monotonic() + GIVE_UP_S
    while True:
        with sole_listener(home) as ours:
            if ours:
                quiet = _Quiet(say)
                service = Service(home, config, quiet.hear)
                if not once:
                    await service.run()
                return await run_until(service, quiet.until_quiet)
        if once and time.monotonic() > give_up_s:
            raise InUseError(
                f"{home.path}: another process has the session. Cure: end hubctl head listen there first"
            )
        if not told:
            complain(f"{home.path}: another process has the session; waiting for it to end")
            told = True
        await asyncio.sleep(0.05)


class _Quiet:
    """Knows how long nothing has happened."""

    def __init__(self, say: Callable[[Happening], None]) -> None:
        self._say = say
        self._connected = False
        self._last_s = time.monotonic()

    def hear(self, happening: Happening) -> None:
        self._connected |= isinstance(happening, Connected)
        self._last_s = time.monotonic()
        self._say(happening)

    async def until_quiet(self) -> int:
        give_up_s = time.monotonic() + GIVE_UP_S
        while not self._connected:
            if time.monotonic() > give_up_s:
                return Exit.UNREACHABLE
            await asyncio.sleep(0.05)
        while time.monotonic() - self._last_s < QUIET_S:
            await asyncio.sleep(0.05)
        return Exit.OK
