"""The ZCL frame header."""

from dataclasses import dataclass

from hubd.errors import WireError

_CLUSTER_SPECIFIC = 0x01
_TYPE_MASK = 0x03
_MANUFACTURER_SPECIFIC = 0x04
_FROM_SERVER = 0x08
_NO_DEFAULT_RESPONSE = 0x10


@dataclass(frozen=True, slots=True)
class Header:
    """Frame control, transaction sequence number and command identifier.

    `cluster_specific`: False for a global command. `from_server`: the direction bit, server to client.
    """

    tsn: int
    command: int
    cluster_specific: bool = False
    from_server: bool = False
    no_default_response: bool = False
    manufacturer: int | None = None

    def encode(self) -> bytes:
        """The 3 or 5 octets."""
        control = (
            _CLUSTER_SPECIFIC * self.cluster_specific
            | _MANUFACTURER_SPECIFIC * (self.manufacturer is not None)
            | _FROM_SERVER * self.from_server
            | _NO_DEFAULT_RESPONSE * self.no_default_response
        )
        maker = b"" if self.manufacturer is None else self.manufacturer.to_bytes(2, "little")
        return bytes([control]) + maker + bytes([self.tsn, self.command])


def decode_header(data: bytes) -> tuple[Header, bytes]:
    """The header and the payload behind it. Raises WireError for a frame too short or of a reserved type."""
    if not data:
        raise WireError("an empty ZCL frame")
    control = data[0]
    maker_octets = 2 if control & _MANUFACTURER_SPECIFIC else 0
    if len(data) < 3 + maker_octets:
        raise WireError("a ZCL frame ends inside its header")
    if control & _TYPE_MASK > _CLUSTER_SPECIFIC:
        raise WireError("a ZCL frame of a reserved type")
    header = Header(
        tsn=data[1 + maker_octets],
        command=data[2 + maker_octets],
        cluster_specific=bool(control & _CLUSTER_SPECIFIC),
        from_server=bool(control & _FROM_SERVER),
        no_default_response=bool(control & _NO_DEFAULT_RESPONSE),
        manufacturer=int.from_bytes(data[1:3], "little") if maker_octets else None,
    )
    return header, data[3 + maker_octets :]
