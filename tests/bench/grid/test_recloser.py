"""Reclosers, fuses and feeders: who loses supply, and when."""

import math
from pathlib import Path

import pytest

from hubd.bench.grid.feeder import Fault, edges
from hubd.bench.grid.recloser import Recloser, run
from hubd.bench.grid.stories import STORIES, edges_of
from hubd.errors import ConfigurationError
from hubd.power.replay import replay
from hubd.power.rules import Rules
from hubd.power.sequence import Edge

HUBS = {"hub-1": "f1/s1/t1/h1", "hub-2": "f1/s2/t9/h7", "hub-3": "f2/s1/t1/h1"}


def told(own: tuple[Edge, ...]) -> list[tuple[str, int]]:
    return [(item.event, item.operations) for item in replay(own, Rules())]


def test_a_fault_that_stays_locks_the_recloser_out_after_its_last_trip() -> None:
    happens = run(Recloser(), None, None)
    assert happens.opened == (0.0, 5.1, 12.1, 19.1)
    assert happens.closed == (5.0, 10.1, 17.1)


def test_a_fault_that_clears_ends_in_supply() -> None:
    happens = run(Recloser(dead_s=(0.5, 15.0, 45.0)), 2, None)
    assert happens.opened == (0.0, 0.6)
    assert happens.closed == (0.5, 15.6)


def test_a_fuse_blows_at_the_delayed_trip_that_fast_ones_saved_it_from() -> None:
    happens = run(Recloser(), None, 1.0)
    assert happens.opened == (0.0, 5.1)
    assert happens.closed == (5.0, 10.1)
    assert happens.blew_s == pytest.approx(10.1 + 0.8)


def test_settings_that_cannot_be_are_refused() -> None:
    for settings in (
        {"dead_s": ()}, {"dead_s": (0.0,)}, {"dead_s": (math.nan,)}, {"dead_s": (5.0, math.inf)}, {"fast_s": 0.0},
        {"fast_s": math.nan}, {"delayed_s": math.inf}, {"fast_trips": 9},
    ):  # fmt: skip
        with pytest.raises(ConfigurationError):
            Recloser(**settings)  # type: ignore[arg-type]
    for wrong in ({"fuse_s": math.nan}, {"repaired_after_s": 0.0}, {"repaired_after_s": math.inf}):
        with pytest.raises(ConfigurationError, match="above 0"):
            Fault("f1", **wrong)
    with pytest.raises(ConfigurationError, match="at least 1"):
        Fault("f1", clears_after_trips=0)
    with pytest.raises(ConfigurationError, match="before the first trip"):
        run(Recloser(), None, 0.05)


@pytest.mark.parametrize("repaired_after_s", [0.5, 5.0, 5.05, 10.2, 19.1, 100.0])
def test_after_the_repair_supply_is_there_for_good_however_early_it_comes(repaired_after_s: float) -> None:
    own = edges(Recloser(), Fault("f1", repaired_after_s=repaired_after_s), HUBS)["hub-1"]
    assert [edge.at_s for edge in own] == sorted(edge.at_s for edge in own)
    assert [edge.on for edge in own] == [number % 2 == 1 for number in range(len(own))]
    assert own[-1].on
    assert own[-1].at_s <= max(repaired_after_s, 5.0)


def test_behind_the_fuse_it_stays_off_beside_it_it_has_blinked_and_another_feeder_notices_nothing() -> None:
    found = edges(Recloser(), Fault("f1/s1", fuse_s=1.0), HUBS)
    assert set(found) == {"hub-1", "hub-2"}
    assert not found["hub-1"][-1].on
    assert found["hub-2"][-1].on
    assert len(found["hub-1"]) == len(found["hub-2"]) + 1


@pytest.mark.parametrize(
    ("story", "first", "second"),
    [
        ("recloser-success", [("momentary", 3)], [("momentary", 3)]),
        ("lock-out", [("alert", 4), ("restored", 4)], [("alert", 4), ("restored", 4)]),
        ("blown-fuse", [("alert", 3), ("restored", 3)], [("momentary", 2)]),
    ],
)
def test_what_hubs_tell_of_the_canonical_stories_r41_r43(
    story: str, first: list[tuple[str, int]], second: list[tuple[str, int]]
) -> None:
    found = edges_of(story, HUBS, "hub-1")
    assert (told(found["hub-1"]), told(found["hub-2"])) == (first, second)
    assert set(STORIES) == {"recloser-success", "lock-out", "blown-fuse"}


def test_a_story_or_a_sequence_may_come_from_a_file(tmp_path: Path) -> None:
    sequence = tmp_path / "sequence.toml"
    sequence.write_text('supply = [[5, 1], ["off"]]')
    assert set(edges_of(str(sequence), HUBS, None)) == set(HUBS)
    assert set(edges_of(str(sequence), HUBS, "hub-3")) == {"hub-3"}
    story = tmp_path / "story.toml"
    story.write_text('[recloser]\ndead_s = [0.5]\n[fault]\nbelow = "f2"\n')
    assert list(edges_of(str(story), HUBS, None)) == ["hub-3"]


def test_what_cannot_be_played_is_refused_with_a_reason(tmp_path: Path) -> None:
    elsewhere = tmp_path / "story.toml"
    deep = tmp_path / "deep.toml"
    deep.write_text("supply = " + "[" * 5_000)
    elsewhere.write_text('[fault]\nbelow = "f9"\n')
    for word, on, says in (
        ("no-such-story", None, "neither a file"),
        ("lock-out", "hub-9", "no hub"),
        (str(elsewhere), None, "feeder"),
        (str(deep), None, "brackets stand too deep"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            edges_of(word, HUBS, on)
