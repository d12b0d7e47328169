"""Issuing a GB UTRN (GBCS section 14): amount and counter in clear, and a MAC that only the meter can check.

The MAC is the end of an AES-128 GMAC over originator, target, counter and amount, under a key derived for this one
token. In Great Britain the secret behind that key is agreed between the supplier's and the meter's certified keys
(ECDH on P-256); here both books simply hold it. Everything after the agreement is as published.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hubd.model.identity import Eui64, eui64_octets
from hubd.model.secret import Secret
from hubd.model.token_schemes.gb_utrn import HIGHEST_VALUE, PENCE, POUNDS, Fields, compose

SECRET_OCTETS = 32
COUNTER_LOW_BITS = 32
"""A UTRN's counter moves in the upper half of the 64-bit message counter; the lower half is 0."""
_ALGORITHM = bytes.fromhex("60857406080300")
_COUNTER_TAG = bytes.fromhex("0904")
_HEAD, _ONE = bytes.fromhex("110000000000"), bytes.fromhex("01")


@dataclass(frozen=True, slots=True)
class UtrnKey:
    """What an issuer needs to sell to one meter. `pan`: the meter's number, 6 to 21 digits (an MPAN, an MPRN).

    `secret` stands in the place of what the key agreement between `originator` (the supplier) and `target` (the
    meter) would give. Raises ValueError where one of them cannot be.
    """

    pan: str
    secret: Secret[bytes]
    originator: Eui64
    target: Eui64

    def __post_init__(self) -> None:
        if not (self.pan.isascii() and self.pan.isdigit() and 6 <= len(self.pan) <= 21):
            raise ValueError(f"{self.pan!r} is not a meter's number: 6 to 21 digits")
        if (octets := len(self.secret.reveal())) != SECRET_OCTETS:
            raise ValueError(f"the secret has {octets} octets: it is {SECRET_OCTETS} (64 hexadecimal digits)")

    @property
    def name(self) -> str:
        """What tells this key from another, in words that hold no secret."""
        return f"gb_utrn originator {self.originator}"


def value_of(pence: int) -> tuple[int, int]:
    """(value class, value) of an amount. Raises ValueError where no UTRN can carry it: beyond 81.91 it takes whole
    pounds only, up to 8191.
    """
    if 0 <= pence <= HIGHEST_VALUE:
        return PENCE, pence
    pounds, rest = divmod(pence, 100)
    if rest or not 0 <= pounds <= HIGHEST_VALUE:
        raise ValueError(
            "a UTRN carries up to 81.91 in pence, and whole pounds up to 8191. Cure: an amount whose credit fits"
        )
    return POUNDS, pounds


def issue(key: UtrnKey, pence: int, number: int) -> str:
    """20 digits. `number` counts this meter's codes from 1, and never comes twice. Raises ValueError."""
    if not 0 < number < 1 << COUNTER_LOW_BITS:
        raise ValueError("the counter of this meter's codes has run out")
    value_class, value = value_of(pence)
    blank = Fields(0, number & 0x3FF, value_class, value, 0)
    return compose(replace(blank, mac=mac(key, number, blank)))


def mac(key: UtrnKey, number: int, parts: Fields) -> int:
    """The 32 bits that prove a code to its meter."""
    originator, target = eui64_octets(key.originator), eui64_octets(key.target)
    counter = (number << COUNTER_LOW_BITS).to_bytes(8)
    other = _ALGORITHM + originator + _COUNTER_TAG + counter + target
    derived = sha256((1).to_bytes(4) + key.secret.reveal() + other).digest()[:16]
    said = _HEAD + originator + target + _ONE + counter + parts.upper.to_bytes(4)
    tag = AESGCM(derived).encrypt(originator + bytes(4), b"", said)
    return int.from_bytes(tag[-4:])
