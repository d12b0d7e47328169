"""What a device needs to take part: its certificate, its private key, and the authority it believes."""

from dataclasses import dataclass

from hubd.errors import SecurityError, WireError
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke import ecqv
from hubd.zigbee.cbke.certificate import Certificate
from hubd.zigbee.cbke.curve import Point
from hubd.zigbee.cbke.suite import Suite


@dataclass(frozen=True, slots=True)
class Credentials:
    """One device's own of one suite. The authority of `certificate` is the only one it believes of others."""

    certificate: Certificate
    private: Secret[int]
    ca_public: Point

    @property
    def suite(self) -> Suite:
        """The suite they are of."""
        return self.certificate.suite

    @property
    def subject(self) -> Eui64:
        """Whose they are."""
        return self.certificate.subject

    @property
    def issuer(self) -> Eui64:
        """Of whom."""
        return self.certificate.issuer

    def check(self) -> None:
        """Raises SecurityError where they cannot work: an unsupported certificate, a private key of another one."""
        unsupported = self.certificate.unsupported()
        if unsupported is not None:
            raise SecurityError(f"the certificate of {self.subject} cannot be used: {unsupported}")
        if not self.key_matches():
            raise SecurityError(
                f"the private key does not fit the certificate of {self.subject} under this authority's key."
                " Cure: take the certificate, the private key and the authority's key from one and the same issue"
            )

    def key_matches(self) -> bool:
        """Whether the private key is the one to the certificate. Some tens of milliseconds of arithmetic."""
        try:
            public = ecqv.public_key(self.certificate, self.ca_public)
        except (WireError, SecurityError):
            return False
        return ecqv.private_key_fits(self.suite.curve, self.private, public)
