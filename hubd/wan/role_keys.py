"""The public keys whose commands a hub obeys: a TOML list, one role a key."""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hubd.configuration import load_toml
from hubd.errors import ConfigurationError
from hubd.model.roles import Role

_RAW_KEY_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class KeyEntry:
    """`[[key]]` in the file."""

    id: str
    role: str
    public: str
    """The raw Ed25519 key, base64url."""


@dataclass(frozen=True)
class KeyFile:
    """The whole file."""

    key: tuple[KeyEntry, ...]


@dataclass(frozen=True, slots=True)
class RoleKey:
    """A key that may sign, and the one role it may sign for."""

    kid: str
    role: Role
    public: Ed25519PublicKey


RoleKeys = dict[str, RoleKey]
"""By key id."""


def load(path: Path) -> RoleKeys:
    """Read the file. Raises ConfigurationError that names the entry and what is wrong with it."""
    keys: RoleKeys = {}
    for entry in load_toml(path, KeyFile).key:
        if not _ID.fullmatch(entry.id):
            raise ConfigurationError(f"{path}: key {entry.id!r}: an id is 1 to 64 letters, digits, dots, dashes or _")
        if entry.id in keys:
            raise ConfigurationError(f"{path}: key {entry.id} stands there twice: a key has one role")
        if entry.role not in list(Role):
            raise ConfigurationError(f"{path}: key {entry.id}: unknown role {entry.role}; known: {', '.join(Role)}")
        public = _public(path, entry)
        if (twin := next((kid for kid, key in keys.items() if key.public == public), None)) is not None:
            raise ConfigurationError(f"{path}: key {entry.id}: the same public key as {twin}: a key has one role")
        keys[entry.id] = RoleKey(entry.id, Role(entry.role), public)
    if not keys:
        raise ConfigurationError(f"{path}: no key in it: nobody could order anything. Cure: copy the head-end's file")
    return keys


def _public(path: Path, entry: KeyEntry) -> Ed25519PublicKey:
    try:
        raw = base64.urlsafe_b64decode(entry.public + "=" * (-len(entry.public) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _RAW_KEY_BYTES:
        raise ConfigurationError(f"{path}: key {entry.id}: public is not a raw Ed25519 key of 32 octets in base64url")
    return Ed25519PublicKey.from_public_bytes(raw)
