"""Whether a meter lets energy through."""

from enum import IntEnum


class SupplyState(IntEnum):
    """SupplyStatus of the Metering cluster (0x0702, attribute 0x0014)."""

    OFF = 0
    ARMED = 1
    """Off; the consumer may switch it on at the meter."""
    ON = 2
