"""Implicit certificates of Elliptic Curve Qu-Vanstone (SEC 4): issue one, find the public key that one stands for.

An implicit certificate is not signed. Anything may be read out of a false one, but nobody knows the private key to
what comes out: that shows when the keys are confirmed, not before.
"""

from dataclasses import replace
from typing import TypeVar

from hubd.errors import SecurityError
from hubd.model.secret import Secret
from hubd.zigbee.cbke import aes_mmo
from hubd.zigbee.cbke.certificate import Certificate, Suite1Certificate, Suite2Certificate
from hubd.zigbee.cbke.curve import Curve, Point

C = TypeVar("C", Suite1Certificate, Suite2Certificate)


def public_key(certificate: Certificate, ca_public: Point) -> Point:
    """e * reconstruction point + the authority's key, e being the hash of the certificate.

    Raises WireError where the reconstruction point is none, SecurityError where what comes out is not a point of the
    curve's prime order.
    """
    curve = certificate.suite.curve
    basis = curve.decompress(certificate.reconstruction_point)
    key = curve.add(curve.multiply(_hash(certificate), basis), ca_public)
    if key is None or not curve.generates_subgroup(key):
        raise SecurityError("the certificate stands for a point that is no public key")
    return key


def private_key_of_certificate(certificate: Certificate, k: int, ca_private: Secret[int]) -> Secret[int]:
    """The private key to `public_key`, for whoever chose k and holds the authority's key."""
    return Secret((_hash(certificate) * k + ca_private.reveal()) % certificate.suite.curve.order)


def issue(template: C, ca_private: Secret[int], random: bytes) -> tuple[C, Secret[int]]:
    """The template with a reconstruction point of its own, and its private key.

    `random`: octets from a good source, `random_octets` of them. The authority knows the private key it issues;
    so do the services that hand out test certificates.
    """
    curve = template.suite.curve
    k = random_scalar(curve, random)
    basis = curve.multiply(k.reveal(), curve.generator)
    if basis is None:  # cannot be: 0 < k < order
        raise SecurityError("a random number of zero")
    certificate = replace(template, reconstruction_point=curve.compress(basis))
    return certificate, private_key_of_certificate(certificate, k.reveal(), ca_private)


def private_key_fits(curve: Curve, private: Secret[int], public: Point) -> bool:
    """Whether the two are a pair."""
    return 0 < private.reveal() < curve.order and curve.multiply(private.reveal(), curve.generator) == public


def random_octets(curve: Curve) -> int:
    """How many random octets `random_scalar` wants: 8 more than a private key has, so that no number is favoured."""
    return curve.octets + 8


def random_scalar(curve: Curve, random: bytes) -> Secret[int]:
    """A number of 1 to order - 1. Raises ValueError for too few octets."""
    if len(random) < random_octets(curve):
        raise ValueError(f"{len(random)} random octets: {random_octets(curve)} are needed on {curve.name}")
    return Secret(int.from_bytes(random, "big") % (curve.order - 1) + 1)


def decode_public_key(curve: Curve, octets: bytes) -> Point:
    """A compressed public key. Raises WireError for no point, SecurityError for one outside the prime order group."""
    point = curve.decompress(octets)
    if not curve.generates_subgroup(point):
        raise SecurityError(f"a point of {curve.name} that is not of its prime order")
    return point


def _hash(certificate: Certificate) -> int:
    return int.from_bytes(aes_mmo.digest(certificate.encode()), "big")
