"""What `hubctl ping` asks: the line to a device, tested now, or at the next wake of one that sleeps (R17)."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hubd.console import ConsoleRefusedError, seconds
from hubd.errors import LinkError
from hubd.model.device import Device
from hubd.model.identity import Eui64
from hubd.utility.clock import HubClock
from hubd.utility.console_device import named
from hubd.utility.errands import Spawn
from hubd.utility.household import Household
from hubd.utility.mailbox import LetterKind
from hubd.utility.mailboxes import Mailboxes
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

LONGEST_WAIT_S = 30.0
USUAL_PATIENCE_S = 40.0
"""And twice its interval for a device that sleeps."""
KEPT = 16
"""Tests whose results can be asked for; the oldest is forgotten."""

Result = dict[str, Any]


class LineTests:
    """Two questions: `ping` begins a test and says when it will be, `ping_result` waits for it. A test is for one who
    waits: it lives as long as that patience (`wait_s`), and at most as long as the daemon.
    """

    def __init__(
        self,
        household: Household,
        network: SmartEnergyNetwork,
        mailboxes: Mailboxes,
        clock: HubClock,
        spawn: Spawn,
    ) -> None:
        self._household = household
        self._network = network
        self._mailboxes = mailboxes
        self._clock = clock
        self._spawn = spawn
        self._results: dict[str, asyncio.Future[Result]] = {}
        self.answers: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "ping": self.ping,
            "ping_result": self.result,
        }

    async def ping(self, question: dict[str, Any]) -> dict[str, Any]:
        """Begin: its name, and whether the device sleeps and when it is expected to wake."""
        device = named(self._household, question)
        usual_s = 2 * self._mailboxes.wakes_every_s(device.address) + USUAL_PATIENCE_S
        patience_s = seconds(question, "wait_s", usual_s)
        name = f"ping:{uuid.uuid4().hex[:12]}"
        while len(self._results) >= KEPT:
            self._results.pop(next(iter(self._results)))
        self._results[name] = asyncio.get_running_loop().create_future()
        asleep = self._asleep(device.address)
        self._spawn(self._run(name, device, patience_s))
        begun = {"test": name, "alias": device.alias, "device": device.address, "patience_s": patience_s}
        return begun | asleep

    def _asleep(self, device: Eui64) -> dict[str, Any]:
        if self._mailboxes.is_awake(device):
            return {"asleep": False, "polls": self._network.polls(device)}
        woke, every_s = self._mailboxes.woke_at(device), self._mailboxes.wakes_every_s(device)
        next_wake = None if woke is None or not every_s else max(woke.unix_s + every_s, self._clock.stamp().unix_s)
        return {"asleep": True, "wakes_every_s": every_s, "next_wake_unix_s": next_wake}

    async def _run(self, name: str, device: Device, patience_s: float) -> None:
        async def work() -> Result:
            found = await self._network.test_line(device.address)
            if self._mailboxes.sleeps(device.address) and not found.answered:
                raise LinkError(f"{device.alias} did not answer at this wake")
            return {"alias": device.alias, **msgspec.to_builtins(found)}

        failed = {"alias": device.alias, "device": device.address, "answered": False}
        try:
            async with asyncio.timeout(patience_s):
                result = await self._mailboxes.deliver(device.address, LetterKind.ROUTINE, name, work)
        except LinkError as error:
            result = failed | {"reason": str(error)}
        except TimeoutError:
            what = "wake" if self._mailboxes.sleeps(device.address) else "answer"
            words = f"{device.alias} did not {what} within {patience_s:g} s, and the test was withdrawn"
            result = failed | {"reason": words, "withdrawn": True}
        if (waited_for := self._results.get(name)) is not None:
            waited_for.set_result(result)

    async def result(self, question: dict[str, Any]) -> dict[str, Any]:
        """The result, once it is there; `{"done": false}` where it is not within `wait_s`."""
        result = self._results.get(str(question.get("test")))
        if result is None:
            raise ConsoleRefusedError(
                "there is no such test: it is long over, or the daemon started anew; ping again"
            )
        await asyncio.wait({result}, timeout=min(seconds(question, "wait_s", 0.0), LONGEST_WAIT_S))
        return {"done": True, **result.result()} if result.done() else {"done": False}
