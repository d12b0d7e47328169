"""The times that are advertised are honest (R12)."""

from dataclasses import replace

import pytest

from hubd.errors import SecurityError
from hubd.zigbee.cbke.generate_times import generate_times, measured
from hubd.zigbee.se.key_establishment import GenerateTimes

from .published import Published
from .two_sides import credentials


def test_they_are_twice_what_was_measured_in_whole_seconds():
    assert generate_times(check_s=0.2, ephemeral_s=0.4, agree_s=1.1) == GenerateTimes(ephemeral_s=2, confirm_s=3)


def test_they_are_never_nothing_and_never_more_than_the_field_holds():
    assert generate_times(0.0, 0.0, 0.0) == GenerateTimes(1, 1)
    assert generate_times(100.0, 100.0, 1_000.0) == GenerateTimes(254, 254)


def test_they_are_measured_by_doing_all_the_work_once(published: Published):
    clock = iter([100.0, 101.0, 103.0, 107.5])
    own = credentials(published, published.responder)
    assert measured(own, lambda octets: bytes(range(octets)), lambda: next(clock)) == GenerateTimes(6, 9)


def test_a_certificate_that_stands_for_no_key_is_told_before_anybody_waits_for_it(published: Published):
    own = credentials(published, published.responder)
    broken = replace(own.certificate, reconstruction_point=bytes(len(published.responder.public)))
    with pytest.raises(SecurityError):
        measured(replace(own, certificate=broken), bytes, lambda: 0.0)
