"""`hubd doctor` on the pins of the supply."""

from pathlib import Path

import pytest

from hubd.cli.doctor_supply import supply
from hubd.power.mains_pin import FACTORY_VARIABLE
from hubd.utility.supply_config import SupplyTable

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
