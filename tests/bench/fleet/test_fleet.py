"""The fleet in its short form: `make fleet` is the long one (R44, R5)."""

import pytest

from hubd.bench.fleet.run import Wanted, run
from hubd.bench.fleet.story import story_of

SPEED = 30.0
"""A second of a busy machine is half a minute of the story: within what time all are listed is for `make fleet`."""


@pytest.mark.process
async def test_a_small_fleet_loses_nothing_and_everyone_still_off_is_listed_r44() -> None:
    """Real broker, TLS, head-end; a lock-out, its return, and faults that stay under it, 30 times as fast."""
    figures = await run(Wanted(hubs=200, tls=True, speed=SPEED, processes=2), lambda line: None)
    faults = [fault for fault in figures.faults() if not fault.startswith("listed ")]
    assert not faults, figures
    assert figures.storm.alerts > 200
    assert figures.still_off.asked >= figures.still_off.truly_off / 2
    assert len(figures.still_off.nested_incidents) > 3
    assert figures.connections > figures.hubs, "some went dark and came back"


def test_the_story_has_nested_faults_of_every_size_and_hubs_that_keep_their_supply_r44() -> None:
    tale = story_of(10_000)
    assert len(tale.places) == 10_400
    assert {len(node) for node in tale.staying_off} == {2, 3, 4}
    assert 500 < len(tale.off_at_the_end()) < 2_000
    assert len(tale.on_throughout()) > 300
