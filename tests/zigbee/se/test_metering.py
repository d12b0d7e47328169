"""R19, R22: Metering, byte by byte."""

import pytest

from hubd.errors import LinkError, WireError
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S, Stamp, TimeTrust
from hubd.model.supply import SupplyState
from hubd.zigbee.se import metering
from hubd.zigbee.se.metering import Attribute, Scale

NOW = Stamp(1_800_000_000.0, TimeTrust.NETWORK)
KWH = {Attribute.UNIT_OF_MEASURE: 0x00, Attribute.MULTIPLIER: 1, Attribute.DIVISOR: 1000}


def test_the_scale_is_read_from_the_meter():
    assert metering.scale(KWH) == Scale(1, 1000)
    assert metering.scale({**KWH, Attribute.UNIT_OF_MEASURE: 0x80}) == Scale(1, 1000, bcd=True)
    assert metering.scale({**KWH, Attribute.MULTIPLIER: None, Attribute.DIVISOR: None}) == Scale(1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {Attribute.UNIT_OF_MEASURE: 0x02},  # cubic feet
        {Attribute.UNIT_OF_MEASURE: None},
        {Attribute.DIVISOR: 0},
        {Attribute.MULTIPLIER: 0},
    ],
)
def test_a_scale_that_is_neither_of_energy_nor_of_cubic_metres_is_none(change):
    with pytest.raises(WireError):
        metering.scale({**KWH, **change})


@pytest.mark.parametrize("missing", [Attribute.UNIT_OF_MEASURE, Attribute.MULTIPLIER, Attribute.DIVISOR])
def test_a_scale_that_was_not_told_is_not_guessed(missing):
    with pytest.raises(WireError):
        metering.scale({key: value for key, value in KWH.items() if key is not missing})


@pytest.mark.parametrize(
    ("raw", "scale", "wh"),
    [
        (1_234_567, Scale(1, 1000), 1_234_567),
        (1_234_567, Scale(1, 10_000), 123_456),  # a register has passed whole Wh only
        (12, Scale(10, 1), 120_000),
        (0x1234, Scale(1, 1000, bcd=True), 1_234),
    ],
)
def test_registers_become_wh(raw, scale, wh):
    values = {Attribute.CURRENT_SUMMATION_DELIVERED: raw}
    assert metering.reading(values, scale, NOW).import_wh == wh


@pytest.mark.parametrize(
    ("unit", "raw", "multiplier", "divisor", "litres"),
    [(0x01, 1_234_567, 1, 1_000, 1_234_567), (0x01, 1_234_567, 1, 10_000, 123_456), (0x81, 0x1234, 1, 100, 12_340)],
)
def test_a_gas_meters_register_becomes_litres_and_no_energy_r24(unit, raw, multiplier, divisor, litres):
    told = {Attribute.UNIT_OF_MEASURE: unit, Attribute.MULTIPLIER: multiplier, Attribute.DIVISOR: divisor}
    values = {Attribute.CURRENT_SUMMATION_DELIVERED: raw, Attribute.SUPPLY_STATUS: 2}
    reading = metering.reading(values, metering.scale(told), NOW)
    assert (reading.volume_l, reading.import_wh, reading.supply) == (litres, None, SupplyState.ON)


@pytest.mark.parametrize(("raw", "watts"), [(1500, 1500), (-250, -250), (0, 0)])
def test_demand_becomes_w_with_its_sign(raw, watts):
    assert metering.reading({Attribute.INSTANTANEOUS_DEMAND: raw}, Scale(1, 1000), NOW).power_w == watts
    assert metering.reading({Attribute.INSTANTANEOUS_DEMAND: raw}, Scale(1, 1000), NOW).import_wh is None


def test_digits_that_are_none_are_refused():
    with pytest.raises(WireError):
        metering.reading({Attribute.CURRENT_SUMMATION_DELIVERED: 0x12AF}, Scale(1, 1, bcd=True), NOW)


def test_supply_is_told_where_the_meter_says_it():
    assert metering.reading({Attribute.SUPPLY_STATUS: 1}, Scale(1, 1), NOW).supply is SupplyState.ARMED
    assert metering.reading({Attribute.SUPPLY_STATUS: 9}, Scale(1, 1), NOW) is None
    assert metering.reading({0x9999: 5}, Scale(1, 1), NOW) is None


def test_get_profile_on_the_wire():
    frame = metering.get_profile(3, 0, ZIGBEE_EPOCH_UNIX_S + 0x01020304, 12)
    assert frame.encode() == bytes.fromhex("01 03 00 00 04030201 0c")
    assert metering.get_profile(3, 1, 0, 1).payload == bytes.fromhex("01 00000000 01")


def test_a_profile_is_newest_first_with_gaps_kept():
    payload = bytes.fromhex("04030201 00 02 03 7b0000 ffffff 010000")
    block = metering.parse_get_profile_response(payload, 0, Scale(1, 1000))
    assert (block.wh, block.interval_s, block.end_unix_s) == ((123, None, 1), 1_800, ZIGBEE_EPOCH_UNIX_S + 0x01020304)


def test_a_meter_without_intervals_gives_an_empty_profile():
    assert metering.parse_get_profile_response(bytes.fromhex("00000000 05 02 00"), 0, Scale(1, 1)).wh == ()


@pytest.mark.parametrize(
    "payload", ["", "04030201 00 02", "04030201 00 02 01", "04030201 00 02 00 010000", "04030201 00 63 00"]
)
def test_a_profile_of_another_form_is_a_wire_error(payload):
    with pytest.raises(WireError):
        metering.parse_get_profile_response(bytes.fromhex(payload), 0, Scale(1, 1))


def test_asking_for_too_much_gives_what_fits():
    block = metering.parse_get_profile_response(bytes.fromhex("04030201 04 02 01 7b0000"), 0, Scale(1, 1000))
    assert block.wh == (123,)
    with pytest.raises(LinkError):
        metering.parse_get_profile_response(bytes.fromhex("04030201 04 02 00"), 0, Scale(1, 1000))


def test_a_profile_the_meter_refuses_is_a_link_error():
    with pytest.raises(LinkError, match="end time"):
        metering.parse_get_profile_response(bytes.fromhex("00000000 03 02 00"), 0, Scale(1, 1))
