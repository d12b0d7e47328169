"""The journal as the ledger of the utility HAN: which radio this hub stands on, and who changed that."""

import sqlite3
from dataclasses import dataclass

import msgspec

from hubd.errors import StoreError
from hubd.store import meta
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_event
from hubd.zigbee.network_identity import NetworkIdentity

_FACT = "network_identity"
_BROUGHT_ALONG = (
    "this hub remembered no network and took over the one that the radio holds: who had the radio before may know its"
    " key. Where nobody of this hub formed it: hubctl radio form"
)


@dataclass(frozen=True, slots=True)
class Installer:
    """Who asks on the console: the name given, and the user that the kernel vouches for."""

    name: str
    uid: int


class JournalIdentity:
    """A `zigbee.network_identity.IdentityLedger`."""

    def __init__(self, journal: Journal, clock: HubClock, notify: Notify) -> None:
        self._journal = journal
        self._clock = clock
        self._notify = notify

    async def load(self) -> NetworkIdentity | None:
        """What was formed before; None where nothing ever was. Raises StoreError where the journal holds nonsense."""
        fact = await self._journal.read(lambda c: meta.get(c, _FACT))
        if fact is None:
            return None
        try:
            return msgspec.json.decode(fact, type=NetworkIdentity)
        except msgspec.DecodeError as error:
            raise StoreError(f"the journal does not say which network is this hub's: {error}") from None

    async def save(self, identity: NetworkIdentity) -> None:
        """On disk when this returns."""
        await self._journal.commit(lambda c: _put(c, identity))

    async def adopt(self, identity: NetworkIdentity) -> None:
        """Remember a network that the radio brought along, and say so to the head-end, in one transaction."""
        at = self._clock.stamp()
        detail = {"coordinator": identity.coordinator, "network": identity.extended_pan_id}

        def work(connection: sqlite3.Connection) -> None:
            _put(connection, identity)
            put_event(connection, at, EventName.RADIO_ADOPTED, reason=_BROUGHT_ALONG, detail=detail)

        await self._journal.commit(work)
        self._notify()

    async def migrate(self, bound: NetworkIdentity, found: NetworkIdentity, by: Installer) -> None:
        """Bind the hub to another radio and say so to the head-end, in one transaction. Where the radio holds the
        very network of this hub, it is resumed; else one is formed, whatever the radio holds: so too on the radio
        that is bound already, where `found` says that it is to be taken for empty.
        """
        same = found.has_network and found.extended_pan_id == bound.extended_pan_id
        identity = NetworkIdentity(found.coordinator, found.extended_pan_id if same else "")
        at = self._clock.stamp()
        detail = {
            "old": bound.coordinator,
            "new": found.coordinator,
            "by": by.name,
            "uid": by.uid,
            "network": "kept" if same else "formed anew",
        }

        def work(connection: sqlite3.Connection) -> None:
            _put(connection, identity)
            put_event(connection, at, EventName.RADIO_MIGRATED, detail=detail)

        await self._journal.commit(work)
        self._notify()


def _put(connection: sqlite3.Connection, identity: NetworkIdentity) -> None:
    meta.put(connection, _FACT, msgspec.json.encode(identity).decode())
