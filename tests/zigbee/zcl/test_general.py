"""General commands, held against zigpy's codec."""

import pytest
import zigpy.types as t
from hypothesis import given
from hypothesis import strategies as st
from zigpy.zcl import foundation

from hubd.errors import WireError
from hubd.zigbee.zcl import general
from hubd.zigbee.zcl.frame import ZclFrame

COMMANDS = foundation.GENERAL_COMMANDS


def reported(kind, number):
    value = foundation.TypeValue(type=foundation.DataType.from_python_type(kind).type_id, value=kind(number))
    return foundation.Attribute(attrid=0x1234, value=value).serialize()


@given(st.sampled_from([t.uint8_t, t.uint24_t, t.uint48_t, t.int24s, t.int32s]), st.integers(0, 254))
def test_a_report_that_zigpy_writes_is_read(kind, number):
    assert general.parse_report_attributes(reported(kind, number)) == {0x1234: number}


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("25 ffffffffffff", None),
        ("2a 000080", None),
        ("2a ffffff", -1),
        ("30 ff", None),
        ("18 ff", 255),
        ("41 03 616263", b"abc"),
        ("41 ff", None),
        ("43 0200 6162", b"ab"),
        ("e2 00000000", 0),
        ("e2 ffffffff", None),
        ("39 0000803f", 1.0),
        ("39 0000c07f", None),
        ("00", None),
        ("f0 0102030405060708", 0x0807060504030201),
    ],
)
def test_values_of_each_type_and_their_non_values(octets, value):
    assert general.parse_report_attributes(b"\x00\x00" + bytes.fromhex(octets)) == {0: value}


@given(st.binary(max_size=30))
def test_hostile_payloads_are_wire_errors_or_values(payload):
    for parse in (general.parse_report_attributes, general.parse_read_attributes_response):
        try:
            assert isinstance(parse(payload), dict)
        except WireError:
            pass


def test_what_cannot_be_read_is_none_and_what_was_not_said_is_absent():
    payload = bytes.fromhex("0000 86 0103 00 22 010000".replace(" ", ""))
    assert general.parse_read_attributes_response(payload) == {0x0000: None, 0x0301: 1}


def test_read_attributes_is_what_zigpy_writes():
    schema = COMMANDS[foundation.GeneralCommand.Read_Attributes].schema
    assert general.read_attributes(1, (0, 0x400)).payload == schema(attribute_ids=[0, 0x400]).serialize()


def test_a_read_is_answered_attribute_by_attribute():
    asked = ZclFrame(9, 0, b"\x00\x00\x07\x00", cluster_command=False, to_client=False)
    answer = general.read_attributes_response(asked, general.parse_read_attributes(asked.payload), {0: (0xE2, 5)})
    schema = COMMANDS[foundation.GeneralCommand.Read_Attributes_rsp].schema
    read, rest = schema.deserialize(answer.payload)
    assert not rest
    assert [record.status for record in read.status_records] == [0, 0x86]
    assert read.status_records[0].value.value == 5
    assert (answer.tsn, answer.to_client) == (9, True)


def test_status_codes_have_their_names():
    assert general.status_name(0x81) == "UNSUP_CLUSTER_COMMAND"
    assert general.status_name(0xC7) == "status 0xC7"
