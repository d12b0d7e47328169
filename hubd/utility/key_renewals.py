"""What `hubctl rekey` asks: hub and device make another link key, and the operator hears what came of it (R6)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from hubd.console import ConsoleRefusedError
from hubd.model.han import HanEvent, KeyEstablished, KeyEstablishmentFailed
from hubd.model.identity import Eui64
from hubd.utility.console_device import named
from hubd.utility.household import Household
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

LONGEST_WAIT_S = 120.0

Result = dict[str, Any]


@dataclass(slots=True)
class _Waiting:
    """Somebody waits; `reason` is of the latest attempt that failed."""

    result: asyncio.Future[Result]
    reason: str = field(default="")


class KeyRenewals:
    """One question: `rekey`. The key that stands is kept until there is another."""

    def __init__(self, household: Household, network: SmartEnergyNetwork) -> None:
        self._household = household
        self._network = network
        self._waiting: dict[Eui64, list[_Waiting]] = {}
        self.answers: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {"rekey": self.rekey}

    def hear(self, event: HanEvent) -> None:
        """What the network tells, as far as somebody waits for it."""
        match event:
            case KeyEstablished(device, suite, took_s):
                self._settle(device, {"outcome": "established", "suite": suite, "took_s": round(took_s, 3)})
            case KeyEstablishmentFailed(device, reason, _, None):
                self._settle(device, {"outcome": "failed", "reason": reason})
            case KeyEstablishmentFailed(device, reason):
                for waiting in self._waiting.get(device, []):
                    waiting.reason = reason
            case _:
                pass

    def _settle(self, device: Eui64, result: Result) -> None:
        for waiting in self._waiting.get(device, []):
            if not waiting.result.done():
                waiting.result.set_result(result)

    async def rekey(self, question: dict[str, Any]) -> Result:
        """Begin an exchange; what came of it within `wait_s`: established, failed (and why), or under_way."""
        device = named(self._household, question)
        wait_s = min(float(question.get("wait_s", 30.0)), LONGEST_WAIT_S)
        waiting = _Waiting(asyncio.get_running_loop().create_future())
        self._waiting.setdefault(device.address, []).append(waiting)
        try:
            if (why_not := self._network.renew_key(device.address)) is not None:
                raise ConsoleRefusedError(f"{device.alias}: {why_not}")
            await asyncio.wait({waiting.result}, timeout=wait_s)
        finally:
            self._waiting[device.address].remove(waiting)
        under_way = {"outcome": "under_way", "reason": waiting.reason}
        result = waiting.result.result() if waiting.result.done() else under_way
        return {"alias": device.alias, "address": device.address, **result}
