"""Implicit certificates: 48 octets in suite 1, 74 in suite 2. Neither holds a signature or the public key itself: the
key follows from the certificate and the authority's key (see `ecqv`).

Numbers stand most significant octet first, addresses too. Layouts: Smart Energy, annex C.4 (suite 1), C.5 (suite 2).
"""

from dataclasses import dataclass
from typing import Final

from hubd.errors import WireError
from hubd.model.identity import Eui64, eui64_octets, parse_eui64
from hubd.zigbee.cbke.suite import Suite

NO_EXPIRY: Final = 0xFFFFFFFF
_TYPE_IMPLICIT: Final = 0x00
_CURVE_SECT283K1: Final = 0x0D
_HASH_AES_MMO: Final = 0x08
_KEY_AGREEMENT: Final = 0x08


@dataclass(frozen=True, slots=True)
class Suite1Certificate:
    """Suite 1. `profile_data`: 10 octets of the application, beginning with the profile (0109)."""

    reconstruction_point: bytes
    subject: Eui64
    issuer: Eui64
    profile_data: bytes

    @property
    def suite(self) -> Suite:
        """The suite it belongs to."""
        return Suite.ONE

    def encode(self) -> bytes:
        """The 48 octets."""
        return self.reconstruction_point + eui64_octets(self.subject) + eui64_octets(self.issuer) + self.profile_data

    def unsupported(self) -> str | None:
        """Nothing in this form can be unsupported."""
        return None


@dataclass(frozen=True, slots=True)
class Suite2Certificate:
    """Suite 2. `valid_from_unix_s` is 5 octets, `valid_for_s` 4 (NO_EXPIRY: for ever); carried, not judged."""

    reconstruction_point: bytes
    subject: Eui64
    issuer: Eui64
    serial: bytes
    valid_from_unix_s: int
    valid_for_s: int = NO_EXPIRY
    key_usage: int = _KEY_AGREEMENT
    type_code: int = _TYPE_IMPLICIT
    curve_code: int = _CURVE_SECT283K1
    hash_code: int = _HASH_AES_MMO

    @property
    def suite(self) -> Suite:
        """The suite it belongs to."""
        return Suite.TWO

    def encode(self) -> bytes:
        """The 74 octets."""
        return (
            bytes((self.type_code,))
            + self.serial
            + bytes((self.curve_code, self.hash_code))
            + eui64_octets(self.issuer)
            + self.valid_from_unix_s.to_bytes(5, "big")
            + self.valid_for_s.to_bytes(4, "big")
            + eui64_octets(self.subject)
            + bytes((self.key_usage,))
            + self.reconstruction_point
        )

    def unsupported(self) -> str | None:
        """What makes it one that cannot be used for key establishment here; None if nothing does."""
        if self.type_code != _TYPE_IMPLICIT:
            return f"certificate type 0x{self.type_code:02X}, which is not an implicit certificate"
        if self.curve_code != _CURVE_SECT283K1:
            return f"curve 0x{self.curve_code:02X}, which is not sect283k1"
        if self.hash_code != _HASH_AES_MMO:
            return f"hash 0x{self.hash_code:02X}, which is not AES-MMO"
        if not self.key_usage & _KEY_AGREEMENT:
            return f"key usage 0x{self.key_usage:02X}, which does not allow key agreement"
        return None


Certificate = Suite1Certificate | Suite2Certificate


def parse(suite: Suite, octets: bytes) -> Certificate:
    """The fields of a certificate, as they stand. Raises WireError for a wrong length."""
    if len(octets) != suite.certificate_octets:
        raise WireError(
            f"a certificate of suite {suite.number} has {suite.certificate_octets} octets, not {len(octets)}"
        )
    return _parse_1(octets) if suite is Suite.ONE else _parse_2(octets)


def _parse_1(octets: bytes) -> Suite1Certificate:
    return Suite1Certificate(octets[:22], _address(octets[22:30]), _address(octets[30:38]), octets[38:])


def _parse_2(octets: bytes) -> Suite2Certificate:
    return Suite2Certificate(
        reconstruction_point=octets[37:],
        subject=_address(octets[28:36]),
        issuer=_address(octets[11:19]),
        serial=octets[1:9],
        valid_from_unix_s=int.from_bytes(octets[19:24], "big"),
        valid_for_s=int.from_bytes(octets[24:28], "big"),
        key_usage=octets[36],
        type_code=octets[0],
        curve_code=octets[9],
        hash_code=octets[10],
    )


def _address(octets: bytes) -> Eui64:
    return parse_eui64(octets.hex())
