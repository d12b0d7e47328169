"""The curves: against Debian's openssl, against affine addition, and at the points where formulae break (R12)."""

import secrets
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.errors import WireError
from hubd.zigbee.cbke.curve import Curve, Point
from hubd.zigbee.cbke.curves import SECT163K1, SECT283K1

CURVES = [pytest.param(curve, id=curve.name) for curve in (SECT163K1, SECT283K1)]
KEYS_AGAINST_OPENSSL = 200
AT_ONCE = 4
"""Processes of openssl beside our own arithmetic."""


def _openssl_lists(curve: Curve) -> bool:
    openssl = shutil.which("openssl")
    if openssl is None:
        return False
    listed = subprocess.run([openssl, "ecparam", "-list_curves"], capture_output=True, check=False, timeout=20)
    return curve.name.encode() in listed.stdout


def _public_key_by_openssl(curve: Curve, private: int) -> bytes:
    """An ECPrivateKey (RFC 5915) written by hand, and what `openssl ec -pubout` makes of it (compressed)."""
    oid = {"sect163k1": "06052b81040001", "sect283k1": "06052b81040010"}[curve.name]
    body = b"\x02\x01\x01" + b"\x04" + bytes((curve.octets,)) + private.to_bytes(curve.octets, "big")
    body += b"\xa0" + bytes((len(oid) // 2,)) + bytes.fromhex(oid)
    key = b"\x30" + bytes((len(body),)) + body
    command = ["openssl", "ec", "-inform", "DER", "-pubout", "-conv_form", "compressed", "-outform", "DER"]
    told = subprocess.run(command, input=key, capture_output=True, check=True, timeout=20).stdout
    return told[-(curve.octets + 1) :]


@pytest.mark.parametrize("curve", CURVES)
def test_random_keys_have_the_public_keys_that_openssl_gives_them(curve: Curve):
    if not _openssl_lists(curve):
        pytest.skip(f"no openssl here that has {curve.name}")
    privates = [secrets.randbelow(curve.order - 1) + 1 for _ in range(KEYS_AGAINST_OPENSSL)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = pool.map(lambda private: _public_key_by_openssl(curve, private), privates)
        for private, public in zip(privates, told, strict=True):
            point = curve.multiply(private, curve.generator)
            assert point is not None
            assert curve.compress(point) == public


@pytest.mark.parametrize("curve", CURVES)
def test_the_ladder_agrees_with_adding_one_by_one(curve: Curve):
    total: Point | None = None
    for k in range(40):
        assert curve.multiply(k, curve.generator) == total
        total = curve.add(total, curve.generator)


@pytest.mark.parametrize("curve", CURVES)
def test_around_the_order_the_ladder_comes_back_to_the_start(curve: Curve):
    g, n = curve.generator, curve.order
    assert curve.multiply(n, g) is None
    assert curve.multiply(n - 1, g) == Point(g.x, g.x ^ g.y)
    assert curve.multiply(n + 1, g) == g
    assert curve.add(g, Point(g.x, g.x ^ g.y)) is None
    assert curve.multiply(5, None) is None


@pytest.mark.parametrize("curve", CURVES)
def test_the_point_of_order_two_is_on_the_curve_and_refused(curve: Curve):
    two = Point(0, 1)
    assert curve.has(two)
    assert curve.add(two, two) is None
    assert (curve.multiply(6, two), curve.multiply(7, two)) == (None, two)
    assert not curve.generates_subgroup(two)
    with pytest.raises(WireError):
        curve.decompress(curve.compress(two))


@pytest.mark.parametrize("curve", CURVES)
def test_a_point_with_a_part_of_small_order_is_refused(curve: Curve):
    mixed = curve.add(curve.generator, Point(0, 1))
    assert mixed is not None
    assert curve.has(mixed)
    assert not curve.generates_subgroup(mixed)


def test_the_points_of_order_four_of_sect283k1_are_refused():
    """Its cofactor is 4: x = 1 doubles to x = 0."""
    four = SECT283K1.decompress(b"\x02" + (1).to_bytes(36, "big"))
    assert SECT283K1.add(four, four) == Point(0, 1)
    assert SECT283K1.multiply(4, four) is None
    assert not SECT283K1.generates_subgroup(four)


@pytest.mark.parametrize("curve", CURVES)
def test_an_x_above_the_field_is_not_a_second_name_of_a_point(curve: Curve):
    good = bytearray(curve.compress(curve.generator))
    good[1] |= 0x80
    with pytest.raises(WireError):
        curve.decompress(bytes(good))
    g = curve.generator
    assert not curve.has(Point(g.x | 1 << curve.field.degree, g.y))


@pytest.mark.parametrize("curve", CURVES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_octets_are_a_point_of_the_curve_or_refused(curve: Curve, data: st.DataObject):
    octets = data.draw(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                lambda first, x: bytes((first,)) + x.to_bytes(curve.octets, "big"),
                st.sampled_from([2, 3]),
                st.integers(0, (1 << curve.field.degree) - 1),
            ),
        )
    )
    try:
        point = curve.decompress(octets)
    except WireError:
        return
    assert curve.has(point)
    assert curve.compress(point) == octets


@pytest.mark.parametrize("curve", CURVES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_field_laws_hold(curve: Curve, data: st.DataObject):
    f = curve.field
    element = st.integers(0, (1 << f.degree) - 1)
    a, b, c = data.draw(element), data.draw(element), data.draw(element)
    assert f.multiply(a, b) == f.multiply(b, a)
    assert f.multiply(a, b ^ c) == f.multiply(a, b) ^ f.multiply(a, c)
    assert f.square(a) == f.multiply(a, a)
    if a:
        assert f.multiply(a, f.invert(a)) == 1
    z = f.solve_quadratic(f.square(b) ^ b)
    assert z in (b, b ^ 1)


def test_zero_has_no_inverse():
    with pytest.raises(ZeroDivisionError):
        SECT163K1.field.invert(0)
