"""What travels on the simulated air: one APS frame."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApsFrame:
    """A frame between the coordinator and one device, or between a device and its `peer`. `data` is the ZCL frame (or
    ZDO payload with its TSN, ep 0).

    `secured`: under APS security with the link key (True) or under the network key alone (False).
    """

    profile_id: int
    cluster_id: int
    src_endpoint: int
    dst_endpoint: int
    data: bytes
    secured: bool
    peer: str = ""
    """The other device (IEEE address), where it is not the coordinator: whom to, as its sender writes it, and whom
    from, as it is heard."""
