"""The utility daemon, made to die with SIGKILL at one exact step on the path of a token.

The steps are the calls that matter: each commit of the journal and each top-up sent on the radio, before and after,
and the moments around the acknowledgement to the broker. `--die-at 1` dies at the first step that a command causes,
`--die-at 2` at the second; a test walks through them until the daemon outlives the order. The daemon is not changed.
With `--die-at-of FILE` the number stands in a file, which is looked at when the first command comes in that finds it:
so one start serves for the recovery from the last death and for the next.

Or with `--die-when PLACE` at one place on a device's way into service, as `first_reading` or `vend_test/sending`: as
soon as it is on disk that the device stands there.
"""

import argparse
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hubd.cli import daemons
from hubd.cli.argument_types import whole
from hubd.model.identity import Eui64
from hubd.store import commissioning
from hubd.store.journal import Journal, Work
from hubd.utility import config, service
from hubd.utility.commissioning import saved
from hubd.utility.orders import Orders
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork


class _Countdown:
    """Dies at the n-th step after the first command came in."""

    def __init__(self, steps: int | Path, place: str) -> None:
        self._steps = steps
        self._left = 0
        self._place = place
        self._armed = False

    def arm(self) -> None:
        if self._armed:
            return
        if isinstance(self._steps, int):
            self._left, self._armed = self._steps, True
        elif self._steps.exists():
            self._left, self._armed = int(self._steps.read_text()), True

    def step(self, where: str) -> None:
        if not self._armed or self._place not in where:
            return
        self._left -= 1
        if self._left <= 0:
            _die(where)


def _die(where: str) -> None:
    print(f"dies at {where}", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def _deadly(owner: type, name: str, countdown: _Countdown) -> None:
    """Put a step before and after each call of this coroutine method."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def watched(*args: Any, **kwargs: Any) -> Any:
        countdown.step(f"before {owner.__name__}.{name}")
        result = await original(*args, **kwargs)
        countdown.step(f"after {owner.__name__}.{name}")
        return result

    setattr(owner, name, watched)


class _Place:
    """Dies after the commit that puts a device's way here."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._reached = False

    def watch(self) -> None:
        """From now on."""
        for name in ("invite", "save"):
            self._look_at(name)
        commit = Journal.commit

        async def deadly_commit(journal: Journal, work: Work[Any]) -> Any:
            result = await commit(journal, work)
            if self._reached:
                _die(self._place)
            return result

        Journal.commit = deadly_commit  # type: ignore[method-assign, assignment]

    def _look_at(self, name: str) -> None:
        original = getattr(commissioning, name)

        def looked_at(connection: sqlite3.Connection, device: Eui64, *args: Any, **kwargs: Any) -> None:
            original(connection, device, *args, **kwargs)
            row = commissioning.find(connection, device)
            way = None if row is None else saved.decode(row.state)
            self._reached |= way is not None and f"{way.step}/{way.trial.phase}".startswith(self._place)

        setattr(commissioning, name, looked_at)


def main() -> int:
    """`python -m hubd.bench.dying_utility --config FILE --die-at N`, `--die-at-of FILE` or `--die-when PLACE`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    when = parser.add_mutually_exclusive_group(required=True)
    when.add_argument("--die-at", type=whole(1, 1_000_000))
    when.add_argument("--die-at-of", type=Path, metavar="FILE")
    when.add_argument("--die-when", metavar="PLACE")
    parser.add_argument("--place", default="", help="count only the steps with these words in their name")
    args = parser.parse_args()
    if args.die_when is not None:
        _Place(args.die_when).watch()
    else:
        _arm(_Countdown(args.die_at_of or args.die_at, args.place))
    daemons.log_to_stderr(verbose=False)
    return daemons.run_daemon(service.run(config.load(args.config)))


def _arm(countdown: _Countdown) -> None:
    take = Orders.take

    async def armed_take(self: Orders, role: Any, token: bytes) -> None:
        countdown.arm()
        countdown.step("before Orders.take")
        await take(self, role, token)
        countdown.step("after Orders.take, before the broker's acknowledgement")

    Orders.take = armed_take  # type: ignore[method-assign]
    _deadly(Journal, "commit", countdown)
    _deadly(SmartEnergyNetwork, "top_up", countdown)


if __name__ == "__main__":
    sys.exit(main())
