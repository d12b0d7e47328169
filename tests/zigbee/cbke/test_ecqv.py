"""Implicit certificates at their edges (R12, R13)."""

from dataclasses import replace

import pytest

from hubd.errors import SecurityError, WireError
from hubd.model.secret import Secret
from hubd.zigbee.cbke import aes_mmo, ecqv
from hubd.zigbee.cbke.curve import Point
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.cbke.work import CheckCertificate, NotAPoint, perform

from .published import Published, published_exchange


def test_a_certificate_that_leads_out_of_the_prime_order_group_is_refused():
    """The point of order two hides in the reconstruction point, and the hash is odd: it stays in the key."""
    published = published_exchange(Suite.ONE)
    curve, good = published.suite.curve, published.initiator.certificate
    mixed = curve.add(curve.decompress(good.reconstruction_point), Point(0, 1))
    assert mixed is not None
    candidates = (
        replace(good, reconstruction_point=curve.compress(mixed), profile_data=bytes((*range(9), n)))
        for n in range(100)
    )
    certificate = next(each for each in candidates if aes_mmo.digest(each.encode())[-1] & 1)
    with pytest.raises(SecurityError, match="no public key"):
        ecqv.public_key(certificate, published.ca_public)
    assert isinstance(perform(CheckCertificate(certificate, published.ca_public), bytes), NotAPoint)


def test_a_certificate_whose_point_is_none_is_refused(published: Published):
    octets = published.suite.curve.octets + 1
    certificate = replace(published.initiator.certificate, reconstruction_point=bytes(octets))
    with pytest.raises(WireError):
        ecqv.public_key(certificate, published.ca_public)


@pytest.mark.parametrize("suite", list(Suite))
def test_a_random_number_is_never_zero_and_always_below_the_order(suite: Suite):
    curve = suite.curve
    octets = ecqv.random_octets(curve)
    for value in (0, curve.order - 2, curve.order - 1, curve.order, (1 << 8 * octets) - 1):
        scalar = ecqv.random_scalar(curve, value.to_bytes(octets, "big")).reveal()
        assert scalar == value % (curve.order - 1) + 1
        assert 0 < scalar < curve.order


@pytest.mark.parametrize("suite", list(Suite))
def test_no_number_outside_its_range_is_a_private_key(suite: Suite):
    curve = suite.curve
    for value in (0, curve.order, curve.order + 1):
        assert not ecqv.private_key_fits(curve, Secret(value), curve.generator)
    assert ecqv.private_key_fits(curve, Secret(1), curve.generator)
