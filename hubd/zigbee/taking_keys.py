"""An established key on its way into the radio and onto the disk, and whether both still hold it.

The order is the point: first the radio, then the disk, and only then may the partner be told that all is well. So a
hub that dies in between has promised nothing, and what radio and disk disagree about is found at the next start.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from hubd.errors import LinkError, StoreError
from hubd.model.han import HanEvent, KeyEstablishmentFailed, KeyInDoubt
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke.exchange import Established
from hubd.zigbee.established_keys import EstablishedKeys
from hubd.zigbee.radio_link_keys import NotHeld

log = logging.getLogger(__name__)


class KeyStore(Protocol):
    """The radio's own: `SmartEnergyApplication` while it is up."""

    async def take_link_key(self, device: Eui64, key: Secret[bytes]) -> None:
        """Use this key for the device from now on. Raises LinkError."""

    async def link_key_held(self, device: Eui64) -> Secret[bytes] | NotHeld:
        """The key in use for the device, where the radio tells."""


class TakingKeys:
    """`keys` is the disk's side."""

    def __init__(self, keys: EstablishedKeys, tell: Callable[[HanEvent], None]) -> None:
        self._keys = keys
        self._tell = tell

    async def look_over(self, radio: KeyStore) -> None:
        """Strike each key that the radio does not hold. Raises StoreError."""
        for device in self._keys.all():
            await self._look_at(radio, device)

    async def take(self, radio: KeyStore, made: Established) -> bool:
        """Whether the key is in the radio and on disk; where it is not, that is told. A key that stood before is
        struck where nobody can rely on it any more.
        """
        try:
            await radio.take_link_key(made.partner, made.link_key)
        except LinkError as error:
            self._tell(KeyEstablishmentFailed(made.partner, str(error)))
            if made.partner in self._keys:
                await self._look_at(radio, made.partner)
            return False
        self._keys.add(made.partner, made.suite.number, made.link_key)
        try:
            await self._keys.save()
        except StoreError as error:
            self._keys.strike(made.partner)
            self._tell(KeyEstablishmentFailed(made.partner, str(error)))
            return False
        return True

    async def _look_at(self, radio: KeyStore, device: Eui64) -> None:
        if (why := self._keys.why_not(device, await radio.link_key_held(device))) is not None:
            log.warning("%s: %s; one is made anew", device, why)
            self._keys.strike(device)
            await self._keys.save()
            self._tell(KeyInDoubt(device, why))
