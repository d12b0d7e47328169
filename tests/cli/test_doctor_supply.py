"""`hubd doctor` on the pins of the supply."""

from pathlib import Path

import pytest

from hubd.cli.doctor_supply import shedding, supply
from hubd.power.mains_pin import FACTORY_VARIABLE
from hubd.utility.supply_config import CapacitorTable, ShedTable, SupplyTable

TABLE = SupplyTable(mains_pin=17)


def test_a_hub_that_does_not_sense_its_supply_is_told_so():
    finding = supply(None)
    assert finding.good
    assert "not sensed" in finding.found


def test_pins_of_a_bench_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(FACTORY_VARIABLE, "mock")
    finding = supply(TABLE)
    assert finding.good
    assert "mock" in finding.found


def test_what_is_missing_for_real_pins_comes_with_its_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv(FACTORY_VARIABLE, "lgpio")
    monkeypatch.setitem(__import__("sys").modules, "lgpio", object())
    assert "no " in supply(TABLE, tmp_path).found
    assert supply(TABLE, tmp_path).cure
    (tmp_path / "gpiochip0").touch()
    assert supply(TABLE, tmp_path).good
    monkeypatch.setitem(__import__("sys").modules, "lgpio", None)
    finding = supply(TABLE, tmp_path)
    assert not finding.good
    assert "hubd[pi]" in finding.cure


def test_a_hub_that_sheds_nothing_is_told_so_with_the_cure_and_it_is_bad_where_it_lives_on_a_capacitor():
    capacitor = CapacitorTable(capacitance_f=75, riding_w=3, shed_w=1.5, sending_w=3.5, shutdown_w=2)
    for table, good in ((TABLE, True), (SupplyTable(mains_pin=17, capacitor=capacitor), False)):
        finding = shedding(table)
        assert finding.good is good
        assert "nothing is shed" in finding.found
        assert "consumer_stop" in finding.cure


def test_what_is_shed_is_named_and_must_be_started_again():
    stop, start = ["systemctl", "stop", "hubd-consumer"], ["systemctl", "start", "hubd-consumer"]
    whole = SupplyTable(mains_pin=17, shed=ShedTable(consumer_stop=stop, consumer_start=start, governor="powersave"))
    assert shedding(whole).found == "the consumer daemon, the CPU governor"
    assert not shedding(SupplyTable(mains_pin=17, shed=ShedTable(consumer_stop=stop))).good
