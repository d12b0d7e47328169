"""General commands of the ZCL that the hub sends or understands."""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from hubd.errors import WireError
from hubd.zigbee.zcl import values
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.values import Value


class GeneralCommand(IntEnum):
    """Ids of general commands."""

    READ_ATTRIBUTES = 0x00
    READ_ATTRIBUTES_RESPONSE = 0x01
    REPORT_ATTRIBUTES = 0x0A
    DEFAULT_RESPONSE = 0x0B


class Status(IntEnum):
    """ZCL status codes that the hub sends, or names in its messages. Others stay numbers."""

    SUCCESS = 0x00
    FAILURE = 0x01
    NOT_AUTHORIZED = 0x7E
    MALFORMED_COMMAND = 0x80
    UNSUP_CLUSTER_COMMAND = 0x81
    UNSUP_GENERAL_COMMAND = 0x82
    UNSUP_MANUF_CLUSTER_COMMAND = 0x83
    UNSUP_MANUF_GENERAL_COMMAND = 0x84
    INVALID_FIELD = 0x85
    UNSUPPORTED_ATTRIBUTE = 0x86
    NOT_FOUND = 0x8B


def status_name(code: int) -> str:
    """The specification's word for a status, or its number."""
    return Status(code).name if code in set(Status) else f"status 0x{code:02X}"


def read_attributes(tsn: int, attributes: Sequence[int]) -> ZclFrame:
    """Read Attributes, to the server of a cluster."""
    payload = b"".join(attribute.to_bytes(2, "little") for attribute in attributes)
    return ZclFrame(tsn, GeneralCommand.READ_ATTRIBUTES, payload, cluster_command=False, to_client=False)


def parse_read_attributes(payload: bytes) -> tuple[int, ...]:
    """The attribute ids a Read Attributes asks for. Raises WireError."""
    if len(payload) % 2:
        raise WireError("a Read Attributes of odd length")
    return tuple(int.from_bytes(payload[at : at + 2], "little") for at in range(0, len(payload), 2))


def read_attributes_response(
    request: ZclFrame, asked: Sequence[int], known: Mapping[int, tuple[int, int]]
) -> ZclFrame:
    """The answer to a Read Attributes: (type, value) of what is known, UNSUPPORTED_ATTRIBUTE for the rest."""
    records = [attribute.to_bytes(2, "little") + _record(known.get(attribute)) for attribute in asked]
    return ZclFrame(
        request.tsn,
        GeneralCommand.READ_ATTRIBUTES_RESPONSE,
        b"".join(records),
        cluster_command=False,
        to_client=not request.to_client,
    )


def _record(known: tuple[int, int] | None) -> bytes:
    if known is None:
        return bytes((Status.UNSUPPORTED_ATTRIBUTE,))
    return bytes((Status.SUCCESS,)) + values.encode(*known)


def parse_read_attributes_response(payload: bytes) -> dict[int, Value]:
    """Attribute id -> value; None for each that the device says it cannot give. Raises WireError."""
    read: dict[int, Value] = {}
    at = 0
    while at < len(payload):
        if at + 3 > len(payload):
            raise WireError("a record of a Read Attributes Response cut short")
        attribute, status = int.from_bytes(payload[at : at + 2], "little"), payload[at + 2]
        at += 3
        if status == Status.SUCCESS:
            read[attribute], at = values.take(payload, at)
        else:
            read[attribute] = None
    return read


def parse_report_attributes(payload: bytes) -> dict[int, Value]:
    """Attribute id -> value of a Report Attributes. Raises WireError."""
    reported: dict[int, Value] = {}
    at = 0
    while at < len(payload):
        attribute = int.from_bytes(payload[at : at + 2], "little")
        reported[attribute], at = values.take(payload, at + 2)
    return reported


def default_response(to: ZclFrame, status: Status) -> ZclFrame:
    """Default Response to a frame."""
    return ZclFrame(
        to.tsn,
        GeneralCommand.DEFAULT_RESPONSE,
        bytes((to.command_id, status)),
        cluster_command=False,
        to_client=not to.to_client,
        manufacturer=to.manufacturer,
    )


def parse_default_response(payload: bytes) -> tuple[int, int]:
    """(command id, status code). Raises WireError."""
    if len(payload) != 2:
        raise WireError("a Default Response that is not two octets")
    return payload[0], payload[1]
