"""The keys that sign commands: one Ed25519 pair a role, so that one is worth nothing in another's (R5)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hubd.configuration import read_octets
from hubd.errors import ConfigurationError, SecurityError
from hubd.headend.files import write_whole
from hubd.headend.home import Home
from hubd.model.roles import Role


@dataclass(frozen=True, slots=True, repr=False)
class RoleKey:
    """A signing key and its name, which is the header's `kid` and the claim `iss`."""

    kid: str
    role: Role
    private: Ed25519PrivateKey


def key_id(role: Role, issuer: str = "") -> str:
    """The name of a role's first key: `vend-1`; of another issuer's key: `vend-<issuer>`."""
    return f"{role}-{issuer or 1}"


def create(home: Home, issuers: Sequence[str] = ()) -> list[str]:
    """Make the role keys that are missing, one of the vending role for each further issuer too, and write the public
    file for hubs. Returns a line for each made.
    """
    done = []
    wanted = [(role, "") for role in Role] + [(Role.VENDING, issuer) for issuer in issuers]
    for role, issuer in wanted:
        path = home.role_key(role, issuer)
        if not path.exists():
            write_whole(path, _private_pem(Ed25519PrivateKey.generate()), 0o600)
            done.append(f"role-keys/{path.name}: made")
    others = [load(home, Role.VENDING, issuer) for issuer in home.issuers()]
    public = _public_toml([load(home, role) for role in Role] + others)
    if _content(home.public_role_keys) != public:
        write_whole(home.public_role_keys, public, 0o644)
        done.append("role-keys.toml: made")
    return done


def load(home: Home, role: Role, issuer: str = "") -> RoleKey:
    """The signing key of a role, or of one issuer in it. Raises SecurityError where it is missing, broken or open to
    others.
    """
    path = home.role_key(role, issuer)
    try:
        if path.stat().st_mode & 0o077:
            raise SecurityError(f"{path}: others may read this signing key. Cure: chmod 600 {path}")
        private = serialization.load_pem_private_key(read_octets(path), password=None)
    except OSError as error:
        raise SecurityError(f"{path}: cannot be read: {error.strerror}. Cure: hubctl head init") from None
    except (ValueError, TypeError):
        raise SecurityError(f"{path}: not a signing key. Cure: restore the right file") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigurationError(f"{path}: not an Ed25519 key. Cure: restore the right file")
    return RoleKey(key_id(role, issuer), role, private)


def _content(path: Path) -> bytes | None:
    try:
        return read_octets(path)
    except OSError:
        return None


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_toml(keys: list[RoleKey]) -> bytes:
    lines = ["# The keys this hub takes commands from: public halves, base64url. Written by: hubctl head init"]
    for key in keys:
        raw = key.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        lines += ["", "[[key]]", f'id = "{key.kid}"', f'role = "{key.role}"', f'public = "{text}"']
    return ("\n".join(lines) + "\n").encode()
