"""Readings that were ordered on the hub itself, of meters that may sleep: each is done when its meter is awake."""

import logging

from hubd.errors import LinkError, NoRoomError
from hubd.model.identity import Eui64
from hubd.store.sleepers import LetterRow
from hubd.utility.errands import Errands
from hubd.utility.metering import Metering
from hubd.utility.receipts import LOCAL

log = logging.getLogger(__name__)


class OrderedReadings:
    """Nobody waits for them: the values go the way of all readings."""

    def __init__(self, errands: Errands, metering: Metering) -> None:
        self._errands = errands
        self._metering = metering

    def take_up(self, letter: LetterRow) -> None:
        """One that was ordered before the last end; orders of the WAN begin by themselves."""
        if letter.name.startswith(LOCAL):
            self.read_later(letter.device, letter.name)

    def read_later(self, device: Eui64, name: str) -> None:
        """Begin to wait for the meter. Raises StoreError while the card is full."""
        self._errands.start(self._read_at_its_wake(device, name), f"read {device}")

    async def _read_at_its_wake(self, device: Eui64, name: str) -> None:
        try:
            await self._metering.read_in_turn(device, name)
        except (LinkError, NoRoomError) as error:
            log.info("%s was not read: %s", device, error)
