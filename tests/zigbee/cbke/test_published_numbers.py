"""Every number of vectors/cbke.json: Smart Energy 07-5356, annex C, and what follows from it (R12)."""

import pytest

from hubd.zigbee.cbke import aes_mmo, certificate, ecqv
from hubd.zigbee.cbke.ecmqv import shared_secret
from hubd.zigbee.cbke.keys import AgreedKeys, Side, agreed_keys

from .published import VECTORS, Published, PublishedSide

BOTH = ["initiator", "responder"]


def test_the_curve_is_the_one_named(published: Published):
    curve = published.suite.curve
    assert (curve.name, curve.cofactor) == (published.told["curve"], published.told["h"])
    assert (curve.order.bit_length() + 1) // 2 == published.told["avf_bits"]


@pytest.mark.parametrize("role", BOTH)
def test_a_certificate_and_the_authoritys_key_give_the_published_public_key(published: Published, role: str):
    side: PublishedSide = getattr(published, role)
    key = ecqv.public_key(side.certificate, published.ca_public)
    assert published.suite.curve.compress(key) == side.public


@pytest.mark.parametrize("role", BOTH)
def test_the_private_key_reconstruction_data_is_the_private_key(published: Published, role: str):
    side: PublishedSide = getattr(published, role)
    curve = published.suite.curve
    assert ecqv.private_key_fits(curve, side.private, curve.decompress(side.public))


@pytest.mark.parametrize("role", BOTH)
def test_an_ephemeral_number_gives_the_published_point(published: Published, role: str):
    side: PublishedSide = getattr(published, role)
    curve = published.suite.curve
    point = curve.multiply(side.ephemeral.private.reveal(), curve.generator)
    assert point is not None
    assert curve.compress(point) == side.ephemeral_public


@pytest.mark.parametrize("role", BOTH)
def test_a_certificate_is_read_and_written_octet_for_octet(published: Published, role: str):
    side: PublishedSide = getattr(published, role)
    octets = bytes.fromhex(published.told[role]["cert"])
    assert side.certificate.encode() == octets
    assert certificate.parse(published.suite, octets).unsupported() is None


def _keys(published: Published, own: PublishedSide, other: PublishedSide) -> tuple[bytes, AgreedKeys]:
    curve = published.suite.curve
    static = ecqv.public_key(other.certificate, published.ca_public)
    z = shared_secret(curve, own.private, own.ephemeral, static, other.ephemeral.public)
    u, v = published.initiator, published.responder
    sides = [Side(side.certificate.subject, side.ephemeral_public) for side in (u, v)]
    return z.reveal(), agreed_keys(z, *sides)


@pytest.mark.parametrize(("own", "other"), [("initiator", "responder"), ("responder", "initiator")])
def test_both_sides_come_to_the_published_secret_keys_and_codes(published: Published, own: str, other: str):
    z, keys = _keys(published, getattr(published, own), getattr(published, other))
    told = {**published.told, **published.told["computed_here"]}
    assert z == published.z
    found = {
        "mac_key": keys.mac_key,
        "key_data": keys.link_key,
        "macu": keys.mac_u,
        "macv": keys.mac_v,
    }
    compared = {name: value.reveal().hex() for name, value in found.items() if name in told}
    assert compared == {name: told[name] for name in compared}
    assert {"mac_key", "key_data"} <= set(compared)


def test_the_hash_gives_the_link_key_of_the_published_install_code():
    code = VECTORS["install_code"]
    assert aes_mmo.digest(bytes.fromhex(code["code"])).hex() == code["link_key"]


def test_the_hash_says_what_it_does_not_take():
    with pytest.raises(ValueError, match="8192 octets"):
        aes_mmo.digest(bytes(8192))
