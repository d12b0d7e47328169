"""The control socket of a virtual coordinator: faults, devices, load. See docs/virtual-coordinator.md."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable

from hubd.bench.air.node import Node
from hubd.bench.capture.keys_in_use import keys_in_use
from hubd.bench.coordinator.burst import Burst
from hubd.bench.coordinator.coordinator import Coordinator
from hubd.bench.coordinator.faults import Fault
from hubd.bench.coordinator.line import Line
from hubd.errors import ConfigurationError
from hubd.model.identity import parse_eui64

Question = dict[str, Any]
Start = Callable[[Coroutine[Any, Any, None]], object]
WATCHDOG_RESET = 2
PORT_LOSS_S = 5.0
LATE_S = 1.0


@runtime_checkable
class HasView(Protocol):
    """A device that shows more of itself than its state."""

    def view(self) -> dict[str, object]:
        """Its own view, as JSON values."""


@runtime_checkable
class CanBeSet(Protocol):
    """A device with things a bench may change."""

    def set(self, **values: object) -> None:
        """Change them. Raises ValueError or TypeError in words."""


class Control:
    """Answers questions about one coordinator and its air."""

    def __init__(self, coordinator: Coordinator, line: Line, start: Start) -> None:
        self._it = coordinator
        self._air = coordinator.air
        self._line = line
        self._start = start
        self._burst = Burst(coordinator, coordinator.air)
        self._verbs: dict[str, Callable[[Question], object]] = {
            "devices": self._devices,
            "fault": self._fault,
            "faults": lambda _: self._it.faults.waiting(),
            "burst": self._begin_burst,
            "sent": lambda _: list(self._burst.sent),
            "meter": self._meter,
            "power": self._power,
            "set": self._set,
            "leave": self._leave,
            "rekey": self._rekey,
            "loss": self._loss,
            "octets": self._octets,
            "keys": lambda _: keys_in_use(self._it),
            "account": self._account,
        }

    async def answer(self, question: Question) -> object:
        """One question. Raises ConfigurationError, in words, for one that cannot be answered."""
        await asyncio.sleep(0)
        verb = self._verbs.get(str(question.get("do")))
        if verb is None:
            raise ConfigurationError(f"do: {question.get('do')!r} is none of {', '.join(self._verbs)}")
        return verb(question)

    def _devices(self, _: Question) -> list[dict[str, object]]:
        return [
            {
                "name": node.name,
                "ieee": node.device.ieee,
                "kind": node.device.kind,
                "nwk": f"0x{node.nwk:04x}" if node.joined else None,
                "joined": self._air.node_at(node.nwk) is node,
                "powered": node.powered,
                "refused": node.refused,
                "under_link_key": {"heard": node.secured_heard, "said": node.secured_said},
            }
            for node in self._air.nodes.values()
        ]

    def _fault(self, question: Question) -> str:
        kind = str(question.get("kind"))
        for_s = _number(question, "for_s", math.inf if kind == "freeze" else PORT_LOSS_S)
        now_s = self._air.clock.now_s()
        if kind == "reset":
            self._it.reset(WATCHDOG_RESET, told=question.get("told", True) is not False)
        elif kind == "freeze":
            self._it.faults.frozen_until_s = now_s + for_s
        elif kind == "release":
            self._it.faults.frozen_until_s = -math.inf
        elif kind == "port_loss":
            self._line.vanish(for_s)
        elif kind in set(Fault):
            ieee = self._node(question).device.ieee if "ieee" in question else ""
            self._it.faults.failed_status = int(_number(question, "status", 0xE9))
            if kind in (Fault.DUPLICATE, Fault.LATE):
                self._set_by(Fault(kind), _number(question, "by_s", 0.0 if kind == Fault.DUPLICATE else LATE_S))
            self._it.faults.add(Fault(kind), int(_number(question, "count", 1)), ieee)
        else:
            known = ", ".join(["reset", "freeze", "release", "port_loss", *Fault])
            raise ConfigurationError(f"kind: {kind!r} is none of {known}")
        return kind

    def _set_by(self, kind: Fault, by_s: float) -> None:
        if not 0.0 <= by_s < math.inf:
            raise ConfigurationError("fault: by_s is a number of seconds, 0 or more")
        if kind is Fault.DUPLICATE:
            self._it.faults.again_s = by_s
        else:
            self._it.faults.late_s = by_s

    def _begin_burst(self, question: Question) -> dict[str, object]:
        per_s, count = _number(question, "per_s", 50), int(_number(question, "count", 500))
        if per_s <= 0 or count < 1:
            raise ConfigurationError("burst: per_s must be above 0, count at least 1")
        if self._burst.running:
            raise ConfigurationError("burst: one is running. Cure: ask `sent` until it has all its reports")
        sources = [node.device.ieee for node in self._burst.sources()]
        if not sources:
            raise ConfigurationError("burst: no metering device has joined")
        self._start(self._burst.run(per_s, count))
        return {"per_s": per_s, "count": count, "sources": sources}

    def _meter(self, question: Question) -> object:
        device = self._node(question).device
        return device.view() if isinstance(device, HasView) else device.save()

    def _power(self, question: Question) -> bool:
        on = question.get("on")
        if not isinstance(on, bool):
            raise ConfigurationError("power: on must be true or false")
        self._air.power(self._node(question), on)
        return on

    def _set(self, question: Question) -> object:
        node = self._node(question)
        values = {key: value for key, value in question.items() if key not in ("do", "ieee")}
        if not isinstance(node.device, CanBeSet):
            raise ConfigurationError(f"set: a {node.device.kind} has nothing that can be set")
        try:
            node.device.set(**values)
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"set: {error}") from None
        self._air.changed(node)
        return values

    def _loss(self, question: Question) -> float:
        share = _number(question, "share", 0.0)
        if not 0.0 <= share < 1.0:
            raise ConfigurationError("loss: share must be from 0 to below 1")
        self._air.conditions.loss = share
        return share

    def _account(self, question: Question) -> dict[str, object]:
        account = self._it.account
        frames = account.after(int(_number(question, "after", account.frames)))
        return {
            "frames": account.frames,
            "whole_from": account.whole_from(),
            "entries": [{**asdict(entry), "data": entry.data.hex()} for entry in frames],
        }

    def _octets(self, question: Question) -> int:
        try:
            octets = bytes.fromhex(str(question.get("hex", "")))
        except ValueError as error:
            raise ConfigurationError(f"octets: hex: {error}") from None
        self._line.write(octets)
        return len(octets)

    def _rekey(self, question: Question) -> str:
        node = self._node(question)
        if node.key_maker is None or not node.joined:
            raise ConfigurationError("rekey: a device that has a certificate and is on the network")
        self._air.rekey(node)
        return node.device.ieee

    def _leave(self, question: Question) -> str:
        node = self._node(question)
        self._air.leave(node)
        return node.device.ieee

    def _node(self, question: Question) -> Node:
        wanted = str(question.get("ieee", ""))
        try:
            ieee = parse_eui64(wanted)
        except ValueError:
            ieee = None
        found = next((n for n in self._air.nodes.values() if n.device.ieee == ieee or n.name == wanted), None)
        if found is None:
            raise ConfigurationError(f"ieee: no device {wanted!r} here")
        return found


def _number(question: Question, key: str, default: float) -> float:
    value = question.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{key}: {value!r} is not a number")
    return float(value)
