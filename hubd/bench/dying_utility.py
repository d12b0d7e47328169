"""The utility daemon, made to die with SIGKILL at one exact step on the path of a token.

The steps are the calls that matter: each commit of the journal and each top-up sent on the radio, before and after,
and the moments around the acknowledgement to the broker. `--die-at 1` dies at the first step that a command causes,
`--die-at 2` at the second; a test walks through them until the daemon outlives the order. The daemon is not changed.
"""

import argparse
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hubd.cli import daemons
from hubd.store.journal import Journal
from hubd.utility import config, daemon
from hubd.utility.orders import Orders
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork


class _Countdown:
    """Dies at the n-th step after the first command came in."""

    def __init__(self, steps: int, place: str) -> None:
        self._left = steps
        self._place = place
        self._armed = False

    def arm(self) -> None:
        self._armed = True

    def step(self, where: str) -> None:
        if not self._armed or self._place not in where:
            return
        self._left -= 1
        if self._left <= 0:
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


def main() -> int:
    """`python -m hubd.bench.dying_utility --config FILE --die-at N`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--die-at", type=int, required=True)
    parser.add_argument("--place", default="", help="count only the steps with these words in their name")
    args = parser.parse_args()
    countdown = _Countdown(args.die_at, args.place)
    take = Orders.take

    async def armed_take(self: Orders, role: Any, token: bytes) -> None:
        countdown.arm()
        countdown.step("before Orders.take")
        await take(self, role, token)
        countdown.step("after Orders.take, before the broker's acknowledgement")

    Orders.take = armed_take  # type: ignore[method-assign]
    _deadly(Journal, "commit", countdown)
    _deadly(SmartEnergyNetwork, "top_up", countdown)
    daemons.log_to_stderr(verbose=False)
    return daemons.run_daemon(daemon.run(config.load(args.config)))


if __name__ == "__main__":
    sys.exit(main())
