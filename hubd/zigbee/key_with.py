"""Under which key a device is spoken to."""

from dataclasses import dataclass

from hubd.model.identity import Eui64
from hubd.zigbee.established_keys import EstablishedKeys
from hubd.zigbee.own_certificates import OwnCertificates


@dataclass(frozen=True, slots=True)
class KeyWith:
    """`may_speak`: Smart Energy goes in and out. `suite` of the established key, 1 or 2; None where there is none, or
    where the key of the install code is good enough here.
    """

    may_speak: bool
    suite: int | None


@dataclass(frozen=True, slots=True)
class KeysInUse:
    """Of all devices."""

    certificates: OwnCertificates
    established: EstablishedKeys

    @property
    def are_made(self) -> bool:
        """Whether this hub makes keys with certificates: then no other is good enough."""
        return bool(self.certificates.by_suite)

    def with_device(self, device: Eui64) -> KeyWith:
        """Under which key this one is spoken to now."""
        if not self.are_made:
            return KeyWith(True, None)
        return KeyWith(device in self.established, self.established.suite_of(device))
