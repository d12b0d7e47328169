"""What is in the capacitor is reckoned on from what was known last."""

import pytest

from hubd.power import charge
from hubd.power.energy import Capacitor

BANK = Capacitor(50.0)


def test_under_load_it_follows_the_model_and_never_below_its_end():
    begun = charge.Charge(BANK.full_v, 100.0)
    after = charge.passed(begun, BANK, 2.0, 5.0, 130.0)
    assert after.inside_v == pytest.approx(BANK.voltage_after(2.0, 5.0, 30.0))
    assert charge.passed(begun, BANK, 2.0, 5.0, 10_000.0).inside_v >= BANK.end_v(2.0) - 1e-6


def test_on_supply_it_charges_up_to_full():
    low = charge.Charge(3.0, 0.0)
    half = charge.passed(low, BANK, 0.0, 5.0, 10.0)
    assert 3.0 < half.inside_v < BANK.full_v
    assert charge.passed(low, BANK, 0.0, 5.0, 1_000.0).inside_v == BANK.full_v


def test_a_measured_voltage_counts_the_drop_over_the_resistance():
    assert charge.measured(BANK, 4.0, 2.0, 0.0).inside_v > 4.0
    assert charge.measured(BANK, 4.0, 0.0, 0.0).inside_v == 4.0
    assert charge.measured(BANK, 0.0, 2.0, 0.0).inside_v == 0.0


def test_a_moment_that_lies_before_the_last_changes_nothing():
    begun = charge.Charge(BANK.full_v, 10.0)
    assert charge.passed(begun, BANK, 2.0, 5.0, 9.0) == begun


def test_a_start_in_the_same_life_of_the_machine_reckons_on_from_what_was_written_down_r42():
    held = charge.Held(charge.Charge(4.7, 100.0), 1.5)
    assert charge.found(held, BANK, 5.0, 110.0).inside_v == pytest.approx(BANK.voltage_after(1.5, 4.7, 10.0))
    charging = charge.Held(charge.Charge(3.0, 100.0), 0.0)
    assert 3.0 < charge.found(charging, BANK, 5.0, 110.0).inside_v < BANK.full_v


def test_a_start_after_the_machine_was_down_begins_at_the_cut_off_r42():
    assert charge.found(None, BANK, 5.0, 110.0) == charge.Charge(BANK.cutoff_v, 110.0)
