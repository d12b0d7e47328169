"""The capacitor between the lives of the program: what is in it, what each loss shows of its age, and an alarm before
it is too old.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

import msgspec

from hubd.errors import LinkError, StoreError
from hubd.power.ageing import Condition
from hubd.power.charge import Held
from hubd.power.outage import State
from hubd.power.voltage_adc import Voltmeter
from hubd.store import meta
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.outage_energy import OutageEnergy
from hubd.utility.supply_config import SupplyTable

log = logging.getLogger(__name__)

_KEY = "capacitor_estimates_f"
_HELD_KEY = "capacitor_held"
_BAD = (Condition.REPLACE_SOON, Condition.TOO_OLD)

Tell = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """`boot`: the life of the machine in which it was written; in another its moment means nothing."""

    boot: str
    held: Held


def keep_held(connection: sqlite3.Connection, boot: str, held: Held) -> None:
    """Write down what is in the capacitor: together with what is written anyway, so that it wears nothing."""
    meta.put(connection, _HELD_KEY, msgspec.json.encode(_Kept(boot, held)).decode())


async def held(journal: Journal, boot: str) -> Held | None:
    """What was in it when that was last written down; None where that was not in this life of the machine."""
    text = await journal.read(lambda c: meta.get(c, _HELD_KEY))
    kept = None if text is None else msgspec.json.decode(text, type=_Kept)
    return kept.held if kept is not None and kept.boot == boot else None


async def estimates_f(journal: Journal) -> list[float]:
    """What earlier losses showed, oldest first."""
    text = await journal.read(lambda c: meta.get(c, _KEY))
    return [] if text is None else msgspec.json.decode(text, type=list[float])


class CapacitorWatch:
    """Looks after each loss whether the capacitor has aged. Use `begin`."""

    def __init__(self, energy: OutageEnergy, new_f: float, journal: Journal, tell: Tell) -> None:
        self.energy = energy
        self._new_f = new_f
        self._journal = journal
        self._tell = tell

    @classmethod
    async def begin(
        cls, supply: SupplyTable, journal: Journal, clock: HubClock, tell: Tell, voltmeter: Voltmeter | None = None
    ) -> Self | None:
        """Take up what is known of the capacitor, or measure it where that can be done. None where there is none."""
        table, rules, boot = supply.capacitor, supply.rules, clock.boot()
        if table is None:
            return None
        known_f, before = await estimates_f(journal), await held(journal, boot)
        volts = None if voltmeter is None else await _volts(voltmeter)
        energy = OutageEnergy(table, rules, known_f, before, clock.monotonic_s(), volts)
        if before is None:
            begun = energy.held(State(rules), clock.monotonic_s())
            try:
                await journal.commit(lambda c: keep_held(c, boot, begun))
            except StoreError as error:
                log.debug("what is in the capacitor is not written down: %s", error)
        return cls(energy, table.capacitance_f, journal, tell)

    async def supply_back(self) -> None:
        """A loss has ended: keep what it showed, and tell where the verdict has changed for the worse."""
        before = self.energy.condition
        if not self.energy.supply_back():
            return
        try:
            await self._keep(before)
        except StoreError as error:
            log.warning("what the loss showed of the capacitor is known until the next start only: %s", error)

    async def _keep(self, before: Condition) -> None:
        estimates = self.energy.estimates_f

        def work(connection: sqlite3.Connection) -> None:
            meta.put(connection, _KEY, msgspec.json.encode(estimates).decode())

        await self._journal.commit(work)
        after = self.energy.condition
        if after is not before and after in _BAD:
            detail = {"condition": str(after), "capacitance_f": estimates[-1], "new_f": self._new_f}
            await self._tell(EventName.CAPACITOR_AGED, detail=detail)


async def _volts(voltmeter: Voltmeter) -> float | None:
    try:
        return await asyncio.to_thread(voltmeter.volts)
    except LinkError as error:
        log.warning("the capacitor's voltage at the start is reckoned, not measured: %s", error)
        return None
