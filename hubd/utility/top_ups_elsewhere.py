"""Top-ups that reached a meter without the hub: keyed in at the meter, or at a display on the utility HAN (R32).

A balance that rose since it was last seen is the sign. Then the meter's own list is read, and whatever in it did
not come through the hub is told once, with its source and the meter's time: in an event, which waits for the WAN.
A token that the hub is still carrying counts as the hub's; entered by hand it ends as a duplicate.
"""

import asyncio
import logging
import sqlite3

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.topup import MeterTopUp, PrepaymentState
from hubd.store import top_ups_elsewhere
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_event
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

THROUGH_A_HUB = "energy_service_interface"
"""This hub, or one before it: told of by receipts."""


class TopUpsElsewhere:
    """Looks at every meter once after its start, and whenever a balance has risen."""

    def __init__(self, journal: Journal, network: SmartEnergyNetwork, clock: HubClock, notify: Notify) -> None:
        self._journal = journal
        self._network = network
        self._clock = clock
        self._notify = notify
        self._balances_e5: dict[Eui64, int] = {}
        self._to_look: asyncio.Queue[Eui64] = asyncio.Queue()

    def seen(self, device: Eui64, prepayment: PrepaymentState) -> None:
        """A meter told its account."""
        if prepayment.balance_e5 is None:
            return
        before = self._balances_e5.get(device)
        self._balances_e5[device] = prepayment.balance_e5
        if before is None or prepayment.balance_e5 > before:
            self._to_look.put_nowait(device)

    async def run(self) -> None:
        """Look where there may be something to see, for ever."""
        while True:
            device = await self._to_look.get()
            try:
                await self.look(device)
            except LinkError as error:
                self._balances_e5.pop(device, None)  # the next account makes it look again
                log.debug("%s does not tell its top-ups: %s", device, error)

    async def look(self, device: Eui64) -> None:
        """Read the meter's list, and tell of what is new in it. Raises LinkError."""
        found = await self._network.read_top_ups(device)
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> bool:
            by_hand = [one for one in found if one.source != THROUGH_A_HUB]
            new = [one for one in by_hand if not top_ups_elsewhere.is_known(connection, device, one.code)]
            for one in new:
                top_ups_elsewhere.add(connection, device, one.code)
                put_event(connection, at, EventName.TOP_UP_ELSEWHERE, device=device, detail=_detail(one))
            return bool(new)

        if await self._journal.commit(work):
            self._notify()


def _detail(top_up: MeterTopUp) -> dict[str, str | int]:
    return {
        "source": top_up.source,
        "at_unix_s": top_up.unix_s,
        "amount_e5": top_up.amount_e5,
        "token_ends": top_up.code.reveal()[-4:],
    }
