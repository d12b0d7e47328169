"""The heavy arithmetic, as orders for a thread: `perform(work, random)` takes some tens of milliseconds to a second.

Each order holds all it needs and its result is a value, a refusal too, so that the machine decides what is said.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hubd.errors import SecurityError, WireError
from hubd.model.secret import Secret
from hubd.zigbee.cbke import ecqv
from hubd.zigbee.cbke.certificate import Certificate
from hubd.zigbee.cbke.curve import Point
from hubd.zigbee.cbke.ecmqv import KeyPair, shared_secret
from hubd.zigbee.cbke.keys import AgreedKeys, Side, agreed_keys
from hubd.zigbee.cbke.suite import Suite


@dataclass(frozen=True, slots=True)
class CheckCertificate:
    """Find the partner's public key. Result: PartnerKey, or NotAPoint."""

    certificate: Certificate
    ca_public: Point


@dataclass(frozen=True, slots=True)
class MakeEphemeral:
    """Make a pair of keys for this exchange alone, if the partner's point (where there is one yet) is on the curve.

    Result: Ephemeral, or NotAPoint.
    """

    suite: Suite
    partner_point: bytes | None = None


@dataclass(frozen=True, slots=True)
class Agree:
    """Come to the keys. `own` and `partner` name the two sides; result: AgreedKeys, or NotAPoint."""

    suite: Suite
    static: Secret[int]
    ephemeral: KeyPair
    partner_static: Point
    own: Side
    partner: Side
    initiating: bool


Work = CheckCertificate | MakeEphemeral | Agree


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """The partner's public key, of the curve's prime order."""

    public: Point


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """A pair for one exchange; `point` is its public part, compressed."""

    pair: KeyPair
    point: bytes


@dataclass(frozen=True, slots=True)
class NotAPoint:
    """What the partner sent, or what follows from it, is not a usable point. `why` is for people."""

    why: str


Result = PartnerKey | Ephemeral | AgreedKeys | NotAPoint


def perform(work: Work, random: Callable[[int], bytes]) -> Result:
    """Do it, in a thread. `random(n)` gives n octets from a good source (`secrets.token_bytes`)."""
    try:
        match work:
            case CheckCertificate(certificate, ca_public):
                return PartnerKey(ecqv.public_key(certificate, ca_public))
            case MakeEphemeral(suite, partner_point):
                return _make_ephemeral(suite, partner_point, random)
            case Agree():
                return _agree(work)
    except (WireError, SecurityError) as error:
        return NotAPoint(str(error))


def _make_ephemeral(suite: Suite, partner_point: bytes | None, random: Callable[[int], bytes]) -> Ephemeral:
    curve = suite.curve
    if partner_point is not None:
        curve.decompress(partner_point)
    private = ecqv.random_scalar(curve, random(ecqv.random_octets(curve)))
    public = curve.multiply(private.reveal(), curve.generator)
    if public is None:  # cannot be: the number is below the order
        raise SecurityError("an ephemeral key at infinity")
    return Ephemeral(KeyPair(private, public), curve.compress(public))


def _agree(work: Agree) -> AgreedKeys:
    curve = work.suite.curve
    point = ecqv.decode_public_key(curve, work.partner.point)
    z = shared_secret(curve, work.static, work.ephemeral, work.partner_static, point)
    sides = (work.own, work.partner) if work.initiating else (work.partner, work.own)
    return agreed_keys(z, *sides)
