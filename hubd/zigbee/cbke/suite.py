"""The two cryptographic suites of the Key Establishment cluster."""

from collections.abc import Iterable
from enum import IntEnum

from hubd.zigbee.cbke.curve import Curve
from hubd.zigbee.cbke.curves import SECT163K1, SECT283K1


class Suite(IntEnum):
    """A suite by its bit in the attribute KeyEstablishmentSuite, as the commands name it."""

    ONE = 0x0001
    TWO = 0x0002

    @property
    def number(self) -> int:
        """As people count them: 1 or 2."""
        return 1 if self is Suite.ONE else 2

    @property
    def curve(self) -> Curve:
        """The curve that everything of this suite is on."""
        return SECT163K1 if self is Suite.ONE else SECT283K1

    @property
    def certificate_octets(self) -> int:
        """Octets of an implicit certificate."""
        return 48 if self is Suite.ONE else 74


def suite_of(code: int) -> Suite | None:
    """The one suite that a command names; None for one unknown, for none and for several."""
    return Suite(code) if code in set(Suite) else None


def mask(suites: Iterable[Suite]) -> int:
    """The value of the attribute KeyEstablishmentSuite (16 bits) of a device that has these."""
    return sum(set(suites))
