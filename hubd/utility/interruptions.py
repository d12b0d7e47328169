"""Warns before credit runs out, and says what generation an interruption for want of credit cost (R40).

An interruption begins when a meter without credit says that its supply is not on, and ends when it says that it is.
Its beginning stands in the journal, and what is known of a meter's credit beside it: the hub may be restarted in
between. The warning goes to the head-end and to the household, which has to hear of it with the WAN down, too.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading
from hubd.model.stamp import Stamp
from hubd.model.supply import SupplyState
from hubd.model.topup import PrepaymentState
from hubd.store import meta, profiles
from hubd.store.journal import Journal
from hubd.utility import credit_forecast as forecast
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_event

CreditLasts = Callable[[Eui64, Stamp | None], None]
"""Tells the household until when a meter's credit lasts, where that is only hours; None: longer."""
Said = tuple[Eui64, MeterReading | None, PrepaymentState | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on disk of a meter's credit. `spent`: it stands at its cut-off or below."""

    warned: bool = False
    until_unix_s: int | None = None
    """While it runs low: when it ends, to the half-hour, so that it is seldom written."""
    cut_off_e5: int = 0
    spent: bool = False


class Interruptions:
    """Takes what meters say, in order."""

    def __init__(
        self,
        journal: Journal,
        clock: HubClock,
        notify: Notify,
        credit_lasts: CreditLasts = lambda device, until: None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._notify = notify
        self._credit_lasts = credit_lasts
        self._credit: dict[Eui64, forecast.CreditSeen] = {}
        self._kept: dict[Eui64, Kept] = {}
        self._known_on: set[Eui64] = set()
        """Their supply is on, and the journal holds no interruption: most reports say no more than that again."""
        self._said: asyncio.Queue[Said] = asyncio.Queue()

    def seen(self, device: Eui64, reading: MeterReading | None, prepayment: PrepaymentState | None) -> None:
        """A meter told something."""
        self._said.put_nowait((device, reading, prepayment))

    async def run(self) -> None:
        """Take what was said, for ever."""
        while True:
            await self.take(*await self._said.get())

    async def take(self, device: Eui64, reading: MeterReading | None, prepayment: PrepaymentState | None) -> None:
        """One thing said; what it means is on disk when this returns."""
        if prepayment is not None and prepayment.balance_e5 is not None:
            await self._credit_seen(device, prepayment, prepayment.balance_e5)
        if reading is not None and reading.supply is not None:
            await self._supply_seen(device, reading.measured_at.unix_s, reading.supply)

    async def _credit_seen(self, device: Eui64, account: PrepaymentState, balance_e5: int) -> None:
        kept = await self._known(device)
        cut_off_e5 = kept.cut_off_e5 if account.cut_off_e5 is None else account.cut_off_e5
        state = self._credit.get(device) or forecast.CreditSeen((), kept.warned, kept.until_unix_s)
        state, warning = forecast.seen(state, account.measured_at.unix_s, balance_e5, cut_off_e5)
        self._credit[device] = state
        until_s = state.until_unix_s
        self._credit_lasts(device, None if until_s is None else replace(account.measured_at, unix_s=until_s))
        coarse_s = None if until_s is None else round(until_s / forecast.HALF_HOUR_S) * forecast.HALF_HOUR_S
        await self._keep(device, Kept(state.warned, coarse_s, cut_off_e5, balance_e5 <= cut_off_e5), warning)

    async def _known(self, device: Eui64) -> Kept:
        if device not in self._kept:
            text = await self._journal.read(lambda c: meta.get(c, _key(device)))
            self._kept[device] = Kept() if text is None else msgspec.json.decode(text, type=Kept)
        return self._kept[device]

    async def _keep(self, device: Eui64, now: Kept, warning: forecast.RunningLow | None) -> None:
        """On disk where it changed, with the warning that goes out for it."""
        if now == self._kept[device] and warning is None:
            return
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            meta.put(connection, _key(device), msgspec.json.encode(now).decode())
            if warning is not None:
                _tell(connection, at, device, warning)

        await self._journal.commit(work)
        self._kept[device] = now
        self._notify()

    async def _supply_seen(self, device: Eui64, unix_s: float, supply: SupplyState) -> None:
        if supply is SupplyState.ON and device in self._known_on:
            return
        key, at = f"interrupted {device}", self._clock.stamp()
        without_credit = (await self._known(device)).spent

        def work(connection: sqlite3.Connection) -> bool:
            since = meta.get(connection, key)
            if supply is not SupplyState.ON:
                if since is None and without_credit:
                    meta.put(connection, key, str(unix_s))
                return False
            if since is None:
                return False
            meta.drop(connection, key)
            detail = _detail(connection, device, float(since), unix_s)
            put_event(connection, at, EventName.INTERRUPTION_ENDED, device=device, detail=detail)
            return True

        if await self._journal.commit(work):
            self._notify()
        if supply is SupplyState.ON:
            self._known_on.add(device)
        else:
            self._known_on.discard(device)


def _key(device: Eui64) -> str:
    return f"credit {device}"


def _tell(connection: sqlite3.Connection, at: Stamp, device: Eui64, warning: forecast.RunningLow) -> None:
    detail: dict[str, str | int] = {
        "left_s": round(warning.left_s),
        "balance_e5": warning.balance_e5,
        "fall_e5_per_hour": warning.fall_e5_per_hour,
    }
    reason = "credit lasts only so long at the present rate: top up before the supply is interrupted"
    put_event(connection, at, EventName.CREDIT_RUNNING_LOW, device=device, reason=reason, detail=detail)


def _detail(connection: sqlite3.Connection, device: Eui64, since_s: float, until_s: float) -> dict[str, str | int]:
    begin = int(since_s) - (forecast.DAYS + 1) * forecast.DAY_S
    rows = profiles.between(connection, device, "export", begin, int(until_s))
    lost_wh = forecast.lost_export_wh(since_s, until_s, {start: wh for start, wh in rows if wh is not None})
    detail: dict[str, str | int] = {"from_unix_s": int(since_s), "to_unix_s": int(until_s)}
    return detail if lost_wh is None else detail | {"lost_export_wh": lost_wh, "method": forecast.METHOD}
