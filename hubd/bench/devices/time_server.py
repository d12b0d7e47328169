"""The Time cluster (0x000A) as a meter serves it: its own clock, for whoever wants to compare it."""

from collections.abc import Callable

from hubd.bench.devices.zcl import Attribute, Cluster, DataType

TIME = 0x000A


def time_cluster(own_zigbee_time: Callable[[], int]) -> Cluster:
    """The server. The status says that the clock is nobody's master."""
    return Cluster(
        TIME,
        attributes=(
            Attribute(0x0000, DataType.UTC, own_zigbee_time),
            Attribute(0x0001, DataType.MAP8, lambda: 0x00),
        ),
        secured=True,
    )
