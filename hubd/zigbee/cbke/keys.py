"""From the shared secret to the link key, and the two codes that confirm it (Smart Energy, annex C.4.2)."""

from dataclasses import dataclass

from hubd.model.identity import Eui64, eui64_octets
from hubd.model.secret import Secret
from hubd.zigbee.cbke import aes_mmo


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an exchange as the codes name it: its address and its ephemeral point, compressed."""

    address: Eui64
    point: bytes

    @property
    def octets(self) -> bytes:
        """The address, most significant octet first."""
        return eui64_octets(self.address)


@dataclass(frozen=True, slots=True)
class AgreedKeys:
    """What both sides hold in the end. `mac_u` is the initiator's code, `mac_v` the responder's, 16 octets each."""

    mac_key: Secret[bytes]
    link_key: Secret[bytes]
    mac_u: Secret[bytes]
    mac_v: Secret[bytes]


def agreed_keys(z: Secret[bytes], initiator: Side, responder: Side) -> AgreedKeys:
    """Everything that follows from the shared secret."""
    mac_key, link_key = _derive(z, 1), _derive(z, 2)
    u, v = initiator, responder
    mac_u = aes_mmo.hmac(mac_key, b"\x02" + u.octets + v.octets + u.point + v.point)
    mac_v = aes_mmo.hmac(mac_key, b"\x03" + v.octets + u.octets + v.point + u.point)
    return AgreedKeys(Secret(mac_key), Secret(link_key), Secret(mac_u), Secret(mac_v))


def _derive(z: Secret[bytes], counter: int) -> bytes:
    return aes_mmo.digest(z.reveal() + counter.to_bytes(4, "big"))
