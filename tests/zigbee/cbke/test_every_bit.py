"""Every bit of a certificate, point or code on the air counts: one turned over, no key, and the right status.

R12, R13. A sample in the usual run; every bit with `make cbke` (HUBD_CBKE_FULL=1 in the environment; some minutes).
"""

import os
from dataclasses import replace

import pytest

from hubd.zigbee.cbke.exchange import Established, Failed
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.se.key_establishment import (
    ConfirmKeyDataRequest,
    ConfirmKeyDataResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    InitiateRequest,
    InitiateResponse,
    Message,
    Status,
)

from .published import Published
from .two_sides import two_sides

EACH = 1 if os.environ.get("HUBD_CBKE_FULL") else 7
"""Which bits are turned: each one, or each 7th (odd, so that all places in an octet have their turn)."""

CERTIFICATE_FIELDS = {
    Suite.ONE: {
        range(22): {Status.INVALID_CERTIFICATE, Status.BAD_KEY_CONFIRM},
        range(22, 30): {Status.BAD_MESSAGE},
        range(30, 38): {Status.UNKNOWN_ISSUER},
        range(38, 48): {Status.BAD_KEY_CONFIRM},
    },
    Suite.TWO: {
        range(1): {Status.INVALID_CERTIFICATE},
        range(1, 9): {Status.BAD_KEY_CONFIRM},
        range(9, 11): {Status.INVALID_CERTIFICATE},
        range(11, 19): {Status.UNKNOWN_ISSUER},
        range(19, 28): {Status.BAD_KEY_CONFIRM},
        range(28, 36): {Status.BAD_MESSAGE},
        range(36, 37): {Status.INVALID_CERTIFICATE, Status.BAD_KEY_CONFIRM},
        range(37, 74): {Status.INVALID_CERTIFICATE, Status.BAD_KEY_CONFIRM},
    },
}
"""By octet: a point that is on the curve after all, and what is only hashed, show when the keys are confirmed."""


def flipped(octets: bytes, bit: int) -> bytes:
    changed = bytearray(octets)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)


def status_with(published: Published, kind: type[Message], field: str, bit: int) -> Status | int | None:
    """The status with which the exchange ends when this one bit of this message arrives turned over."""

    def turn(_sender: object, message: Message) -> Message:
        if isinstance(message, kind):
            return replace(message, **{field: flipped(getattr(message, field), bit)})
        return message

    table = two_sides(published, turn)
    table.begin(published.suite)
    told = [*table.reported[table.initiator], *table.reported[table.responder]]
    if kind is not ConfirmKeyDataResponse:
        assert not any(isinstance(each, Established) for each in told)
    failures = [each for each in told if isinstance(each, Failed)]
    assert failures, f"bit {bit} of {kind.__name__} went unnoticed"
    statuses = {each.status for each in failures}
    assert len(statuses) == 1, "both sides report the same reason"
    return statuses.pop()


@pytest.mark.parametrize("kind", [InitiateRequest, InitiateResponse])
def test_every_bit_of_a_certificate(published: Published, kind: type[Message]):
    fields = CERTIFICATE_FIELDS[published.suite]
    edges = {8 * octets[0] for octets in fields} if EACH > 1 else set()
    for bit in sorted({*range(0, 8 * published.suite.certificate_octets, EACH), *edges}):
        expected = next(statuses for octets, statuses in fields.items() if bit // 8 in octets)
        assert status_with(published, kind, "identity", bit) in expected, f"bit {bit}"


@pytest.mark.parametrize("kind", [EphemeralDataRequest, EphemeralDataResponse])
def test_every_bit_of_an_ephemeral_point(published: Published, kind: type[Message]):
    for bit in range(0, 8 * (published.suite.curve.octets + 1), EACH):
        expected = {Status.BAD_MESSAGE, Status.BAD_KEY_CONFIRM}
        status = status_with(published, kind, "point", bit)
        assert status in expected, f"bit {bit}"
        if bit < 7:
            assert status is Status.BAD_MESSAGE, "the first octet is 02 or 03"


@pytest.mark.parametrize("kind", [ConfirmKeyDataRequest, ConfirmKeyDataResponse])
def test_every_bit_of_a_code(published: Published, kind: type[Message]):
    for bit in range(128):
        assert status_with(published, kind, "mac", bit) is Status.BAD_KEY_CONFIRM, f"bit {bit}"
