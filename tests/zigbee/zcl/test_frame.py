"""The ZCL header, held against zigpy's codec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zigpy.zcl import foundation

from hubd.errors import WireError
from hubd.zigbee.zcl.frame import ZclFrame, decode

frames = st.builds(
    ZclFrame,
    tsn=st.integers(0, 255),
    command_id=st.integers(0, 255),
    payload=st.binary(max_size=20),
    cluster_command=st.booleans(),
    to_client=st.booleans(),
    wants_default_response=st.booleans(),
    manufacturer=st.none() | st.integers(0, 0xFFFF),
)


@given(frames)
def test_zigpy_reads_what_is_written(frame):
    header, payload = foundation.ZCLHeader.deserialize(frame.encode())
    assert (header.tsn, header.command_id, payload) == (frame.tsn, frame.command_id, frame.payload)
    assert header.manufacturer == frame.manufacturer
    assert header.frame_control.is_cluster == frame.cluster_command
    assert (header.direction == foundation.Direction.Server_to_Client) == frame.to_client
    assert bool(header.frame_control.disable_default_response) != frame.wants_default_response


@given(frames)
def test_what_is_written_is_read_back(frame):
    assert decode(frame.encode()) == frame


@given(st.binary(max_size=40))
def test_anything_else_is_a_wire_error(data):
    try:
        frame = decode(data)
    except WireError:
        return
    assert frame.payload == data[len(data) - len(frame.payload) :]


@pytest.mark.parametrize("data", ["", "18", "1801", "1c010203", "1a0100", "1b0100"])
def test_cut_short_and_reserved_frames_are_refused(data):
    with pytest.raises(WireError):
        decode(bytes.fromhex(data))
