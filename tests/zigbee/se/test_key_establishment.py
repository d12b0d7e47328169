"""Key Establishment (0x0800), octet by octet and under hostile octets (R12)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.errors import WireError
from hubd.zigbee.se.key_establishment import (
    CLUSTER_ID,
    ConfirmKeyDataRequest,
    ConfirmKeyDataResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    GenerateTimes,
    InitiateRequest,
    InitiateResponse,
    Message,
    Status,
    Terminate,
    build,
    is_to_client,
    parse,
)
from hubd.zigbee.zcl import frame
from hubd.zigbee.zcl.frame import ZclFrame

CERT_1, CERT_2 = bytes(range(48)), bytes(range(74))
TIMES = GenerateTimes(ephemeral_s=3, confirm_s=254)

OCTETS: list[tuple[Message, str]] = [
    (InitiateRequest(1, TIMES, CERT_1), "11 2a 00 0100 03 fe " + CERT_1.hex()),
    (InitiateResponse(2, TIMES, CERT_2), "19 2a 00 0200 03 fe " + CERT_2.hex()),
    (InitiateRequest(0x8000, TIMES, b"\x01\x02\x03"), "11 2a 00 0080 03 fe 010203"),
    (EphemeralDataRequest(CERT_1[:22]), "11 2a 01 " + CERT_1[:22].hex()),
    (EphemeralDataResponse(CERT_1[:37]), "19 2a 01 " + CERT_1[:37].hex()),
    (ConfirmKeyDataRequest(CERT_1[:16]), "11 2a 02 " + CERT_1[:16].hex()),
    (ConfirmKeyDataResponse(CERT_1[16:32]), "19 2a 02 " + CERT_1[16:32].hex()),
    (Terminate(Status.NO_RESOURCES, 20, 3, to_client=True), "19 2a 03 04 14 0300"),
    (Terminate(0x77, 0, 1, to_client=False), "11 2a 03 77 00 0100"),
]


def test_the_cluster_and_its_statuses_have_their_numbers():
    assert CLUSTER_ID == 0x0800
    assert [(status.name, status.value) for status in Status] == [
        ("UNKNOWN_ISSUER", 1),
        ("BAD_KEY_CONFIRM", 2),
        ("BAD_MESSAGE", 3),
        ("NO_RESOURCES", 4),
        ("UNSUPPORTED_SUITE", 5),
        ("INVALID_CERTIFICATE", 6),
    ]


@pytest.mark.parametrize(("message", "octets"), OCTETS)
def test_a_command_is_written_and_read_octet_for_octet(message: Message, octets: str):
    assert build(0x2A, message).encode() == bytes.fromhex(octets)
    assert parse(frame.decode(bytes.fromhex(octets))) == message
    assert is_to_client(message) is octets.startswith("19")


@pytest.mark.parametrize(("message", "octets"), OCTETS)
def test_a_command_cut_short_or_too_long_is_refused(message: Message, octets: str):
    if message == OCTETS[2][0]:
        pytest.skip("of a suite that is not known, the length is not known")
    payload = build(0, message).payload
    command, to_client = build(0, message).command_id, is_to_client(message)
    for wrong in (*(payload[:n] for n in range(len(payload))), payload + b"\0"):
        if wrong == payload[:22] and command == 1:
            continue  # a point of suite 1
        with pytest.raises(WireError):
            parse(ZclFrame(1, command, wrong, True, to_client))


@pytest.mark.parametrize(
    "wrong",
    [
        ZclFrame(1, 0x04, b"", True, False),
        ZclFrame(1, 0x03, bytes(4), False, False),
        ZclFrame(1, 0x03, bytes(4), True, False, manufacturer=0x1234),
        ZclFrame(1, 0x00, bytes((1, 0, 255, 0)) + CERT_1, True, False),
        ZclFrame(1, 0x00, bytes((1, 0, 0, 255)) + CERT_1, True, True),
    ],
)
def test_what_is_no_command_of_this_cluster_is_refused(wrong: ZclFrame):
    with pytest.raises(WireError):
        parse(wrong)


@settings(max_examples=300, deadline=None)
@given(command=st.integers(0, 255), to_client=st.booleans(), payload=st.binary(max_size=100))
def test_any_octets_are_a_command_that_is_written_the_same_way_again_or_refused(
    command: int, to_client: bool, payload: bytes
):
    try:
        message = parse(ZclFrame(9, command, payload, True, to_client))
    except WireError:
        return
    assert build(9, message) == ZclFrame(9, command, payload, True, to_client)
