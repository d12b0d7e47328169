"""Which messages say how the meters stand: only what was said, only what changed, discovery before it."""

from dataclasses import replace

import pytest

from hubd.consumer.home_assistant import states
from hubd.consumer.home_assistant.topics import Topics
from hubd.consumer.meter import KnownMeter, recalled, remember
from hubd.feed.frames import Frame, Link, Mains, Meter, Prepayment, Reading, Supply, TopUp, When
from hubd.model.credit_status import CreditStatus
from hubd.model.stamp import TimeTrust
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS

TOPICS = Topics("hubd", "homeassistant")
ALIAS = "electricity-1"
AT = When(1_700_000_000.75, TimeTrust.NETWORK)
METER = Meter(ALIAS, "electricity_meter", "Electricity meter", False)


def after(*frames: Frame, meter: KnownMeter | None = None) -> KnownMeter:
    meter = meter or KnownMeter(ALIAS)
    for frame in frames:
        meter = remember(meter, frame).meter
    return meter


def values(meter: KnownMeter, before: KnownMeter | None = None) -> dict[str, str]:
    """Values changed, by the last level of their topic; without announcement and availability."""
    return {
        message.topic.removeprefix(f"hubd/{ALIAS}/"): message.payload.decode()
        for message in states.changed(TOPICS, {}, before, meter)
        if not message.settles and not message.topic.endswith("availability")
    }


def test_before_the_first_reading_no_value_is_published() -> None:
    assert values(after(METER, Link(ALIAS, True))) == {"connection": "ON"}


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (Reading(ALIAS, AT, 1_234_567), {"import": "1234.567", "measured_at": "2023-11-14T22:13:20+00:00"}),
        (Reading(ALIAS, AT, 0), {"import": "0.000", "measured_at": "2023-11-14T22:13:20+00:00"}),
        (Reading(ALIAS, AT, None, None, -512), {"power": "-512", "measured_at": "2023-11-14T22:13:20+00:00"}),
        (Reading(ALIAS, AT), {}),
        (Prepayment(ALIAS, AT, "GBP", balance_e5=1_300_024), {"balance": "13.00"}),
        (Prepayment(ALIAS, AT, "GBP", balance_e5=-5_000, debt_e5=0), {"balance": "-0.05", "debt": "0.00"}),
        (Prepayment(ALIAS, AT, "GBP"), {}),
        (
            Prepayment(ALIAS, AT, "GBP", credit_status=CreditStatus.OK, low_credit_warning=False),
            {"credit_low": "OFF", "credit_status": "ok", "credit_until": "None"},
        ),
        (
            Prepayment(ALIAS, AT, "GBP", credit_status=CreditStatus.OK, low_credit_warning=True, credit_until=AT),
            {"credit_low": "ON", "credit_status": "ok", "credit_until": "2023-11-14T22:13:20+00:00"},
        ),
        (
            Prepayment(ALIAS, AT, "GBP", credit_status=CreditStatus.EMERGENCY_CREDIT_IN_USE),
            {"credit_low": "ON", "credit_status": "emergency_credit_in_use"},
        ),
        (
            TopUp(ALIAS, TopUpCase.LOCKED, AT),
            {"last_top_up": WORDS[TopUpCase.LOCKED].both, "last_top_up_at": "2023-11-14T22:13:20+00:00"},
        ),
        (Supply(ALIAS, "on", AT), {"supply": "ON", "supply_state": "on"}),
        (Supply(ALIAS, "armed", AT), {"supply": "OFF", "supply_state": "armed"}),
        (Supply(ALIAS, "off", AT), {"supply": "OFF", "supply_state": "off"}),
    ],
    ids=str,
)
def test_a_value_reads_as_home_assistant_takes_it(frame: Frame, said: dict[str, str]) -> None:
    assert values(after(frame)) == said


def test_credit_that_was_low_and_is_topped_up_is_low_no_more_r40() -> None:
    low = Prepayment(ALIAS, AT, "GBP", credit_status=CreditStatus.LOW, low_credit_warning=True, credit_until=AT)
    topped_up = Prepayment(ALIAS, AT, "GBP", credit_status=CreditStatus.OK, low_credit_warning=False)
    before = after(METER, low)
    assert values(after(topped_up, meter=before), before) == {
        "credit_low": "OFF",
        "credit_status": "ok",
        "credit_until": "None",
    }


def test_a_case_that_this_build_does_not_know_is_shown_as_unknown_not_as_an_error() -> None:
    known = replace(after(METER, TopUp(ALIAS, TopUpCase.USED, AT)), top_up="a-case-of-next-year")
    assert values(known)["last_top_up"] == "None"


def test_export_is_published_only_where_the_meter_measures_it_r19() -> None:
    assert "export" not in values(after(METER, Reading(ALIAS, AT, 1, 2)))
    with_export = Meter(ALIAS, "electricity_meter", "Electricity meter", True)
    assert values(after(with_export, Reading(ALIAS, AT, 1, 2)))["export"] == "0.002"


def test_a_time_that_nobody_vouches_for_is_shown_as_unknown() -> None:
    unsynced = Reading(ALIAS, When(12.0, TimeTrust.UNSYNCED), 1)
    assert values(after(Reading(ALIAS, AT, 1), unsynced))["measured_at"] == "None"
    vouched_for = Reading(ALIAS, When(1_700_000_000, TimeTrust.METER), 1)
    assert values(after(vouched_for))["measured_at"] == "2023-11-14T22:13:20+00:00"


def test_only_what_changed_is_published_again() -> None:
    before = after(METER, Link(ALIAS, True), Reading(ALIAS, AT, 5_000, None, 300))
    assert states.changed(TOPICS, {}, before, after(Reading(ALIAS, AT, 5_000, None, 300), meter=before)) == []
    assert values(after(Reading(ALIAS, AT, 5_001, None, 300), meter=before), before) == {"import": "5.001"}


def test_a_restart_publishes_nothing_of_what_it_only_remembers() -> None:
    """Neither a zero nor an older register than the broker retains; only that nothing is known now."""
    meter = recalled(after(METER, Link(ALIAS, True), Reading(ALIAS, AT, 5_000, None, 300), Supply(ALIAS, "on", AT)))
    said = {m.topic: m.payload for m in states.everything(TOPICS, {}, [meter]) if not m.settles}
    assert said == {
        "hubd/electricity-1/connection": b"OFF",
        "hubd/electricity-1/availability": b"offline",
        "hubd/feed": b"OFF",
        "hubd/availability": b"online",
    }


def test_everything_is_said_in_an_order_that_a_newcomer_can_follow() -> None:
    meter = after(METER, Link(ALIAS, True), Reading(ALIAS, AT, 5_000))
    topics = [message.topic for message in states.everything(TOPICS, {}, [meter])]
    assert topics[0] == "homeassistant/device/hubd/config"
    assert topics[1] == "homeassistant/device/hubd_electricity-1/config"
    assert topics[-2:] == ["hubd/feed", "hubd/availability"]
    assert len(topics) == len(set(topics))


def test_a_lost_meter_becomes_unavailable_and_its_values_stay_as_they_are() -> None:
    before = after(METER, Link(ALIAS, True), Reading(ALIAS, AT, 5_000))
    messages = states.changed(TOPICS, {}, before, after(Link(ALIAS, False), meter=before))
    assert [(m.topic, m.payload) for m in messages] == [
        ("hubd/electricity-1/connection", b"OFF"),
        ("hubd/electricity-1/availability", b"offline"),
    ]


def test_whether_the_house_has_supply_is_said_once_the_hub_has_said_so_r22() -> None:
    """Apart from whether a meter lets energy through, which is the meter's own."""
    topics = [message.topic for message in states.everything(TOPICS, {}, [], Mains("off", AT))]
    assert topics == ["homeassistant/device/hubd/config", "hubd/mains", "hubd/feed", "hubd/availability"]
    assert [states.mains(TOPICS, Mains(word, AT)).payload for word in ("off", "on")] == [b"OFF", b"ON"]
