"""What becomes of a trial token, from the ledger or from the queue that sends it."""

import asyncio

from hubd.model.topup import Outcome
from hubd.store import top_ups
from hubd.store.journal import Journal
from hubd.utility.commissioning.events import TrialEnded
from hubd.utility.vending import Vending


async def verdict(order: str, journal: Journal, vending: Vending) -> TrialEnded:
    """Wait for the end of this order. One that the ledger does not know has ended: nobody will send its token."""
    waiting = asyncio.ensure_future(vending.final_receipt(order))
    try:
        await asyncio.sleep(0)  # it is registered now: an end from here on is heard
        row = await journal.read(lambda c: top_ups.find(c, order))
        if row is None:
            return TrialEnded(order, Outcome.REFUSED, None, f"the token of order {order} is not on the hub's disk")
        if row.outcome is not None:
            return TrialEnded(order, Outcome(row.outcome), row.top_up_value_e5, row.reason or "")
        receipt = await waiting
        return TrialEnded(order, Outcome(receipt.outcome), receipt.top_up_value_e5, receipt.reason or "")
    finally:
        waiting.cancel()
