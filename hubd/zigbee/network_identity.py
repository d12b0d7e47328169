"""Which network this hub formed, on which radio: kept on disk, so that the radio alone never decides it.

A radio whose memory was lost, or another radio in its place, would otherwise be given a fresh network in silence, and
every meter of the house would be gone. zigpy, left to itself, does that or worse (it restores an old backup).
The file holds no key.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hubd.errors import SecurityError, StoreError
from hubd.model.identity import Eui64


@dataclass(frozen=True, slots=True)
class NetworkIdentity:
    """A network is its extended PAN id; the coordinator's address is part of it (trust centre of all link keys)."""

    coordinator: Eui64
    extended_pan_id: str


def load(path: Path) -> NetworkIdentity | None:
    """What was formed before; None where nothing ever was. Raises StoreError for a file that cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=NetworkIdentity)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(
            f"{path}: cannot be read: {error}. Cure: restore it; it names the network of this hub"
        ) from None


def save(path: Path, identity: NetworkIdentity) -> None:
    """Write it durably, 0600; a power cut leaves the old file or the new one."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, msgspec.json.encode(identity))
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def require_same(remembered: NetworkIdentity, found: NetworkIdentity) -> None:
    """Raises SecurityError where the radio or its network is not the one remembered."""
    if found.coordinator != remembered.coordinator:
        raise SecurityError(
            f"another radio: {found.coordinator} stands where {remembered.coordinator} was."
            " Cure: put the old radio back, or migrate the network"
        )
    if found.extended_pan_id != remembered.extended_pan_id:
        raise SecurityError(
            f"the radio holds network {found.extended_pan_id}, this hub's is {remembered.extended_pan_id}."
            " Cure: put this hub's radio back"
        )
