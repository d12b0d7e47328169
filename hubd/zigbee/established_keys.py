"""Which devices a key was established with: what the hub remembers. The keys themselves are in the radio alone.

The radio says of a frame only that it was under the link key it holds for the device, not how that key came about. So
this register decides: as long as a device stands here, the key in the radio is the one from its certificates. A check
value of each key is kept, so that a radio that holds another one is found out at the start.
"""

import asyncio
import hashlib
import os
from pathlib import Path

import msgspec

from hubd.errors import StoreError
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee.radio_link_keys import NotHeld


class EstablishedKey(msgspec.Struct, frozen=True):
    """One device's. `check`: the start of the key's SHA-256, in hex. It tells keys apart and gives none away."""

    suite: int
    check: str


class EstablishedKeys:
    """A file of its own (0600), or in memory alone. Changes count at once; `save` makes them last."""

    def __init__(self, path: Path | None) -> None:
        """Raises StoreError for a file that cannot be read: without it nobody knows whom to trust."""
        self._path = path
        self._keys: dict[Eui64, EstablishedKey] = _load(path) if path else {}
        self._one_at_a_time = asyncio.Lock()

    def __contains__(self, device: Eui64) -> bool:
        return device in self._keys

    def all(self) -> tuple[Eui64, ...]:
        """Every device that stands here."""
        return tuple(self._keys)

    def is_key_of(self, device: Eui64, key: Secret[bytes]) -> bool:
        """Whether this is the key that was established with the device."""
        known = self._keys.get(device)
        return known is not None and known.check == _check(key)

    def why_not(self, device: Eui64, held: Secret[bytes] | NotHeld) -> str | None:
        """What speaks against the key of a device here, given what the radio holds; None: nothing does."""
        if held is NotHeld.NONE:
            return "the radio holds no key for it"
        if isinstance(held, Secret) and not self.is_key_of(device, held):
            return "the radio holds another key for it than was established"
        return None

    def add(self, device: Eui64, suite: int, key: Secret[bytes]) -> None:
        """A key was established, and the radio holds it. `suite`: 1 or 2."""
        self._keys[device] = EstablishedKey(suite, _check(key))

    def strike(self, device: Eui64) -> bool:
        """Its key is gone, or not to be relied on. Says whether there was one."""
        return self._keys.pop(device, None) is not None

    def suite_of(self, device: Eui64) -> int | None:
        """The suite of its key, 1 or 2; None where it has no key."""
        known = self._keys.get(device)
        return None if known is None else known.suite

    async def save(self) -> None:
        """On disk when it returns. Raises StoreError where the disk does not take it."""
        async with self._one_at_a_time:
            if self._path is not None:
                await asyncio.to_thread(_replace, self._path, msgspec.json.encode(self._keys))


def _check(key: Secret[bytes]) -> str:
    return hashlib.sha256(key.reveal()).hexdigest()[:16]


def _load(path: Path) -> dict[Eui64, EstablishedKey]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[Eui64, EstablishedKey])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(
            f"{path}: cannot be read: {error}. Cure: remove it; each device then makes a new key with the hub"
        ) from None


def _replace(path: Path, octets: bytes) -> None:
    try:
        _write(path, octets)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written: {error.strerror}. Cure: make room, or see to its disk"
        ) from None


def _write(path: Path, octets: bytes) -> None:
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, octets)
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
