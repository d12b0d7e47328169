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
TIME: Final = 0x000A
KEEP_ALIVE: Final = 0x0025
METERING: Final = 0x0702
PREPAYMENT: Final = 0x0705
KEY_ESTABLISHMENT: Final = 0x0800
METER_IDENTIFICATION: Final = 0x0B01

SERVED: Final = (BASIC, TIME, KEY_ESTABLISHMENT)
"""Input clusters: what the hub answers."""
USED: Final = (METERING, PREPAYMENT, KEY_ESTABLISHMENT)
"""Output clusters: what the hub asks of others."""

LINK_KEY_CLUSTERS: Final = frozenset({TIME, KEEP_ALIVE, *range(0x0700, 0x070B), METER_IDENTIFICATION})
"""Clusters whose frames travel under APS security with the link key, in both directions (Smart Energy profile,
security keys per cluster). Key Establishment makes that key and cannot need it; Basic and the other general
clusters, which an interview reads before there is a link key, travel under the network key."""


def needs_link_key(cluster_id: int) -> bool:
    """Whether a frame of this cluster must be under the link key, whoever sends it."""
    return cluster_id in LINK_KEY_CLUSTERS


def is_ours(cluster_id: int) -> bool:
    """Whether frames of this cluster are taken here and not by zigpy."""
    return needs_link_key(cluster_id) or cluster_id == KEY_ESTABLISHMENT
