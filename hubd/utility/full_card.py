"""A card that is full or failing: what needs it stands still, what can do without goes on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hubd.errors import StoreError, first_of
from hubd.store import meta
from hubd.store.journal import Journal

log = logging.getLogger(__name__)

TRY_EVERY_S = 10.0
STANDS_STILL = "nothing can be written: meters and orders stand still. Cure: see that the card has room and is sound"


async def stand_still_on_a_full_card(
    work: Callable[[], Awaitable[None]], stands_still: Callable[[], None], write: Callable[[], Awaitable[None]]
) -> None:
    """Run `work`, which needs the card. Where it ends because nothing can be written, say that it `stands_still`,
    try to `write` until that succeeds, and then raise its StoreError: the daemon starts anew from what is on disk,
    the one way to go on that is known to be good. Any other end of `work` is passed on.
    """
    try:
        await work()
    except* StoreError as full:
        log.error("meters and orders stand still; supply and WAN go on: %s", first_of(full))
        stands_still()
        await _until_written(write)
        raise


async def _until_written(write: Callable[[], Awaitable[None]]) -> None:
    """Twice, so that who else waits for the card has had a turn."""
    successes = 0
    while successes < 2:
        await asyncio.sleep(TRY_EVERY_S)
        try:
            await write()
        except StoreError as error:
            log.debug("still not written: %s", error)
            successes = 0
        else:
            successes += 1


async def try_card(journal: Journal) -> None:
    """Write anything, to see whether the card takes it. Raises StoreError where it does not."""
    at_s = str(asyncio.get_running_loop().time())
    await journal.commit(lambda c: meta.put(c, "card_tried", at_s))
