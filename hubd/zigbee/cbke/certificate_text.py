"""A device's certificate with its keys, in the text form that test-certificate services hand out.

The lines are `CA Pub Key:`, `Device Implicit Cert:`, `Private Key Reconstruction Data:` and `Device Public Key:`. The
third one's name misleads: it is the device's private key itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hubd.errors import ConfigurationError, SecurityError, WireError
from hubd.model.secret import Secret
from hubd.zigbee.cbke import certificate, ecqv, labelled_text
from hubd.zigbee.cbke.certificate import Certificate
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.curve import Curve, Point
from hubd.zigbee.cbke.suite import Suite

CA_PUBLIC: Final = "CA Pub Key"
CERTIFICATE: Final = "Device Implicit Cert"
PRIVATE: Final = "Private Key Reconstruction Data"
DEVICE_PUBLIC: Final = "Device Public Key"
LABELS: Final = (CA_PUBLIC, CERTIFICATE, PRIVATE, DEVICE_PUBLIC)


@dataclass(frozen=True, slots=True)
class CertificateText:
    """What such a text says, as far as it can be read without arithmetic. `stated_public` is not believed."""

    certificate: Certificate
    ca_public: Point
    private: Secret[int] | None
    stated_public: bytes | None

    @property
    def suite(self) -> Suite:
        """The suite, which follows from the length of the certificate."""
        return self.certificate.suite

    def public_key(self) -> bytes | None:
        """The compressed public key that the certificate stands for; None where it stands for none."""
        try:
            return self.suite.curve.compress(ecqv.public_key(self.certificate, self.ca_public))
        except (WireError, SecurityError):
            return None

    def key_matches(self) -> bool | None:
        """Whether the private key fits the certificate; None where the text has none."""
        return (
            None
            if self.private is None
            else Credentials(self.certificate, self.private, self.ca_public).key_matches()
        )

    def credentials(self, source: str) -> Credentials:
        """What a device takes part with. Raises ConfigurationError without a private key, SecurityError where
        certificate, key and authority do not belong together.
        """
        if self.private is None:
            raise ConfigurationError(f"{source}: the line {PRIVATE!r}, the device's private key, is missing")
        credentials = Credentials(self.certificate, self.private, self.ca_public)
        credentials.check()
        return credentials


def parse(text: str, source: str) -> CertificateText:
    """Read such a text. Raises ConfigurationError, naming `source`, the line's label and the cure."""
    found = labelled_text.read(text, LABELS, source)
    for label in (CERTIFICATE, CA_PUBLIC):
        if label not in found:
            raise ConfigurationError(
                f"{source}: the line {label!r} is missing. Cure: put the certificate service's whole answer there"
            )
    suite = _suite(found[CERTIFICATE], source)
    return CertificateText(
        certificate=certificate.parse(suite, found[CERTIFICATE]),
        ca_public=public_key(suite.curve, found[CA_PUBLIC], f"{source}: {CA_PUBLIC!r}"),
        private=_private(suite, found, source),
        stated_public=found.get(DEVICE_PUBLIC),
    )


def write(credentials: Credentials) -> str:
    """The four lines. The text holds the private key."""
    curve = credentials.suite.curve
    values = {
        CA_PUBLIC: curve.compress(credentials.ca_public),
        CERTIFICATE: credentials.certificate.encode(),
        PRIVATE: credentials.private.reveal().to_bytes(curve.octets, "big"),
        DEVICE_PUBLIC: curve.compress(ecqv.public_key(credentials.certificate, credentials.ca_public)),
    }
    return "".join(f"{label}: {octets.hex()}\n" for label, octets in values.items())


def public_key(curve: Curve, octets: bytes, what: str) -> Point:
    """A public key out of a text. Raises ConfigurationError, which begins with `what`."""
    try:
        return ecqv.decode_public_key(curve, octets)
    except (WireError, SecurityError) as error:
        raise ConfigurationError(f"{what} is no public key: {error}") from error


def private_key(curve: Curve, octets: bytes, what: str) -> Secret[int]:
    """A private key out of a text. Raises ConfigurationError, which begins with `what` and does not hold the key."""
    value = int.from_bytes(octets, "big")
    if len(octets) != curve.octets or not 0 < value < curve.order:
        raise ConfigurationError(f"{what} is no private key of {curve.name}: {curve.octets} octets below its order")
    return Secret(value)


def _suite(octets: bytes, source: str) -> Suite:
    for suite in Suite:
        if len(octets) == suite.certificate_octets:
            return suite
    raise ConfigurationError(
        f"{source}: the certificate after {CERTIFICATE!r} has {len(octets)} octets: suite 1 has 48, suite 2 74"
    )


def _private(suite: Suite, found: Mapping[str, bytes], source: str) -> Secret[int] | None:
    if PRIVATE not in found:
        return None
    return private_key(suite.curve, found[PRIVATE], f"{source}: {PRIVATE!r}")
