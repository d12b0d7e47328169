"""Mains behind an opto-isolator with too little capacitance: there, and off for a moment at each zero crossing (R41).

The sensing that a hub runs, on an event loop whose time is simulated: waits end late, as on a busy machine.
"""

import asyncio
import random
import selectors
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hubd.power.level import Changed
from hubd.power.sensing import Sensing
from hubd.power.ups import SupplyInputs

LASTS_S = 10.0


class Selector(selectors.DefaultSelector):
    """Time passes in waits alone."""

    def __init__(self, chance: random.Random, late_s: float) -> None:
        super().__init__()
        self.now_s = 0.0
        self._chance, self._late_s = chance, late_s

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout:
            self.now_s += timeout + self._chance.random() * self._late_s
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    def __init__(self, selector: Selector) -> None:
        self._simulated = selector
        super().__init__(selector)

    def time(self) -> float:
        return self._simulated.now_s


@dataclass
class Mains:
    """`gap_s` of each period it looks off, while there is voltage; supply is there where `there` says so."""

    period_s: float
    gap_s: float
    phase_s: float
    there: Callable[[float], bool]
    edges: bool = True

    def on(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        return self.there(now_s) and (now_s - self.phase_s) % self.period_s >= self.gap_s

    def close(self) -> None:
        pass

    async def wake(self, edge: asyncio.Event) -> None:
        """As the kernel does it."""
        loop, number = asyncio.get_running_loop(), 0
        while self.edges:
            for offset_s in (0.0, self.gap_s):
                at_s = self.phase_s + number * self.period_s + offset_s
                if self.there(at_s - 1e-6):
                    loop.call_at(at_s, edge.set)
            number += 1
            await asyncio.sleep(max(self.phase_s + number * self.period_s - loop.time() - 1e-6, 0.0))


class Ticks:
    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    def lasts_s(self, span_s: float) -> float:
        return span_s


def sense(mains: Mains, chance: random.Random, late_s: float) -> list[Changed]:
    async def main() -> list[Changed]:
        changes: list[Changed] = []
        edge = asyncio.Event()
        sensing = Sensing(SupplyInputs(mains, None), Ticks(), changes.append, lambda words: None, edge)
        tasks = [asyncio.ensure_future(sensing.run()), asyncio.ensure_future(mains.wake(edge))]
        await asyncio.sleep(LASTS_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return changes

    selector = Selector(chance, late_s)
    with asyncio.Runner(loop_factory=lambda: Loop(selector)) as runner:
        return runner.run(main())


@pytest.mark.parametrize("late_s", [0.0, 0.001, 0.01], ids=["exact", "a quiet machine", "a busy machine"])
@pytest.mark.parametrize("gap_ms", [1, 2, 3])
@pytest.mark.parametrize("hertz", [100, 120])
def test_ripple_of_supply_that_is_there_is_no_change_r41(hertz: int, gap_ms: int, late_s: float):
    for seed in range(3):
        chance = random.Random(f"{hertz}/{gap_ms}/{late_s}/{seed}")
        mains = Mains(1 / hertz, gap_ms / 1000, chance.random() / hertz, lambda at_s: True)
        assert [change.on for change in sense(mains, chance, late_s)] == [True]


@pytest.mark.parametrize("hertz", [50, 60])
def test_half_waves_of_supply_that_is_there_are_no_change_r41(hertz: int):
    """One diode: it looks off for more than half of the time."""
    chance = random.Random(hertz)
    mains = Mains(1 / hertz, 0.55 / hertz, 0.0, lambda at_s: True)
    assert [change.on for change in sense(mains, chance, 0.001)] in ([True], [])


@pytest.mark.parametrize("gap_ms", [0.5, 1, 2, 3])
def test_a_loss_of_supply_that_ripples_is_seen_and_its_return_too_r41(gap_ms: float):
    chance = random.Random(f"{gap_ms}")
    mains = Mains(0.01, gap_ms / 1000, 0.0, lambda at_s: not 3.0 <= at_s < 6.0)
    first, lost, back = sense(mains, chance, 0.001)
    assert (first.on, lost.on, back.on) == (True, False, True)
    assert lost.at_s == pytest.approx(3.0, abs=0.1)
    assert back.at_s == pytest.approx(6.0, abs=1.0)


def test_without_edges_ripple_is_no_change_either_r41():
    for seed in range(5):
        chance = random.Random(seed)
        mains = Mains(0.01, 0.003, 0.01 * chance.random(), lambda at_s: True, edges=False)
        assert [change.on for change in sense(mains, chance, 0.001)] == [True]
