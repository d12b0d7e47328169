"""The frames that may cross to the consumer's domain: a closed list, one line of JSON each, at most 4,096 bytes.

A line of at most PIPE_BUF (4,096 on Linux) bytes is written to a pipe whole or not at all (pipe(7)). Every text has a
pattern and every number a range of fewer than 64 bits: an EUI64 (64 bits), a token (66 bits, 20 digits), an install
code or a key (128 bits) fits into no field (R1).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hubd.errors import WireError
from hubd.model.credit_status import CreditStatus
from hubd.model.device import DeviceKind
from hubd.model.stamp import TimeTrust
from hubd.model.top_up_case import TopUpCase

MAX_FRAME_BYTES = 4_096

ALIAS = r"\A(electricity|gas|display)-[1-9][0-9]{0,3}\Z"
Alias = Annotated[str, Meta(pattern=ALIAS)]
"""A device's only name outside the utility's domain: `electricity-1`."""
Kind = Annotated[str, Meta(pattern=rf"\A({'|'.join(DeviceKind)})\Z")]
"""A value of `model.device.DeviceKind`."""
Name = Annotated[str, Meta(pattern=r"\A[A-Z][a-z]{0,15}([ -][A-Za-z]{1,15}){0,4}\Z")]
"""Up to five words without digits: `In-home display`."""
Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z")]
"""ISO 4217."""
Register = Annotated[int, Meta(ge=0, lt=1 << 48)]
"""Wh or litres; the width of CurrentSummation (Metering cluster, 0x0702)."""
Power = Annotated[int, Meta(ge=-(1 << 31), lt=1 << 31)]
"""W; positive: import."""
Amount = Annotated[int, Meta(ge=-(1 << 48), lt=1 << 48)]
"""10^-5 of the currency unit."""
Exchanges = Annotated[int, Meta(ge=0, lt=1 << 16)]
UnixSeconds = Annotated[float, Meta(ge=0, le=253_402_300_799)]
"""Up to the year 9999."""


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `model.stamp.Stamp` on the feed."""

    unix_s: UnixSeconds
    trust: TimeTrust


class Meter(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="frame", tag="meter"
):
    """A device is there. `has_export` may be false only because nothing was read yet. `exchanges` counts how often
    the meter behind this name was exchanged: only when it rises may a register fall.
    """

    alias: Alias
    kind: Kind
    name: Name
    has_export: bool
    exchanges: Exchanges = 0


class Reading(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="frame", tag="reading"
):
    """What a meter measured. A value that was not read is absent."""

    alias: Alias
    measured_at: When
    import_wh: Register | None = None
    export_wh: Register | None = None
    power_w: Power | None = None
    volume_l: Register | None = None


class Prepayment(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="frame", tag="prepayment"
):
    """A meter's own account. A value that the meter did not say is absent."""

    alias: Alias
    measured_at: When
    currency: Currency
    balance_e5: Amount | None = None
    emergency_credit_e5: Amount | None = None
    debt_e5: Amount | None = None
    credit_status: CreditStatus | None = None
    """The meter's own word."""
    low_credit_warning: bool | None = None
    """The hub's: at the present rate the credit lasts only a few hours, until `credit_until`."""
    credit_until: When | None = None


class TopUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="frame", tag="top_up"):
    """What became of the last top-up: a row of docs/top-up-messages.md. Neither the code nor an amount crosses: the
    meter's own account says what it holds.
    """

    alias: Alias
    case: TopUpCase
    at: When


class Supply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="frame", tag="supply"):
    """Whether a meter lets energy through."""

    alias: Alias
    state: Literal["off", "armed", "on"]
    measured_at: When


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="frame", tag="link"):
    """Whether the hub hears the device."""

    alias: Alias
    reachable: bool


class Mains(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="frame", tag="mains"):
    """Whether the house has supply, as the hub senses it: not the same as whether a meter lets energy through. After
    `off` the reader has about a second: what it must not lose, it writes now.
    """

    state: Literal["off", "on"]
    since: When


MeterFrame = Meter | Reading | Prepayment | TopUp | Supply | Link
Frame = MeterFrame | Mains

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


def encode(frame: Frame) -> bytes:
    """The frame as one line, newline included. Raises WireError where the receiver would refuse it: a value out of
    its bounds, or a line of more than 4,096 bytes. The error says nothing of the value.
    """
    line = _ENCODER.encode(frame) + b"\n"
    decode(line)
    return line


def decode(line: bytes) -> Frame:
    """The frame in a line. Raises WireError for anything but exactly one known frame with known fields, each within
    its bounds. The error says nothing of the line, which may hold anything.
    """
    if len(line) > MAX_FRAME_BYTES:
        raise WireError(f"a frame of {len(line)} bytes; at most {MAX_FRAME_BYTES}")
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WireError(f"{len(line)} bytes that are no frame of the closed list") from None
