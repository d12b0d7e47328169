"""Prepayment (0x0705): the meter's account, Consumer Top Up, and the log of top-ups.

Two ids are easily confused: Consumer Top Up is command 0x04 to the server, its response is 0x03 to the client.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from hubd.errors import WireError
from hubd.model.secret import Secret
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S, Stamp
from hubd.model.topup import MeterTopUp, PrepaymentState, TopUpAnswer, TopUpResult
from hubd.zigbee.se import profile
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.values import Value

CLUSTER_ID: Final = profile.PREPAYMENT


class Attribute(IntEnum):
    """Attributes of the server that the hub reads. Amounts are signed, in 10^-5 of the currency unit."""

    CREDIT_REMAINING = 0x0001
    EMERGENCY_CREDIT_REMAINING = 0x0002
    CREDIT_STATUS = 0x0003
    ACCUMULATED_DEBT = 0x0005
    CUT_OFF_VALUE = 0x0040


STATE: Final = tuple(Attribute)


class Command(IntEnum):
    """Commands to the server."""

    CONSUMER_TOP_UP = 0x04
    GET_TOP_UP_LOG = 0x08


class Response(IntEnum):
    """Commands to the client."""

    CONSUMER_TOP_UP_RESPONSE = 0x03
    PUBLISH_TOP_UP_LOG = 0x05


class OriginatingDevice(IntEnum):
    """Who brought the code."""

    ENERGY_SERVICE_INTERFACE = 0x00
    METER = 0x01
    IN_HOME_DISPLAY = 0x02


_NO_AMOUNT: Final = b"\xff\xff\xff\xff"
_LONGEST_CODE: Final = 25


@dataclass(frozen=True, slots=True)
class ConsumerTopUpResponse:
    """The meter's answer, and for whom: `source` is an OriginatingDevice or the bare code."""

    answer: TopUpAnswer
    source: int


KEPT_TOP_UPS: Final = 5


def top_up_attributes(place: int) -> tuple[int, ...]:
    """Time, amount, originating device and code of one of the newest top-ups; 0 is the newest."""
    return tuple(0x0100 + 0x10 * place + field for field in range(4))


@dataclass(frozen=True, slots=True)
class TopUpLogEntry:
    """A top-up that the meter took, from its own log."""

    code: Secret[str]
    amount_e5: int
    unix_s: int


def consumer_top_up(tsn: int, code: Secret[str]) -> ZclFrame:
    """Consumer Top Up. Raises ValueError for a code that is not 1 to 25 characters of ASCII."""
    text = code.reveal()
    if not (text.isascii() and 1 <= len(text) <= _LONGEST_CODE):
        raise ValueError(f"a top-up code is 1 to {_LONGEST_CODE} ASCII characters; this one has {len(text)}")
    payload = bytes((OriginatingDevice.ENERGY_SERVICE_INTERFACE, len(text))) + text.encode("ascii")
    return ZclFrame(tsn, Command.CONSUMER_TOP_UP, payload, True, False, wants_default_response=True)


def parse_consumer_top_up_response(payload: bytes) -> ConsumerTopUpResponse:
    """Consumer Top Up Response: exactly 10 octets, or WireError. An unknown result stays its number."""
    if len(payload) != 10:
        raise WireError("a Consumer Top Up Response that is not 10 octets")
    code = payload[0]
    result: TopUpResult | int = TopUpResult(code) if code in set(TopUpResult) else code
    return ConsumerTopUpResponse(
        TopUpAnswer(result, _amount_e5(payload[1:5]), _amount_e5(payload[6:10])), source=payload[5]
    )


def state(values: Mapping[int, Value], measured_at: Stamp) -> PrepaymentState | None:
    """The account as the attributes tell it; None where none of them holds a value."""
    credit, emergency, debt, status = (
        _whole(values, Attribute.CREDIT_REMAINING),
        _whole(values, Attribute.EMERGENCY_CREDIT_REMAINING),
        _whole(values, Attribute.ACCUMULATED_DEBT),
        _whole(values, Attribute.CREDIT_STATUS),
    )
    if credit is None and emergency is None and debt is None and status is None:
        return None
    return PrepaymentState(measured_at, credit, emergency, debt, status, _whole(values, Attribute.CUT_OFF_VALUE))


def top_up(values: Mapping[int, Value], place: int) -> MeterTopUp | None:
    """One of the meter's newest top-ups; None where the meter has none there, or does not tell all of it."""
    when, amount, source, code = (values.get(attribute) for attribute in top_up_attributes(place))
    if not (
        isinstance(when, int) and isinstance(amount, int) and isinstance(source, int) and isinstance(code, bytes)
    ):
        return None
    return MeterTopUp(Secret(code.decode("ascii", "replace")), amount, when + ZIGBEE_EPOCH_UNIX_S, _source(source))


def _source(code: int) -> str:
    return OriginatingDevice(code).name.lower() if code in list(OriginatingDevice) else f"0x{code:02X}"


def get_top_up_log(tsn: int, latest_end_unix_s: int, records: int) -> ZclFrame:
    """Get Top Up Log: the newest `records` that are not later than the given time (0: as many as there are)."""
    end = max(latest_end_unix_s - ZIGBEE_EPOCH_UNIX_S, 0)
    payload = end.to_bytes(4, "little") + bytes((records,))
    return ZclFrame(tsn, Command.GET_TOP_UP_LOG, payload, True, False, wants_default_response=True)


def parse_publish_top_up_log(payload: bytes) -> tuple[int, int, tuple[TopUpLogEntry, ...]]:
    """(index of this command, how many there are, entries). Raises WireError."""
    if len(payload) < 2:
        raise WireError("a Publish Top Up Log without its header")
    entries: list[TopUpLogEntry] = []
    at = 2
    while at < len(payload):
        end = at + 1 + payload[at]
        if end + 8 > len(payload):
            raise WireError("an entry of a Publish Top Up Log cut short")
        amount = int.from_bytes(payload[end : end + 4], "little", signed=True)
        when = int.from_bytes(payload[end + 4 : end + 8], "little") + ZIGBEE_EPOCH_UNIX_S
        entries.append(TopUpLogEntry(Secret(payload[at + 1 : end].decode("ascii", "replace")), amount, when))
        at = end + 8
    return payload[0], payload[1], tuple(entries)


def _amount_e5(octets: bytes) -> int | None:
    return None if octets == _NO_AMOUNT else int.from_bytes(octets, "little", signed=True)


def _whole(values: Mapping[int, Value], attribute: Attribute) -> int | None:
    value = values.get(attribute)
    return value if isinstance(value, int) else None
