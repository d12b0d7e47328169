"""The times that are advertised are honest (R12)."""

from hubd.zigbee.cbke.generate_times import generate_times
from hubd.zigbee.se.key_establishment import GenerateTimes


def test_they_are_twice_what_was_measured_in_whole_seconds():
    assert generate_times(check_s=0.2, ephemeral_s=0.4, agree_s=1.1) == GenerateTimes(ephemeral_s=2, confirm_s=3)


def test_they_are_never_nothing_and_never_more_than_the_field_holds():
    assert generate_times(0.0, 0.0, 0.0) == GenerateTimes(1, 1)
    assert generate_times(100.0, 100.0, 1_000.0) == GenerateTimes(254, 254)
