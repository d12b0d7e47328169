"""A certificate authority for benches: found one, keep it as text, issue certificates."""

from dataclasses import dataclass
from typing import Final

from hubd.errors import ConfigurationError, SecurityError
from hubd.model.identity import Eui64, eui64_octets, parse_eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke import certificate_text, ecqv, labelled_text
from hubd.zigbee.cbke.certificate import Certificate, Suite1Certificate, Suite2Certificate
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.curve import Point
from hubd.zigbee.cbke.suite import Suite

_ISSUER: Final = "CA Issuer"
_PRIVATE: Final = "CA Private Key"
_PROFILE_DATA: Final = bytes.fromhex("0109") + bytes(8)
"""Suite 1: the Smart Energy profile, and nothing else said."""
SERIAL_OCTETS: Final = 8


@dataclass(frozen=True, slots=True)
class Authority:
    """Who issues. Whoever holds `private` makes devices that every hub believes which believes this authority."""

    suite: Suite
    issuer: Eui64
    private: Secret[int]
    public: Point

    def issue(self, subject: Eui64, now_unix_s: int, random: bytes) -> Credentials:
        """A device's certificate and private key. `random` is `random_octets_to_issue` octets from a good source."""
        serial, rest = random[:SERIAL_OCTETS], random[SERIAL_OCTETS:]
        certificate: Certificate
        if self.suite is Suite.ONE:
            certificate, private = ecqv.issue(
                Suite1Certificate(b"", subject, self.issuer, _PROFILE_DATA), self.private, rest
            )
        else:
            certificate, private = ecqv.issue(
                Suite2Certificate(b"", subject, self.issuer, serial, now_unix_s), self.private, rest
            )
        credentials = Credentials(certificate, private, self.public)
        credentials.check()
        return credentials

    @property
    def random_octets_to_issue(self) -> int:
        """For a serial number and a number on the curve."""
        return SERIAL_OCTETS + ecqv.random_octets(self.suite.curve)


def found(suite: Suite, issuer: Eui64, random: bytes) -> Authority:
    """A new authority, from `ecqv.random_octets` octets of a good source."""
    private = ecqv.random_scalar(suite.curve, random)
    public = suite.curve.multiply(private.reveal(), suite.curve.generator)
    if public is None:  # cannot be: the number is below the order
        raise SecurityError("an authority's key at infinity")
    return Authority(suite, issuer, private, public)


def write(authority: Authority) -> str:
    """The authority as text, with its private key."""
    curve = authority.suite.curve
    values = {
        _ISSUER: eui64_octets(authority.issuer),
        certificate_text.CA_PUBLIC: curve.compress(authority.public),
        _PRIVATE: authority.private.reveal().to_bytes(curve.octets, "big"),
    }
    return "".join(f"{label}: {octets.hex()}\n" for label, octets in values.items())


def parse(suite: Suite, text: str, source: str) -> Authority:
    """Read it back. Raises ConfigurationError where a line is missing or the two keys are not a pair."""
    labels = (_ISSUER, certificate_text.CA_PUBLIC, _PRIVATE)
    told = labelled_text.read(text, labels, source)
    for label in labels:
        if label not in told:
            raise ConfigurationError(f"{source}: the line {label!r} is missing")
    if len(told[_ISSUER]) != 8:
        raise ConfigurationError(f"{source}: {_ISSUER!r} is not 8 octets")
    public = certificate_text.public_key(suite.curve, told[labels[1]], f"{source}: {labels[1]!r}")
    private = certificate_text.private_key(suite.curve, told[_PRIVATE], f"{source}: {_PRIVATE!r}")
    if not ecqv.private_key_fits(suite.curve, private, public):
        raise ConfigurationError(f"{source}: the authority's two keys are not a pair. Cure: take it from a backup")
    return Authority(suite, parse_eui64(told[_ISSUER].hex()), private, public)
