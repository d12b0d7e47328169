"""The Smart Energy profile as the hub registers it, and which of its clusters need the link key."""

from typing import Final

PROFILE_ID: Final = 0x0109
ENERGY_SERVICE_INTERFACE: Final = 0x0500
METERING_DEVICE: Final = 0x0501
"""Device ids."""
ENDPOINT: Final = 1
MIRROR_ENDPOINTS: Final = (10, 11, 12, 13)
"""Where sleeping meters report to, one each."""

BASIC: Final = 0x0000
POWER_CONFIGURATION: Final = 0x0001
IDENTIFY: Final = 0x0003
ALARMS: Final = 0x0009
TIME: Final = 0x000A
METERING: Final = 0x0702
MESSAGING: Final = 0x0703
PREPAYMENT: Final = 0x0705
CALENDAR: Final = 0x0707
KEY_ESTABLISHMENT: Final = 0x0800

SERVED: Final = (BASIC, TIME, MESSAGING, CALENDAR, KEY_ESTABLISHMENT)
"""Input clusters: what the hub answers, and Calendar, which it publishes: what a meter says to that comes in here."""
USED: Final = (METERING, PREPAYMENT, CALENDAR, KEY_ESTABLISHMENT)
"""Output clusters: what the hub asks of others."""

NETWORK_KEY_CLUSTERS: Final = frozenset({BASIC, POWER_CONFIGURATION, IDENTIFY, ALARMS, KEY_ESTABLISHMENT})
"""The only clusters of a Smart Energy endpoint that travel without APS security, whether the hub knows others or not
(Smart Energy 1.4, table 5-12, as ZBOSS quotes it). Key Establishment makes the link key and cannot need it; Basic is
read by the interview before there is one."""


def needs_link_key(cluster_id: int) -> bool:
    """Whether a frame of this cluster must be under the link key, in both directions, whoever sends it."""
    return cluster_id not in NETWORK_KEY_CLUSTERS


def is_ours(cluster_id: int) -> bool:
    """Whether frames of this cluster are taken here and not by zigpy."""
    return needs_link_key(cluster_id) or cluster_id == KEY_ESTABLISHMENT
