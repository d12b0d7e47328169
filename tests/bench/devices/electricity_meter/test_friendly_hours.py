"""Friendly hours of the virtual electricity meter, by its frames: R34."""

import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from hubd.bench.devices.electricity_meter import ElectricityMeter
from hubd.bench.devices.zcl import Header
from hubd.bench.devices.zcl.header import decode_header

CALENDAR, METERING = 0x0707, 0x0702
SUCCESS, INVALID_FIELD, NOT_FOUND, MALFORMED, UNSUPPORTED = 0x00, 0x85, 0x8B, 0x80, 0x81
DAY_S, HOUR_S = 86_400.0, 3_600.0
MakeAir = Callable[..., Any]
NEVER, ALWAYS, NIGHTS = "0000 00", "0000 01", "0000 01 e001 00 3804 01"
"""Nights: until 08:00 and from 18:00 on."""


def whose(event: int) -> str:
    number = event.to_bytes(4, "little").hex()
    return f"00000000 {number} {number}"


def parts(event: int, *days: str, week: str = "01" * 7) -> list[tuple[int, str]]:
    """A calendar of these day profiles, in its usual order; by default the first holds on each day."""
    told = [
        (1, f"{whose(event)} {n:02x} {len(bytes.fromhex(day)) // 3:02x} 00 01 03 {day}")
        for n, day in enumerate(days, start=1)
    ]
    return [
        (0, f"{whose(event)} 00000000 03 00 00 01 01 {len(days):02x}"),
        *told,
        (2, f"{whose(event)} 01 {week}"),
        (3, f"{whose(event)} 00 01 ff 01 01 ff 01"),
    ]


def tell(air: Any, command: int, payload: str) -> int:
    """Send one part as the hub does; the status of the Default Response."""
    answers = air.send(CALENDAR, Header(9, command, cluster_specific=True, from_server=True), bytes.fromhex(payload))
    header, body = decode_header(answers[0].data)
    assert (header.tsn, header.command, header.cluster_specific, header.from_server) == (9, 0x0B, False, False)
    assert answers[0].secured
    assert body[0] == command
    return body[1]


def publish(air: Any, told: Iterable[tuple[int, str]]) -> set[int]:
    return {tell(air, command, payload) for command, payload in told}


def supply(air: Any) -> str:
    """As the meter sees it now; its clock is moved to now first."""
    air.read(METERING, 0x0000)
    return str(air.meter.view()["supply"])


def friendly(air: Any) -> bool:
    air.read(METERING, 0x0000)
    return bool(air.meter.view()["friendly_now"])


def test_a_calendar_takes_effect_with_its_last_part_and_in_no_order_of_parts_before(air: MakeAir) -> None:
    for order in itertools.permutations(parts(7, ALWAYS, NEVER, week="01020202020202")[1:]):
        it = air()
        assert tell(it, *parts(7, ALWAYS, NEVER)[0]) == SUCCESS
        for command, payload in order:
            assert it.meter.view()["friendly_hours"] is None
            assert tell(it, command, payload) == SUCCESS
        seen = it.meter.view()["friendly_hours"]
        assert (seen["mon"], seen["tue"], seen["sun"]) == ("00:00-24:00", "none", "none")


def test_half_a_new_week_leaves_the_old_one_in_force(air: MakeAir) -> None:
    it = air()
    assert publish(it, parts(7, NIGHTS)) == {SUCCESS}
    before = it.meter.view()["friendly_hours"]
    for command, payload in parts(8, NEVER)[:-1]:
        assert tell(it, command, payload) == SUCCESS
        assert it.meter.view()["friendly_hours"] == before
    assert publish(it, parts(9, ALWAYS)) == {SUCCESS}, "a new order begins anew"
    assert it.meter.view()["friendly_hours"]["wed"] == "00:00-24:00"


def test_what_comes_again_changes_nothing_and_what_is_older_is_refused(air: MakeAir) -> None:
    it = air()
    publish(it, parts(7, NIGHTS))
    assert publish(it, parts(7, NIGHTS)) == {SUCCESS}
    assert publish(it, parts(7, NEVER)) == {SUCCESS}
    assert it.meter.view()["friendly_hours"]["mon"] == "00:00-08:00 18:00-24:00"
    assert tell(it, *parts(6, NEVER)[0]) == INVALID_FIELD
    assert {tell(it, *part) for part in parts(6, NEVER)[1:]} == {NOT_FOUND}
    tell(it, *parts(8, NEVER)[0])
    assert publish(it, parts(7, NIGHTS)[1:]) == {SUCCESS}, "of the one in force, late"
    assert tell(it, *parts(7, NIGHTS)[0]) == INVALID_FIELD


@pytest.mark.parametrize(
    ("command", "payload", "status"),
    [
        (0, f"{whose(7)} 01000000 03 00 00 01 01 01", INVALID_FIELD),
        (0, f"{whose(7)} 00000000 00 00 00 01 01 01", INVALID_FIELD),
        (0, f"{whose(7)} 00000000 03 02 00 01 01 01", INVALID_FIELD),
        (0, f"{whose(7)} 00000000 03 00 00 02 01 01", INVALID_FIELD),
        (0, f"{whose(7)} 00000000 03 00 00 01 02 01", INVALID_FIELD),
        (0, f"{whose(7)} 00000000 03 00 00 01 01 00", INVALID_FIELD),
        (0, f"{whose(7)} 00000000 03 00 00 01 01 08", INVALID_FIELD),
        (0, f"{whose(7)} 00000000 03 00 09 4162 01 01 01", MALFORMED),
        (0, f"{whose(7)} 00000000 03 00 00 01 01 01 00", MALFORMED),
        (1, f"{whose(6)} 03 01 00 01 03 {ALWAYS}", INVALID_FIELD),
        (1, f"{whose(6)} 01 01 00 02 03 {ALWAYS}", INVALID_FIELD),
        (1, f"{whose(6)} 01 01 00 01 00 {ALWAYS}", INVALID_FIELD),
        (1, f"{whose(6)} 01 00 00 01 03", INVALID_FIELD),
        (1, f"{whose(6)} 01 01 00 01 03 0100 01", INVALID_FIELD),
        (1, f"{whose(6)} 01 02 00 01 03 0000 01 0000 00", INVALID_FIELD),
        (1, f"{whose(6)} 01 02 00 01 03 0000 01 a005 00", INVALID_FIELD),
        (1, f"{whose(6)} 01 02 00 01 03 {ALWAYS}", MALFORMED),
        (2, f"{whose(6)} 02 01010101010101", INVALID_FIELD),
        (2, f"{whose(6)} 01 01010101010103", INVALID_FIELD),
        (3, f"{whose(6)} 00 01 ff 01 01 ff 02", INVALID_FIELD),
        (3, f"{whose(6)} 00 02 ff 01 01 ff 01", INVALID_FIELD),
        (4, whose(6), UNSUPPORTED),
    ],
)
def test_what_the_meter_cannot_keep_is_refused(command: int, payload: str, status: int, air: MakeAir) -> None:
    it = air()
    tell(it, *parts(6, NIGHTS, NEVER)[0])
    assert tell(it, command, payload) == status
    assert it.meter.view()["friendly_hours"] is None
    assert publish(it, parts(9, NIGHTS)) == {SUCCESS}


def test_it_tells_its_calendar_and_no_other_r34(air: MakeAir) -> None:
    it = air()
    publish(it, parts(7, NIGHTS, ALWAYS, week="01010101010202"))
    seven = "00000000 07000000"
    assert it.command(CALENDAR, 0x02, bytes.fromhex(f"{seven} 01 01")) == (
        0x02,
        bytes.fromhex(f"{whose(7)} 01 01010101010202"),
    )
    assert it.command(CALENDAR, 0x01, bytes.fromhex(f"{seven} 02 01")) == (
        0x01,
        bytes.fromhex(f"{whose(7)} 02 01 00 01 03 {ALWAYS}"),
    )
    every = it.send(CALENDAR, Header(7, 0x01, cluster_specific=True), bytes.fromhex(f"{seven} 01 00"))
    assert [frame.data[2] for frame in every] == [0x01, 0x01], "one frame a day profile"
    for command, asked in ((1, "00000000 08000000 01 01"), (1, f"{seven} 03 01"), (2, f"{seven} 02 01")):
        assert it.command(CALENDAR, command, bytes.fromhex(asked)) == (0x0B, bytes((command, NOT_FOUND)))


def test_in_friendly_hours_an_exhausted_supply_stays_on_is_charged_and_goes_off_at_their_end_r34(
    air: MakeAir,
) -> None:
    it = air({"balance": "0.01"})
    publish(it, parts(7, NIGHTS))
    it.pass_time(7 * HOUR_S)
    assert (supply(it), friendly(it)) == ("on", True)
    assert it.meter.view()["balance_e5"] < -100_000
    assert it.meter.view()["credit_status"] & 0x40, "it says that its credit is exhausted"
    owed, used = it.meter.view()["balance_e5"], it.meter.view()["registers"]["import_wh"]
    reports = it.pass_time(2 * HOUR_S)
    assert supply(it) == "off"
    assert it.meter.view()["registers"]["import_wh"] - used == 1_000, "the last hour of the night, to the minute"
    assert owed - it.meter.view()["balance_e5"] == 25_000
    assert any(frame.cluster_id == METERING and b"\x14\x00\x30\x00" in frame.data for frame in reports)
    it.pass_time(12 * HOUR_S)
    assert (friendly(it), supply(it)) == (True, "off"), "a period switches nothing on"


def test_what_was_paid_in_the_meantime_keeps_it_on(air: MakeAir) -> None:
    it = air({"balance": "0.01"})
    publish(it, parts(7, NIGHTS))
    it.pass_time(7 * HOUR_S)
    assert supply(it) == "on"
    it.meter.account.add(500_000)
    it.pass_time(2 * HOUR_S)
    assert (supply(it), friendly(it)) == ("on", False)


def test_a_meter_that_was_not_looked_at_for_days_is_charged_as_one_that_was(air: MakeAir) -> None:
    often, seldom = air({"balance": "0.30"}), air({"balance": "0.30"})
    for it in (often, seldom):
        publish(it, parts(7, NIGHTS))
    often.pass_time(2 * DAY_S)
    seldom.now += 2 * DAY_S
    seldom.pass_time(0)
    for it in (often, seldom):
        assert supply(it) == "off"
    assert seldom.meter.view()["registers"] == often.meter.view()["registers"]
    assert seldom.meter.view()["registers"]["import_wh"] == 8_000
    assert seldom.meter.view()["balance_e5"] == often.meter.view()["balance_e5"]


def test_the_week_is_that_of_its_own_clock_in_utc(air: MakeAir) -> None:
    it = air()  # a Tuesday, 00:00
    publish(it, parts(7, ALWAYS, NEVER, week="02010202020202"))
    assert friendly(it)
    it.pass_time(DAY_S - 60)
    assert friendly(it)
    it.pass_time(60)
    assert not friendly(it)
    it.meter.set(clock_offset_s=-HOUR_S)
    assert friendly(it), "there it is Tuesday still"
    it.pass_time(HOUR_S)
    assert not friendly(it)
    it.pass_time(6 * DAY_S)
    assert friendly(it)


def test_a_week_without_friendly_hours_ends_one_that_runs_at_once(air: MakeAir) -> None:
    it = air({"balance": "0.01"})
    publish(it, parts(7, ALWAYS))
    it.pass_time(HOUR_S)
    assert supply(it) == "on"
    publish(it, parts(8, NEVER))
    assert it.meter.view()["supply"] == "off"
    assert it.meter.view()["friendly_now"] is False


def test_hours_parts_that_came_and_a_period_that_runs_outlive_the_bench(air: MakeAir) -> None:
    it = air({"balance": "0.01"})
    publish(it, parts(7, ALWAYS, NEVER, week="01010101010102"))
    it.pass_time(HOUR_S)
    for part in parts(8, NIGHTS)[:2]:
        tell(it, *part)
    again = air({"balance": "0.01"})
    again.meter.restore(json.loads(json.dumps(it.meter.save())))
    again.meter.set(balance="-0.50")
    assert again.meter.view()["supply"] == "on", "the period runs"
    assert again.meter.view()["friendly_hours"] == it.meter.view()["friendly_hours"]
    again.now = it.now
    assert publish(again, parts(8, NIGHTS)[2:]) == {SUCCESS}
    assert again.meter.view()["friendly_hours"]["sun"] == "00:00-08:00 18:00-24:00"


def test_a_meter_saved_before_there_were_friendly_hours_is_restored(air: MakeAir) -> None:
    it = air()
    saved = json.loads(json.dumps(it.meter.save()))
    del saved["till"]["friendly_hours"], saved["account"]["friendly"]
    again = air()
    again.meter.restore(saved)
    assert again.meter.view()["friendly_hours"] is None


def test_a_credit_meter_has_no_calendar() -> None:
    meter = ElectricityMeter.from_table({"ieee": "00:0d:6f:00:0a:90:69:e7", "open": True}, 1)
    assert CALENDAR not in (*meter.endpoints[0].input_clusters, *meter.endpoints[0].output_clusters)
