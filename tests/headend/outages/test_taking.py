"""What messages say of supply, in the book: late, double and out of order (R44, R45)."""

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from hubd.headend import book
from hubd.headend.book_tables import STEPS
from hubd.headend.inbound import Arrived
from hubd.headend.outages import keeping, tables, taking
from hubd.headend.outages.evidence import DEFAULT_RULES, Heard, LossKind
from hubd.model.lane import Lane
from hubd.model.stamp import TimeTrust
from hubd.wan.messages import EventBody, ReadingBody, Status, Up, When
from hubd.wan.supply_messages import (
    AlertDetail,
    Began,
    OutageAlertBody,
    OutageMomentaryBody,
    OutageRestoredBody,
)

T0 = 1_795_348_800.0
HUB = "hub-0001"
UNSYNCED = TimeTrust.UNSYNCED


@pytest.fixture
def opened() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    book.prepare(connection)
    with contextlib.closing(connection):
        yield connection


def when(unix_s: float, trust: TimeTrust = TimeTrust.NETWORK) -> When:
    return When(unix_s, trust)


def arrived(body: msgspec.Struct, at: When, hub: str = HUB) -> Arrived:
    return Arrived(Up(1, hub, "0a1b2c3d", Lane.ALARM, 1, "outage_alert", at, msgspec.to_builtins(body)), body, None)


def alert(
    at_s: float = T0 + 77, off_for_s: float = 60.0, trust: TimeTrust = TimeTrust.NETWORK, **other: Any
) -> Arrived:
    began = when(at_s - 77, trust)
    body = OutageAlertBody(
        outage="0a1b2c3d-1", claim=other.pop("claim", "alert"), began=Began(began, began), off_for_s=off_for_s,
        since_first_s=77.0, operations=4, attempt=1, hub_class="service",
        topology=other.pop("topology", "F1/S1/T1/h1"), **other,
    )  # fmt: skip
    return arrived(body, when(at_s, trust), other.get("hub", HUB))


def restored(ended_s: float = T0 + 600, **other: Any) -> Arrived:
    began = when(T0)
    body = OutageRestoredBody(
        outage="0a1b2c3d-1", began=Began(began, began), ended=when(ended_s), operations=4, alert_sent=True,
        duration="3_min_or_more", hub_class="service", lasted_s=ended_s - T0, **other,
    )  # fmt: skip
    return arrived(body, when(ended_s + 60))


def test_an_alert_is_a_loss_with_its_true_beginning_r44(opened: sqlite3.Connection) -> None:
    assert taking.take(opened, alert(), T0 + 78)
    (loss,) = tables.standing_losses(opened)
    assert (loss.began_s, loss.since_s, loss.told_s, loss.operations) == (T0, T0 + 17, T0 + 78, 4)
    assert tables.load_network(opened).places == {HUB: ("F1", "S1", "T1", "h1")}


def test_where_the_hubs_clock_is_not_to_be_trusted_time_is_reckoned_back_from_ours_r44(
    opened: sqlite3.Connection,
) -> None:
    taking.take(opened, alert(at_s=12345.0, trust=UNSYNCED), T0 + 80)
    (loss,) = tables.standing_losses(opened)
    assert (loss.began_s, loss.since_s) == (T0 + 3, T0 + 20)


def test_alert_repeat_and_restoration_in_any_order_and_number_give_the_same_loss_r44() -> None:
    told = [alert(), alert(at_s=T0 + 80, off_for_s=63.0, claim="provisional"), restored(), restored()]
    seen = set()
    for order in itertools.permutations(told):
        connection = sqlite3.connect(":memory:", isolation_level=None)
        book.prepare(connection)
        with contextlib.closing(connection):
            for message in order:
                taking.take(connection, message, T0 + 700)
            (row,) = connection.execute("SELECT * FROM losses").fetchall()
            values = dict(row)
            seen.add((values["began_unix_s"], values["operations"], values["ended_unix_s"]))
    assert seen == {(T0, 4, T0 + 600)}


def test_the_alert_of_a_hub_at_a_transformer_is_kept_with_its_detail_r45(opened: sqlite3.Connection) -> None:
    detail = AlertDetail([[0.0, 5.0], [5.1]], lasts_s=90.0, capacitor_v=4.2, supply_pu=0.98)
    taking.take(opened, alert(topology="F1/S1/T1", detail=detail), T0 + 78)
    kept = opened.execute("SELECT detail FROM losses").fetchone()[0]
    assert msgspec.json.decode(kept, type=AlertDetail) == detail


def test_one_word_after_an_alert_does_not_end_it_and_a_minute_of_words_does_r44(opened: sqlite3.Connection) -> None:
    """A hub that has light for some seconds may say that it is online; its outage goes on."""
    taking.take(opened, alert(), T0 + 78)
    status = Status(1, HUB, "online", at=when(T0 + 300), supply="on")
    taking.take_status(opened, status, T0 + 300, retained=False)
    assert tables.standing_losses(opened)[0].ended_s is None
    taking.take_status(opened, msgspec.structs.replace(status, at=when(T0 + 361)), T0 + 361, retained=False)
    assert tables.standing_losses(opened)[0].ended_s == T0 + 300


def test_a_hub_that_says_it_lives_on_its_capacitor_proves_nothing_r44(opened: sqlite3.Connection) -> None:
    taking.take_status(opened, Status(1, HUB, "online", at=when(T0), supply="off"), T0, retained=False)
    assert tables.load_heard(opened) == {}
    taking.take(opened, arrived(EventBody(name="started"), when(T0)), T0)
    assert tables.load_heard(opened) == {HUB: Heard(T0 - taking.HOLD_S)}


def test_a_reading_of_a_mains_meter_proves_supply_at_its_moment_and_another_does_not_r44(
    opened: sqlite3.Connection,
) -> None:
    taking.take(opened, arrived(ReadingBody("gas", when(T0), import_wh=5), when(T0)), T0 + 1)
    assert tables.load_heard(opened)[HUB].on_s == T0 - taking.HOLD_S
    taking.take(opened, arrived(ReadingBody("electricity", when(T0), power_w=200), when(T0)), T0 + 1)
    assert tables.load_heard(opened)[HUB].on_s == T0


def test_a_retained_last_will_is_not_a_new_loss_of_contact_r44(opened: sqlite3.Connection) -> None:
    will = Status(1, HUB, "offline")
    taking.take_status(opened, will, T0, retained=False)
    taking.take_status(opened, will, T0 + 9_000, retained=True)
    assert tables.load_heard(opened)[HUB].lost_s == T0


def test_the_file_of_the_network_stands_above_what_hubs_say_r44(opened: sqlite3.Connection) -> None:
    tables.import_places(opened, {HUB: ("F9", "S9", "T9", "h9")})
    tables.learn_place(opened, HUB, "F1/S1/T1/h1")
    tables.learn_place(opened, "hub-0002", "F1/S1/T1/h2")
    tables.learn_place(opened, "hub-0003", "nonsense")
    assert set(tables.load_network(opened).places) == {HUB, "hub-0002"}
    assert tables.load_network(opened).places[HUB] == ("F9", "S9", "T9", "h9")
    done = tables.import_places(opened, {"hub-0004": ("F9", "S9", "T9", "h4")})
    assert (done.hubs, done.added, done.removed) == (1, 1, 1)


def test_a_momentary_event_is_counted_once_and_is_no_outage_r41(opened: sqlite3.Connection) -> None:
    began = when(T0)
    body = OutageMomentaryBody("0a1b2c3d-9", Began(began, began), 3, "service", lasted_s=15.2)
    for _ in range(2):
        assert not taking.take(opened, arrived(body, when(T0 + 75.2)), T0 + 76)
    rows = [tuple(row) for row in opened.execute("SELECT * FROM momentaries")]
    assert rows == [(HUB, "0a1b2c3d-9", T0, 3)]
    assert not tables.standing_losses(opened)


def test_incidents_outlive_the_program_and_those_who_may_be_off_are_asked_once_r44(
    opened: sqlite3.Connection,
) -> None:
    """Everything is read from the book at each step, as by a program that has just started."""
    places = {f"hub-{n}": ("F1", "S1", "T1", f"h{n}") for n in range(4)}
    tables.import_places(opened, places)
    for hub in places:
        message = alert()
        up = msgspec.structs.replace(message.up, hub=hub)
        taking.take(opened, Arrived(up, message.body, None), T0 + 78)
    kept = keeping.bring_up(opened, T0 + 130, DEFAULT_RULES)
    assert [(i.number, i.node, i.whole) for i in kept.changed] == [(1, ("F1", "S1", "T1"), True)]
    assert not keeping.bring_up(opened, T0 + 131, DEFAULT_RULES).changed
    for hub in ("hub-0", "hub-1"):
        message = restored()
        taking.take(opened, Arrived(msgspec.structs.replace(message.up, hub=hub), message.body, None), T0 + 661)
    assert keeping.bring_up(opened, T0 + 662, DEFAULT_RULES).due_s == T0 + 790 + 1
    assert keeping.bring_up(opened, T0 + 800, DEFAULT_RULES).asked == 2
    assert keeping.bring_up(opened, T0 + 810, DEFAULT_RULES).asked == 0
    asked = [row["hub"] for row in opened.execute("SELECT hub FROM orders WHERE cmd = 'status' ORDER BY hub")]
    assert asked == ["hub-2", "hub-3"]
    keeping.bring_up(opened, T0 + 840, DEFAULT_RULES)
    standing = [i for i in tables.recent_incidents(opened, 0.0) if not i.over]
    assert [(i.node, i.whole, i.parent) for i in standing] == [(("F1", "S1", "T1"), False, 1)]
    assert {loss.kind for loss in tables.standing_losses(opened)} == {LossKind.ALERT}


def test_a_book_of_the_first_version_is_brought_up() -> None:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as old:
        for statement in STEPS[0].split(";"):
            old.execute(statement)
        old.execute("PRAGMA user_version=1")
        book.prepare(old)
        assert not tables.standing_losses(old)
