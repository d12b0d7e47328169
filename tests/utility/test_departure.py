"""The way down: the last look decides between power-off and restart (R42)."""

from pathlib import Path

import pytest

from hubd.utility.departure import Departure


@pytest.mark.parametrize(("on", "expected"), [(False, "off"), (True, "again")], ids=["still off", "back meanwhile"])
async def test_supply_that_came_back_during_the_shutdown_makes_it_a_restart_r42(
    tmp_path: Path, on: bool, expected: str
):
    off, again = tmp_path / "off", tmp_path / "again"
    await Departure(["touch", str(off)], ["touch", str(again)], lambda: on).go()
    assert [path.name for path in (off, again) if path.exists()] == [expected]


async def test_a_machine_that_cannot_be_told_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture):
    await Departure(["false"], ["false"], lambda: False).go()
    assert "could not be told: false ended with 1" in caplog.text
