"""The ZCL frame: header and payload (Zigbee Cluster Library, general frame format)."""

from dataclasses import dataclass

from hubd.errors import WireError

_CLUSTER_COMMAND = 0x01
_FRAME_TYPE = 0x03
_MANUFACTURER = 0x04
_TO_CLIENT = 0x08
_NO_DEFAULT_RESPONSE = 0x10


@dataclass(frozen=True, slots=True)
class ZclFrame:
    """One ZCL frame. `cluster_command`: the command is the cluster's own, otherwise it is a general one.

    `to_client`: from the server of the cluster to its client.
    """

    tsn: int
    command_id: int
    payload: bytes
    cluster_command: bool
    to_client: bool
    wants_default_response: bool = False
    manufacturer: int | None = None

    def encode(self) -> bytes:
        """The frame in bytes."""
        control = (
            (_CLUSTER_COMMAND if self.cluster_command else 0)
            | (_MANUFACTURER if self.manufacturer is not None else 0)
            | (_TO_CLIENT if self.to_client else 0)
            | (0 if self.wants_default_response else _NO_DEFAULT_RESPONSE)
        )
        manufacturer = b"" if self.manufacturer is None else self.manufacturer.to_bytes(2, "little")
        return bytes((control,)) + manufacturer + bytes((self.tsn, self.command_id)) + self.payload


def decode(data: bytes) -> ZclFrame:
    """The frame in `data`. Raises WireError for a header that is cut short or of a reserved frame type."""
    control = data[0] if data else _FRAME_TYPE
    if control & _FRAME_TYPE > _CLUSTER_COMMAND:
        raise WireError("a ZCL frame of a reserved type")
    start = 3 if control & _MANUFACTURER else 1
    if len(data) < start + 2:
        raise WireError("a ZCL frame without a whole header")
    return ZclFrame(
        tsn=data[start],
        command_id=data[start + 1],
        payload=bytes(data[start + 2 :]),
        cluster_command=bool(control & _CLUSTER_COMMAND),
        to_client=bool(control & _TO_CLIENT),
        wants_default_response=not control & _NO_DEFAULT_RESPONSE,
        manufacturer=int.from_bytes(data[1:3], "little") if control & _MANUFACTURER else None,
    )
