"""The secret that two sides share after exchanging ephemeral points (ECMQV, SEC 1, clause 6.2)."""

from dataclasses import dataclass

from hubd.errors import SecurityError
from hubd.model.secret import Secret
from hubd.zigbee.cbke.curve import Curve, Point


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private number and its point."""

    private: Secret[int]
    public: Point


def shared_secret(
    curve: Curve, static: Secret[int], ephemeral: KeyPair, partner_static: Point, partner_ephemeral: Point
) -> Secret[bytes]:
    """Z: x of h * s * (ephemeral of the partner + its associate value * static of the partner).

    Both points of the partner have been checked to be of prime order. Raises SecurityError where Z is at infinity.
    """
    own = ephemeral.private.reveal() + _associate_value(curve, ephemeral.public) * static.reveal()
    weighted = curve.multiply(_associate_value(curve, partner_ephemeral), partner_static)
    together = curve.add(partner_ephemeral, weighted)
    z = curve.multiply(curve.cofactor * (own % curve.order), together)
    if z is None:
        raise SecurityError("the shared secret is the point at infinity")
    return Secret(z.x.to_bytes(curve.octets, "big"))


def _associate_value(curve: Curve, p: Point) -> int:
    half = (curve.order.bit_length() + 1) // 2
    return p.x % (1 << half) | 1 << half
