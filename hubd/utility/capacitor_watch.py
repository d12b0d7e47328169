"""The capacitor's age: what each loss shows of it is kept, and an alarm comes before it is too old."""

import sqlite3
from collections.abc import Awaitable, Callable

import msgspec

from hubd.power.ageing import Condition
from hubd.store import meta
from hubd.store.journal import Journal
from hubd.utility.events import EventName
from hubd.utility.outage_energy import OutageEnergy

_KEY = "capacitor_estimates_f"
_BAD = (Condition.REPLACE_SOON, Condition.TOO_OLD)

Tell = Callable[..., Awaitable[None]]


async def estimates_f(journal: Journal) -> list[float]:
    """What earlier losses showed, oldest first."""
    text = await journal.read(lambda c: meta.get(c, _KEY))
    return [] if text is None else msgspec.json.decode(text, type=list[float])


class CapacitorWatch:
    """Looks after each loss whether the capacitor has aged."""

    def __init__(self, energy: OutageEnergy, new_f: float, journal: Journal, tell: Tell) -> None:
        self.energy = energy
        self._new_f = new_f
        self._journal = journal
        self._tell = tell

    async def supply_back(self) -> None:
        """A loss has ended: keep what it showed, and tell where the verdict has changed for the worse."""
        before = self.energy.condition
        if not self.energy.supply_back():
            return
        estimates = self.energy.estimates_f

        def work(connection: sqlite3.Connection) -> None:
            meta.put(connection, _KEY, msgspec.json.encode(estimates).decode())

        await self._journal.commit(work)
        after = self.energy.condition
        if after is not before and after in _BAD:
            detail = {"condition": str(after), "capacitance_f": estimates[-1], "new_f": self._new_f}
            await self._tell(EventName.CAPACITOR_AGED, detail=detail)
