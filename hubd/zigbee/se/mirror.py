"""The mirror of a sleeping meter (Metering, 0x0702): what the meter asks of the hub, and how the hub answers.

The commands run against the usual direction: the meter, the cluster's server, asks; the hub, its client, answers.
Each report of a mirrored meter is answered with notification flags, of which the hub uses one: stay awake.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from hubd.errors import WireError
from hubd.zigbee.zcl.frame import ZclFrame


class FromMeter(IntEnum):
    """Commands of the server about its mirror."""

    REQUEST_MIRROR = 0x01
    REMOVE_MIRROR = 0x02
    CONFIGURE_MIRROR = 0x08


class ToMeter(IntEnum):
    """Commands to the server about its mirror."""

    REQUEST_MIRROR_RESPONSE = 0x01
    MIRROR_REMOVED = 0x02
    MIRROR_REPORT_ATTRIBUTE_RESPONSE = 0x09


class FunctionalNotificationFlags(IntFlag):
    """The bits that the hub sets."""

    STAY_AWAKE_REQUEST_HAN = 0x0000_0010


FUNCTIONAL_FLAGS_ONLY: Final = 0x01
"""Predefined Notification Scheme A: the answer holds one bitmap, the FunctionalNotificationFlags."""
FIRST_FIVE_BITMAPS: Final = 0x02
"""Predefined Notification Scheme B: that bitmap, and those of four clusters that the hub has nothing to say of."""
_BITMAPS: Final = {FUNCTIONAL_FLAGS_ONLY: 1, FIRST_FIVE_BITMAPS: 5}
NO_MIRROR: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class MirrorConfiguration:
    """Configure Mirror: how often the meter reports, whether it wants to be told what waits, and in which form."""

    reports_every_s: int
    wants_notifications: bool
    scheme: int

    @property
    def understood(self) -> bool:
        """The hub can tell this meter what waits."""
        return self.wants_notifications and self.scheme in _BITMAPS


def parse_configure_mirror(payload: bytes) -> MirrorConfiguration:
    """Configure Mirror: issuer event id, interval, whether, scheme; exactly 9 octets, or WireError."""
    if len(payload) != 9:
        raise WireError("a Configure Mirror that is not 9 octets")
    return MirrorConfiguration(int.from_bytes(payload[4:7], "little"), payload[7] == 1, payload[8])


def request_mirror_response(tsn: int, endpoint: int | None) -> ZclFrame:
    """Where the mirror is; None: there is none to be had."""
    where = NO_MIRROR if endpoint is None else endpoint
    return ZclFrame(tsn, ToMeter.REQUEST_MIRROR_RESPONSE, where.to_bytes(2, "little"), True, False)


def mirror_removed(tsn: int, endpoint: int) -> ZclFrame:
    """Mirror Removed."""
    return ZclFrame(tsn, ToMeter.MIRROR_REMOVED, endpoint.to_bytes(2, "little"), True, False)


def mirror_report_attribute_response(tsn: int, scheme: int, stay_awake: bool) -> ZclFrame:
    """The answer to a report, in the scheme that the meter asked for."""
    flags = FunctionalNotificationFlags.STAY_AWAKE_REQUEST_HAN if stay_awake else FunctionalNotificationFlags(0)
    bitmaps = int(flags).to_bytes(4, "little") + bytes(4 * (_BITMAPS[scheme] - 1))
    return ZclFrame(tsn, ToMeter.MIRROR_REPORT_ATTRIBUTE_RESPONSE, bytes((scheme,)) + bitmaps, True, False)
