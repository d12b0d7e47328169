"""Which network this hub formed, on which radio: remembered by the hub, so that the radio alone never decides it.

A radio whose memory was lost, or another radio in its place, would otherwise be given a fresh network in silence, and
every meter of the house would be gone. zigpy, left to itself, does that or worse (it restores an old backup).
What is remembered holds no key.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from hubd.errors import SecurityError
from hubd.model.identity import Eui64


@dataclass(frozen=True, slots=True)
class NetworkIdentity:
    """A network is its extended PAN id; the coordinator's address is part of it (trust centre of all link keys).

    With "" for an extended PAN id: of a radio, that it holds no network; of the hub, that it was told to form a new
    one on this radio and has not yet.
    """

    coordinator: Eui64
    extended_pan_id: str

    @property
    def has_network(self) -> bool:
        """There is one."""
        return bool(self.extended_pan_id)


class IdentityLedger(Protocol):
    """Where the hub remembers it."""

    async def load(self) -> NetworkIdentity | None:
        """What was formed before; None where nothing ever was. Raises StoreError."""

    async def save(self, identity: NetworkIdentity) -> None:
        """Remember it: on disk when this returns. Raises StoreError."""

    async def adopt(self, identity: NetworkIdentity) -> None:
        """Remember a network that somebody else formed, and see that it is known: others may hold its key. On disk
        when this returns. Raises StoreError.
        """


class Unwritten:
    """A ledger that lasts as long as its object: for trying things out."""

    def __init__(self) -> None:
        self._identity: NetworkIdentity | None = None
        self.adopted: list[NetworkIdentity] = []

    async def load(self) -> NetworkIdentity | None:
        """See IdentityLedger."""
        return self._identity

    async def save(self, identity: NetworkIdentity) -> None:
        """See IdentityLedger."""
        self._identity = identity

    async def adopt(self, identity: NetworkIdentity) -> None:
        """See IdentityLedger."""
        self._identity = identity
        self.adopted.append(identity)


class ForeignRadioError(SecurityError):
    """The radio is not the one this hub's network stands on, or does not hold that network any more."""

    def __init__(self, bound: NetworkIdentity, found: NetworkIdentity, words: str) -> None:
        super().__init__(words)
        self.bound = bound
        self.found = found


class Step(Enum):
    """What to do with a radio that was just connected."""

    RESUME = "resume"
    ADOPT = "resume, and remember"
    FORM = "form, and remember"


def next_step(remembered: NetworkIdentity | None, found: NetworkIdentity, *, has_devices: bool) -> Step:
    """The rule. `has_devices`: the hub knows devices of an earlier network. Raises ForeignRadioError where the radio
    and the hub disagree.
    """
    if remembered is None:
        if found.has_network:
            return Step.ADOPT
        if has_devices:
            raise ForeignRadioError(found, found, f"{_NO_NETWORK}: it lost its memory, or is another one. {_CURE}")
        return Step.FORM
    if found.coordinator != remembered.coordinator:
        words = f"another radio: {found.coordinator} stands where {remembered.coordinator} was. {_CURE}"
        raise ForeignRadioError(remembered, found, words)
    if not remembered.has_network:
        return Step.FORM
    if found == remembered:
        return Step.RESUME
    if not found.has_network:
        raise ForeignRadioError(remembered, found, f"{_NO_NETWORK}: it lost its memory. {_CURE}")
    words = f"the radio holds network {found.extended_pan_id}, this hub's is {remembered.extended_pan_id}. {_CURE}"
    raise ForeignRadioError(remembered, found, words)


_NO_NETWORK = "the radio holds no network, but this hub has one"
_CURE = "Cure: put this hub's radio back, or migrate to the one that is there (hubctl radio migrate)"
