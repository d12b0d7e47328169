"""All meters of the feed: silence is noticed, memory is bounded, a falling register is warned of once."""

import pytest

from hubd.consumer.meter import KnownMeter
from hubd.consumer.meters import MOST_METERS, SILENT_AFTER_S, Meters
from hubd.feed.frames import Link, Reading, When
from hubd.model.stamp import TimeTrust

AT = When(1_700_000_000, TimeTrust.NETWORK)


class Watched:
    """Meters with a clock that is turned by hand, and what they told."""

    def __init__(self, *known: KnownMeter) -> None:
        self.now_s = 0.0
        self.told: list[tuple[KnownMeter | None, KnownMeter]] = []
        self.meters = Meters(known, lambda before, after: self.told.append((before, after)), lambda: self.now_s)


def test_only_a_change_is_told() -> None:
    watched = Watched()
    for _ in range(3):
        watched.meters.take(Link("electricity-1", True))
    [(before, after)] = watched.told
    assert before is None
    assert after.available


def test_a_meter_that_the_feed_no_longer_tells_of_falls_silent_once() -> None:
    watched = Watched()
    watched.meters.take(Link("electricity-1", True))
    watched.now_s = SILENT_AFTER_S
    watched.meters.take(Link("gas-1", True))
    watched.meters.pass_time()
    assert len(watched.told) == 2
    watched.now_s += 1
    watched.meters.pass_time()
    watched.meters.pass_time()
    assert len(watched.told) == 3
    assert [meter.silent for meter in watched.meters.all()] == [True, False]
    watched.meters.take(Link("electricity-1", True))
    assert all(meter.available for meter in watched.meters.all())


def test_a_remembered_meter_is_silent_until_it_is_told_of() -> None:
    watched = Watched(KnownMeter("electricity-1", silent=False, reachable=True))
    [meter] = watched.meters.all()
    assert not meter.available
    watched.meters.pass_time()
    assert watched.told == []


def test_more_meters_than_any_house_has_are_not_kept() -> None:
    watched = Watched()
    for number in range(1, 1_000):
        watched.meters.take(Link(f"electricity-{number}", True))
    assert len(watched.meters.all()) == MOST_METERS
    assert watched.meters.refused == 999 - MOST_METERS


def test_a_falling_register_is_counted_and_warned_of_once_without_its_value(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    watched.meters.take(Reading("electricity-1", AT, 987_654))
    for wh in (5, 0, 4):
        watched.meters.take(Reading("electricity-1", AT, wh))
    assert watched.meters.refused == 3
    assert len(watched.told) == 1
    assert caplog.text.count("WARNING") == 1
    assert "987" not in caplog.text
