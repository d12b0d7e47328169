"""The virtual electricity meter by its frames: R6, R19, R21, R22, R30, R33."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hubd import sts
from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.electricity_meter import ElectricityMeter
from hubd.bench.devices.zcl import Header
from hubd.errors import ConfigurationError
from hubd.model.secret import Secret
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S, Stamp, TimeTrust
from hubd.model.topup import TopUpResult
from hubd.zigbee.se import metering as hub_metering
from hubd.zigbee.se import prepayment as hub_prepayment

METERING, PREPAYMENT, CALENDAR, TIME = 0x0702, 0x0705, 0x0707, 0x000A
COMPLIANCE = "59386323472137426967"
KEY = sts.MeterKey(
    "600727000000000009",
    Secret(bytes.fromhex("abababababababab949494949494949401234567")),
    "123457",
    1,
    2,
    "01",
    1993,
)
TID = 16_000_500
PREPAYMENT_TABLE = {
    "pan": "600727000000000009",
    "vending_key": "abababababababab949494949494949401234567",
    "sgc": "123457",
    "krn": 1,
    "kt": 2,
    "ti": "01",
    "base": 1993,
}
MakeAir = Callable[..., Any]


def money(amount_e5: int, tid: int = TID) -> str:
    return sts.issue_currency(KEY, 4, amount_e5, tid)


def number(octets: bytes, signed: bool = False) -> int:
    return int.from_bytes(octets, "little", signed=signed)


# -- security and form ----------------------------------------------------------------------------------------------


def test_smart_energy_frames_without_the_link_key_are_dropped_unanswered_and_counted_r6(air: MakeAir) -> None:
    it = air()
    for cluster in (METERING, PREPAYMENT, CALENDAR):
        assert it.send(cluster, Header(1, 0x00), b"\x00\x00", secured=False) == []
    top_up = bytes([0, 20]) + COMPLIANCE.encode()
    assert it.send(PREPAYMENT, Header(1, 0x04, cluster_specific=True), top_up, secured=False) == []
    assert it.meter.view()["dropped_unsecured"] == 4
    assert it.meter.view()["log"] == []
    assert len(it.send(0x0000, Header(1, 0x00), b"\x04\x00", secured=False)) == 1


def test_everything_it_sends_on_smart_energy_clusters_is_secured_r6(air: MakeAir) -> None:
    sent = air(reports_per_s=0.2).pass_time(3_700)
    assert {frame.cluster_id for frame in sent} == {METERING, PREPAYMENT, TIME}
    assert all(frame.secured and frame.profile_id == 0x0109 for frame in sent)


def test_its_descriptor_is_that_of_a_metering_device(air: MakeAir) -> None:
    [descriptor] = air().meter.endpoints
    assert (descriptor.profile_id, descriptor.device_id) == (0x0109, 0x0501)
    assert descriptor.input_clusters == (0x0000, 0x000A, 0x0702, 0x0705, 0x0707)
    assert descriptor.output_clusters == (0x000A, 0x0707)


# -- registers and reports ------------------------------------------------------------------------------------------


def test_a_kilowatt_for_an_hour_is_a_thousand_watt_hours(air: MakeAir) -> None:
    it = air()
    it.pass_time(3_600)
    assert number(it.read(METERING, 0x0000)) == 1_000
    assert number(it.read(METERING, 0x0400), signed=True) == 1_000
    assert it.read(METERING, 0x0300) + it.read(METERING, 0x0301) + it.read(METERING, 0x0302) == (
        b"\x00" + b"\x01\x00\x00" + b"\xe8\x03\x00"
    )


def test_registers_never_run_back_and_do_not_depend_on_how_often_they_are_looked_at_r19(air: MakeAir) -> None:
    load = {"curve": "home", "base_w": 250, "solar_w": 4_000}
    often, seldom = (air({"balance": "900.00"}, load, reports_per_s=rate) for rate in (0.1, 0.0))
    last = (0, 0)
    for _ in range(48):
        often.pass_time(1_800)
        now = tuple(number(often.read(METERING, attribute)) for attribute in (0x0000, 0x0001))
        assert now >= last
        assert now[0] >= last[0]
        assert now[1] >= last[1]
        last = now
    seldom.now += 86_400
    assert seldom.send(METERING, Header(1, 0x00), b"\x00\x00")
    assert seldom.meter.view()["registers"] == often.meter.view()["registers"]
    assert 3_000 < last[0] < 30_000


def test_there_is_an_export_register_only_where_something_is_generated_r19(air: MakeAir) -> None:
    [answer] = air().send(METERING, Header(1, 0x00), b"\x01\x00")
    assert answer.data[3:] == b"\x01\x00\x86"
    it = air(load={"base_w": 0, "solar_w": 3_000})
    it.pass_time(86_400)
    assert number(it.read(METERING, 0x0001)) > 1_000
    assert number(it.read(METERING, 0x0000)) == 0


def test_it_reports_by_itself_and_the_hub_reads_the_report(air: MakeAir) -> None:
    it = air(load={"solar_w": 100}, reports_per_s=0.2)
    sent = [frame for frame in it.pass_time(20) if frame.cluster_id == METERING]
    assert len(sent) == 4
    assert sent[-1].data[2:4] == b"\x0a\x00"
    assert sent[-1].data[3:] == (
        b"\x00\x00\x25\x05\x00\x00\x00\x00\x00"
        + b"\x01\x00\x25"
        + bytes(6)
        + b"\x14\x00\x30\x02"
        + b"\x00\x04\x2a\xe8\x03\x00"
    )


def test_configure_reporting_replaces_its_own_period(air: MakeAir) -> None:
    it = air(reports_per_s=0.2)
    wanted = bytes.fromhex("00 0000 25 3c00 3c00 000000000000 00 1400 30 0000 ffff 00 0004 2a 0000 ffff 000000")
    [answer] = it.send(METERING, Header(1, 0x06), wanted)
    assert answer.data[2:] == b"\x07\x00"
    assert len([frame for frame in it.pass_time(600) if frame.cluster_id == METERING]) == 10


def test_a_burst_report_carries_a_new_value_each_time(air: MakeAir) -> None:
    it = air()
    values = [it.meter.report_import(it.now) for _ in range(5)]
    assert [wh for _, wh in values] == [1, 2, 3, 4, 5]
    assert values[4][0].data[6:12] == (5).to_bytes(6, "little")


# -- profile --------------------------------------------------------------------------------------------------------


def ask_profile(it: Any, channel: int = 0, end: int = 0, periods: int = 12) -> Any:
    frame = hub_metering.get_profile(7, channel, end, periods)
    command, body = it.command(METERING, 0x00, frame.payload)
    assert command == 0x00
    scale = hub_metering.scale({0x0300: 0, 0x0301: 1, 0x0302: 1000})
    return hub_metering.parse_get_profile_response(body, channel, scale)


def test_half_hours_come_newest_first_and_add_up_to_the_register_r19(air: MakeAir) -> None:
    it = air({"balance": "900.00"}, {"curve": "home", "base_w": 200})
    it.pass_time(86_400 - 1)
    before = number(it.read(METERING, 0x0000))
    it.pass_time(1)
    blocks = [ask_profile(it, periods=24), ask_profile(it, end=int(it.now) - 12 * 3_600, periods=24)]
    assert blocks[0].end_unix_s == it.now
    assert blocks[1].end_unix_s == it.now - 12 * 3_600
    assert len(blocks[0].wh) == len(blocks[1].wh) == 24
    total = sum(wh for block in blocks for wh in block.wh)
    assert before <= total == number(it.read(METERING, 0x0000))


def test_get_profile_says_why_it_gives_nothing(air: MakeAir) -> None:
    it = air()
    for payload, status in (("00 00000000 05", 5), ("01 00000000 05", 2), ("07 00000000 05", 1)):
        _, body = it.command(METERING, 0x00, bytes.fromhex(payload))
        assert (body[4], body[5], body[6], len(body)) == (status, 2, 0, 7)
    it.pass_time(2 * 86_400)
    _, body = it.command(METERING, 0x00, bytes.fromhex("00 00000000 ff"))
    assert (body[4], body[6], len(body)) == (4, 24, 7 + 72)
    assert it.command(METERING, 0x00, b"\x00") == (0x0B, b"\x00\x80")


def test_after_a_stay_without_mains_the_half_hours_are_marked_invalid_r20(air: MakeAir) -> None:
    it = air()
    it.pass_time(3_600 + 600)
    again = air()
    again.meter.restore(json.loads(json.dumps(it.meter.save())))
    again.now = it.now + 3_600
    again.pass_time(3_600)
    block = ask_profile(again)
    assert block.end_unix_s == again.now - 600
    assert block.wh == (500, None, None, None, 500, 500)
    assert again.meter.view()["registers"]["import_wh"] == 1_166 + 1_000


def test_a_year_of_half_hours_is_kept_on_both_channels_r19(air: MakeAir) -> None:
    it = air(load={"curve": "home", "solar_w": 3_000, "history_days": 370})
    assert it.meter.view()["half_hours"] == 370 * 48
    oldest = ask_profile(it, 1, int(it.now) - 365 * 86_400, 24)
    assert len(oldest.wh) == 24
    assert None not in oldest.wh
    assert len(json.dumps(it.meter.save())) < 80_000
    assert it.meter.view()["balance_e5"] == 500_000


# -- prepayment -----------------------------------------------------------------------------------------------------


def test_the_published_compliance_token_is_taken_once_and_its_second_sending_is_a_duplicate_r30(air: MakeAir) -> None:
    it = air()
    assert it.top_up(COMPLIANCE) == (TopUpResult.ACCEPTED, 2_500, 502_500)
    assert it.top_up(COMPLIANCE) == (TopUpResult.REJECTED_DUPLICATE_TOP_UP, None, 502_500)
    view = it.meter.view()
    assert view["accepted"] == [{"tid": 5_871_660, "amount_e5": 2_500}]
    assert [entry["verdict"] for entry in view["log"]] == ["accepted", "used"]


def test_the_hub_reads_the_answers_of_the_meter_r30(air: MakeAir) -> None:
    it = air()
    frame = hub_prepayment.consumer_top_up(7, Secret(money(800_000)))
    _, body = it.command(PREPAYMENT, 0x04, frame.payload)
    answer = hub_prepayment.parse_consumer_top_up_response(body).answer
    assert (answer.result, answer.top_up_value_e5, answer.credit_remaining_e5) == (
        TopUpResult.ACCEPTED,
        800_024,
        1_300_024,
    )


@pytest.mark.parametrize(
    ("digits", "result"),
    [
        ("25453597494250138964", TopUpResult.REJECTED_INVALID_TOP_UP),
        ("12345", TopUpResult.REJECTED_INVALID_TOP_UP),
        (money(60_000_000), TopUpResult.REJECTED_TOP_UP_VALUE_TOO_LARGE),
        (sts.issue_currency(KEY, 6, 800_000, TID), TopUpResult.REJECTED_ERROR),
    ],
)
def test_a_refused_token_moves_nothing_r31(digits: str, result: TopUpResult, air: MakeAir) -> None:
    it = air()
    assert it.top_up(digits) == (result, None, None)
    assert it.meter.view()["balance_e5"] == 500_000
    assert it.meter.view()["accepted"] == []


def test_credit_beyond_the_limit_is_refused_and_the_token_stays_good_r30(air: MakeAir) -> None:
    it = air({"max_credit": "10.00", "balance": "5.00"})
    assert it.top_up(money(600_000))[0] == TopUpResult.REJECTED_MAX_CREDIT_REACHED
    it.meter.set(balance="1.00")
    assert it.top_up(money(600_000))[0] == TopUpResult.ACCEPTED


def test_after_three_wrong_tokens_the_keypad_is_locked_and_survives_a_restart_locked(air: MakeAir) -> None:
    it = air()
    results = [it.top_up("25453597494250138964")[0] for _ in range(3)]
    assert results == [TopUpResult.REJECTED_INVALID_TOP_UP] * 3
    assert it.meter.view()["lock_until"] == it.now + 10
    again = air()
    again.meter.restore(json.loads(json.dumps(it.meter.save())))
    assert again.top_up(money(800_000))[0] == TopUpResult.REJECTED_KEYPAD_LOCK
    again.pass_time(10)
    assert again.top_up(money(800_000))[0] == TopUpResult.ACCEPTED
    assert again.meter.view()["lock_until"] is None


def test_what_was_taken_is_known_after_a_restart_r30(air: MakeAir) -> None:
    it = air(reports_per_s=1.0)
    it.top_up(money(800_000))
    it.pass_time(5)
    saved = json.loads(json.dumps(it.meter.save()))
    again = air(reports_per_s=1.0)
    again.now = it.now
    again.meter.restore(saved)
    assert again.meter.save() == it.meter.save()
    assert again.top_up(money(800_000))[0] == TopUpResult.REJECTED_DUPLICATE_TOP_UP
    assert again.meter.view()["accepted"] == it.meter.view()["accepted"]


def test_a_cut_short_or_overlong_top_up_is_malformed_and_not_judged(air: MakeAir) -> None:
    it = air()
    for payload in (b"", b"\x00", b"\x00\x14123", b"\x00\x021234"):
        assert it.command(PREPAYMENT, 0x04, payload) == (0x0B, b"\x04\x80")
    assert it.meter.view()["log"] == []
    assert it.command(PREPAYMENT, 0x04, b"\x00\x04\xff\xfe\xfd\xfc")[1][0] == TopUpResult.REJECTED_INVALID_TOP_UP


def test_consumption_is_charged_at_the_price_and_the_supply_goes_off_and_is_reported_r22(air: MakeAir) -> None:
    it = air({"balance": "0.50", "price_per_kwh": "0.25"})
    it.pass_time(3_600)
    assert number(it.read(PREPAYMENT, 0x0001), signed=True) == 25_000
    assert it.read(METERING, 0x0014) == b"\x02"
    sent = it.pass_time(3_700)
    reports = [frame for frame in sent if frame.cluster_id == METERING]
    assert [frame.data[2:] for frame in reports] == [b"\x0a\x14\x00\x30\x00"]
    assert (it.read(METERING, 0x0014), it.read(METERING, 0x0200)) == (b"\x00", b"\x40")
    register = number(it.read(METERING, 0x0000))
    it.pass_time(3_600)
    assert number(it.read(METERING, 0x0000)) == register == 2_000
    assert it.read(PREPAYMENT, 0x0003) == bytes([0x42])


def test_a_top_up_that_lifts_the_credit_arms_the_supply_and_the_consumer_switches_it_on(air: MakeAir) -> None:
    it = air({"balance": "0.00"})
    assert it.command(METERING, 0x0C, b"\x02") == (0x0B, b"\x0c\x01")
    answers = it.send(PREPAYMENT, Header(7, 0x04, cluster_specific=True), bytes([0, 20]) + money(800_000).encode())
    assert answers[0].data[3] == TopUpResult.ACCEPTED_SUPPLY_ARMED
    assert [frame.data[2:5] for frame in answers[1:]] == [b"\x0a\x14\x00", b"\x0a\x01\x00"]
    it.pass_time(600)
    assert it.meter.view()["balance_e5"] == 800_024
    assert it.command(METERING, 0x0C, b"\x02") == (0x0B, b"\x0c\x00")
    assert it.meter.view()["supply"] == "on"


@pytest.mark.parametrize(
    ("setting", "balance", "result"),
    [
        ("on", "0.00", TopUpResult.ACCEPTED_SUPPLY_ENABLED),
        ("armed", "0.00", TopUpResult.ACCEPTED_SUPPLY_ARMED),
        ("on", "-20.00", TopUpResult.ACCEPTED_SUPPLY_DISABLED),
        ("on", "1.00", TopUpResult.ACCEPTED),
    ],
)
def test_the_answer_tells_the_supply_r30(setting: str, balance: str, result: TopUpResult, air: MakeAir) -> None:
    assert air({"after_top_up": setting, "balance": balance}).top_up(money(800_000))[0] == result


def test_emergency_credit_is_selected_used_and_paid_back_first(air: MakeAir) -> None:
    it = air({"balance": "0.10", "emergency_limit": "1.00", "emergency_threshold": "1.00", "after_top_up": "on"})
    select = (0).to_bytes(4, "little") + b"\x02"
    assert it.read(PREPAYMENT, 0x0003)[0] & 0x08
    assert it.command(PREPAYMENT, 0x00, select) == (0x0B, b"\x00\x00")
    it.pass_time(3_600)
    assert it.read(METERING, 0x0014) == b"\x02"
    assert number(it.read(PREPAYMENT, 0x0002)) == 85_000
    assert it.read(PREPAYMENT, 0x0003)[0] & 0x30 == 0x30
    assert it.top_up(money(100_000))[2] == sts.encoded_e5(100_000) - 15_000
    assert number(it.read(PREPAYMENT, 0x0002)) == 100_000
    assert it.command(PREPAYMENT, 0x00, select) == (0x0B, b"\x00\x00")
    it.pass_time(86_400)
    assert it.read(METERING, 0x0014) == b"\x00"
    assert it.command(PREPAYMENT, 0x00, select) == (0x0B, b"\x00\x01")


def test_clear_credit_takes_the_balance_and_a_power_limit_is_kept(air: MakeAir) -> None:
    it = air()
    assert it.top_up(sts.issue_management(KEY, 0, 0x03E8, TID, 5))[0] == TopUpResult.ACCEPTED
    assert it.top_up(sts.issue_management(KEY, 1, 0xFFFF, TID + 1, 5))[:2] == (
        TopUpResult.ACCEPTED_SUPPLY_DISABLED,
        0,
    )
    view = it.meter.view()
    assert (view["balance_e5"], view["power_limit_w"], view["supply"]) == (0, 1_000, "off")


def test_a_key_change_through_the_air_puts_the_new_key_in_force(air: MakeAir) -> None:
    it = air()
    for token in ("46903925208523674737", "34812744915211133004", "67904239402617643990", "71464563847088610152"):
        assert it.top_up(token)[0] == TopUpResult.ACCEPTED
    again = air()
    again.meter.restore(json.loads(json.dumps(it.meter.save())))
    assert again.top_up("52522044994700766563")[0] == TopUpResult.ACCEPTED
    assert again.top_up(COMPLIANCE)[0] == TopUpResult.REJECTED_INVALID_TOP_UP


def test_the_log_of_top_ups_is_published_newest_first(air: MakeAir) -> None:
    it = air({"max_credit": "999.00"})
    assert it.command(PREPAYMENT, 0x08, bytes(5)) == (0x0B, b"\x08\x8b")
    for n in range(3):
        it.top_up(money(100_000 * (n + 1), TID + n))
        it.now += 60
    frames = it.send(PREPAYMENT, Header(7, 0x08, cluster_specific=True), bytes(5))
    parsed = [hub_prepayment.parse_publish_top_up_log(frame.data[3:]) for frame in frames]
    assert [(index, total, len(entries)) for index, total, entries in parsed] == [(0, 2, 2), (1, 2, 1)]
    newest = parsed[0][2][0]
    assert newest.code.reveal() == money(300_000, TID + 2)
    assert (newest.amount_e5, newest.unix_s) == (sts.encoded_e5(300_000), int(it.now) - 60)
    assert it.read(PREPAYMENT, 0x0101) == sts.encoded_e5(300_000).to_bytes(4, "little")
    [only] = it.send(PREPAYMENT, Header(7, 0x08, cluster_specific=True), bytes(4) + b"\x01")
    assert len(hub_prepayment.parse_publish_top_up_log(only.data[3:])[2]) == 1


def test_the_state_the_hub_reads_is_the_meters_own_r33(air: MakeAir) -> None:
    it = air({"debt": "12.34"})
    read = {a: number(it.read(PREPAYMENT, a), signed=True) for a in hub_prepayment.STATE}
    state = hub_prepayment.state(read, Stamp(it.now, TimeTrust.METER))
    assert state is not None
    assert (state.balance_e5, state.debt_e5, state.emergency_credit_e5, state.credit_status) == (
        500_000,
        1_234_000,
        0,
        1,
    )


def test_no_key_and_no_code_is_in_the_view(air: MakeAir) -> None:
    it = air()
    it.top_up(COMPLIANCE)
    shown = json.dumps(it.meter.view())
    assert COMPLIANCE not in shown
    assert KEY.decoder_key().reveal().hex() not in shown


# -- time -----------------------------------------------------------------------------------------------------------


def answer_time(it: Any, zigbee_time: int, secured: bool = True) -> None:
    it.send(TIME, Header(1, 0x01, from_server=True), b"\x00\x00\x00\xe2" + zigbee_time.to_bytes(4, "little"), secured)


def asked(frames: list[Any]) -> int:
    return sum(frame.cluster_id == TIME for frame in frames)


def test_it_asks_the_hub_for_the_time_every_hour_and_again_soon_while_unanswered_r21(air: MakeAir) -> None:
    it = air()
    assert asked(it.pass_time(180)) == 3
    answer_time(it, int(it.now) - ZIGBEE_EPOCH_UNIX_S)
    assert asked(it.pass_time(3_599)) == 0
    assert asked(it.pass_time(2)) == 1


def test_it_sets_its_clock_by_the_hub_but_not_by_one_that_does_not_know_the_time_r21(air: MakeAir) -> None:
    it = air()
    it.meter.set(clock_offset_s=-90)
    answer_time(it, 0xFFFFFFFF)
    answer_time(it, int(it.now) - ZIGBEE_EPOCH_UNIX_S, secured=False)
    assert it.meter.view()["clock_offset_s"] == -90
    answer_time(it, int(it.now) - ZIGBEE_EPOCH_UNIX_S)
    assert it.meter.view()["clock_offset_s"] == 0
    answer_time(it, int(it.now) - ZIGBEE_EPOCH_UNIX_S - 1)
    assert it.meter.view()["clock_offset_s"] == 0


def test_half_hours_end_by_its_own_clock_and_the_one_a_clock_was_set_in_is_invalid_r21(air: MakeAir) -> None:
    it = air()
    it.pass_time(1_000)
    it.meter.set(clock_offset_s=600)
    it.pass_time(200 + 1_800)
    block = ask_profile(it)
    assert block.end_unix_s == it.now + 600
    assert block.wh == (500, None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0x0000, TIME, METERING, PREPAYMENT, CALENDAR, 0x0999]),
            st.integers(0, 255),
            st.sampled_from([0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x08, 0x0A, 0x0B, 0x0C, 0x77]),
            st.binary(max_size=24),
            st.integers(0, 200_000),
        ),
        max_size=8,
    )
)
@example([(TIME, 0x08, 0x01, b"\x00\x00\x00\xe2\xfe\xff\xff\xff", 7_200), (METERING, 1, 0, bytes(5) + b"\x05", 0)])
@example([(TIME, 0x08, 0x01, b"\x00\x00\x00\xe2\x00\x00\x00\x00", 7_200), (METERING, 1, 0, bytes(5) + b"\x05", 0)])
def test_no_octets_break_the_meter(frames: list[tuple[int, int, int, bytes, int]]) -> None:
    table = {"ieee": "00:0d:6f:00:0a:90:69:e7", "open": True, "prepayment": PREPAYMENT_TABLE}
    meter, now = ElectricityMeter.from_table(table, 1), 1_764_028_800.0
    for cluster, control, command, payload, wait_s in frames:
        meter.on_frame(ApsFrame(0x0109, cluster, 1, 1, bytes([control, 1, command]) + payload, True), now)
        now += wait_s
        meter.on_time(now)
        due = meter.next_due_unix_s()
        assert due is not None
        assert due > now
    json.dumps(meter.save())
    json.dumps(meter.view())


# -- settings -------------------------------------------------------------------------------------------------------


def test_a_credit_meter_has_no_prepayment_and_its_supply_stays_on(air: MakeAir) -> None:
    it = air(prepayment=None)
    table: dict[str, Any] = {"ieee": "00:0d:6f:00:0a:90:69:e7", "open": True}
    meter = ElectricityMeter.from_table(table, 1)
    assert meter.endpoints[0].input_clusters == (0x0000, 0x000A, 0x0702)
    assert meter.view()["supply"] == "on"
    assert it.meter.view()["currency"] == "GBP"
    with pytest.raises(ValueError, match="no prepayment"):
        meter.set(balance="1.00")


@pytest.mark.parametrize(
    ("prepayment", "load", "table", "said"),
    [
        ({"pan": "600727000000000008"}, {}, {}, r"prepayment: PAN .* digit is wrong"),
        ({"vending_key": "xyz"}, {}, {}, "prepayment.vending_key: is not hexadecimal"),
        ({"vending_key": "abab"}, {}, {}, "prepayment: the vending key has 2 octets"),
        ({"krn": "1"}, {}, {}, "krn"),
        ({"krn": 12}, {}, {}, "krn 12"),
        ({"balance": "a lot"}, {}, {}, "prepayment.balance: 'a lot'"),
        ({"max_credit": "-1.00"}, {}, {}, "prepayment.max_credit: is below 0"),
        ({"max_credit": "99999.00"}, {}, {}, "prepayment.max_credit: 99999.00 is more"),
        ({"currency": "pounds"}, {}, {}, "prepayment.currency"),
        ({"token_memory": 0}, {}, {}, "prepayment.token_memory"),
        ({"ken": 256}, {}, {}, "prepayment.ken"),
        ({"after_top_up": "off"}, {}, {}, "after_top_up"),
        ({"ballance": "5.00"}, {}, {}, r"unknown key prepayment.ballance: did you mean prepayment.balance\?"),
        ({}, {"base_w": -1}, {}, "load.base_w"),
        ({}, {"curve": "factory"}, {}, "curve"),
        ({}, {"history_days": 500}, {}, "load.history_days"),
        ({}, {}, {"reports_per_s": -1.0}, "reports_per_s: is below 0"),
        ({}, {}, {"poll_interval_s": 5.0}, "never sleeps"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cure(
    prepayment: dict[str, Any], load: dict[str, Any], table: dict[str, Any], said: str, air: MakeAir
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        air(prepayment, load, **table)


def test_what_the_bench_cannot_set_is_said(air: MakeAir) -> None:
    it = air()
    for values in (
        {"tariff": 1},
        {"supply": "off"},
        {"emergency": "select"},
        {"clock_offset_s": "x"},
        {"balance": "x"},
    ):
        with pytest.raises(ValueError, match=next(iter(values)) if values != {"balance": "x"} else "amount"):
            it.meter.set(**values)
