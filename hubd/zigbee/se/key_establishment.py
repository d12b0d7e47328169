"""Key Establishment (0x0800): the commands of both directions (Smart Energy 07-5356, annex C.3).

Certificates, points and codes stand as raw octets without a length; the other numbers least significant octet first.
The cluster runs under the network key, and its client is the initiator. Attribute 0x0000 on both sides is the mask of
suites (`hubd.zigbee.cbke.suite.mask`).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from hubd.errors import WireError
from hubd.zigbee.cbke.suite import Suite, suite_of
from hubd.zigbee.se import profile
from hubd.zigbee.zcl.frame import ZclFrame

CLUSTER_ID: Final = profile.KEY_ESTABLISHMENT
LONGEST_TIME_S: Final = 0xFE
"""The longest time that a command can name."""
_POINT_OCTETS: Final = tuple(suite.curve.octets + 1 for suite in Suite)
_MAC_OCTETS: Final = 16


class Attribute(IntEnum):
    """The one attribute, on the server and on the client."""

    KEY_ESTABLISHMENT_SUITE = 0x0000


class CommandId(IntEnum):
    """The commands: requests to the server, responses to the client, Terminate both ways."""

    INITIATE = 0x00
    EPHEMERAL_DATA = 0x01
    CONFIRM_KEY_DATA = 0x02
    TERMINATE = 0x03


class Status(IntEnum):
    """Why an exchange was terminated."""

    UNKNOWN_ISSUER = 0x01
    BAD_KEY_CONFIRM = 0x02
    BAD_MESSAGE = 0x03
    NO_RESOURCES = 0x04
    UNSUPPORTED_SUITE = 0x05
    INVALID_CERTIFICATE = 0x06


def status_name(status: Status | int) -> str:
    """For people."""
    return status.name if isinstance(status, Status) else f"status 0x{status:02X}"


@dataclass(frozen=True, slots=True)
class GenerateTimes:
    """How long a device says it takes to make its ephemeral data and its confirmation, 0 to 254 s each."""

    ephemeral_s: int
    confirm_s: int


@dataclass(frozen=True, slots=True)
class InitiateRequest:
    """The initiator's certificate. `suite` is its bit; with a bit that is not known, `identity` is what follows."""

    suite: int
    times: GenerateTimes
    identity: bytes


@dataclass(frozen=True, slots=True)
class InitiateResponse:
    """The responder's certificate, laid out as in the request."""

    suite: int
    times: GenerateTimes
    identity: bytes


@dataclass(frozen=True, slots=True)
class EphemeralDataRequest:
    """The initiator's ephemeral point, compressed: 22 octets in suite 1, 37 in suite 2."""

    point: bytes


@dataclass(frozen=True, slots=True)
class EphemeralDataResponse:
    """The responder's ephemeral point."""

    point: bytes


@dataclass(frozen=True, slots=True)
class ConfirmKeyDataRequest:
    """The initiator's code MACU, 16 octets."""

    mac: bytes


@dataclass(frozen=True, slots=True)
class ConfirmKeyDataResponse:
    """The responder's code MACV, 16 octets."""

    mac: bytes


@dataclass(frozen=True, slots=True)
class Terminate:
    """The end of an exchange without a key. An unknown status stays its number.

    `wait_s`: before which the initiator should not try again, 0 to 254; `suites`: the mask that the sender has;
    `to_client`: sent by the responder.
    """

    status: Status | int
    wait_s: int
    suites: int
    to_client: bool


Request = InitiateRequest | EphemeralDataRequest | ConfirmKeyDataRequest
Response = InitiateResponse | EphemeralDataResponse | ConfirmKeyDataResponse
Message = Request | Response | Terminate


def build(tsn: int, message: Message) -> ZclFrame:
    """The command as a frame. Refusals come as Terminate; no default response is asked for."""
    match message:
        case InitiateRequest(suite, times, identity) | InitiateResponse(suite, times, identity):
            command, payload = (
                CommandId.INITIATE,
                _u16(suite) + bytes((times.ephemeral_s, times.confirm_s)) + identity,
            )
        case EphemeralDataRequest(point) | EphemeralDataResponse(point):
            command, payload = CommandId.EPHEMERAL_DATA, point
        case ConfirmKeyDataRequest(mac) | ConfirmKeyDataResponse(mac):
            command, payload = CommandId.CONFIRM_KEY_DATA, mac
        case Terminate(status, wait_s, suites, _):
            command, payload = CommandId.TERMINATE, bytes((status, wait_s)) + _u16(suites)
    return ZclFrame(tsn, command, payload, cluster_command=True, to_client=is_to_client(message))


def is_to_client(message: Message) -> bool:
    """Whether the command goes from the server, the responder, to the client."""
    return message.to_client if isinstance(message, Terminate) else isinstance(message, Response)


def parse(frame: ZclFrame) -> Message:
    """The command in a frame of this cluster. Raises WireError for one unknown or of a wrong length."""
    if not frame.cluster_command or frame.manufacturer is not None:
        raise WireError("not a command of Key Establishment")
    payload = frame.payload
    match frame.command_id:
        case CommandId.INITIATE:
            suite, times, identity = _initiate(payload)
            return (InitiateResponse if frame.to_client else InitiateRequest)(suite, times, identity)
        case CommandId.EPHEMERAL_DATA:
            _exactly(payload, _POINT_OCTETS, "an ephemeral point")
            return (EphemeralDataResponse if frame.to_client else EphemeralDataRequest)(payload)
        case CommandId.CONFIRM_KEY_DATA:
            _exactly(payload, (_MAC_OCTETS,), "a confirmation of the key")
            return (ConfirmKeyDataResponse if frame.to_client else ConfirmKeyDataRequest)(payload)
        case CommandId.TERMINATE:
            _exactly(payload, (4,), "a Terminate Key Establishment")
            status: Status | int = Status(payload[0]) if payload[0] in set(Status) else payload[0]
            return Terminate(status, payload[1], int.from_bytes(payload[2:], "little"), frame.to_client)
    raise WireError(f"command 0x{frame.command_id:02X} of Key Establishment, which is not known")


def _initiate(payload: bytes) -> tuple[int, GenerateTimes, bytes]:
    if len(payload) < 4:
        raise WireError("an Initiate Key Establishment without its header")
    code, times = int.from_bytes(payload[:2], "little"), GenerateTimes(payload[2], payload[3])
    if max(times.ephemeral_s, times.confirm_s) > LONGEST_TIME_S:
        raise WireError("an Initiate Key Establishment whose generate time is not valid (0xFF)")
    suite = suite_of(code)
    if suite is not None:
        _exactly(payload[4:], (suite.certificate_octets,), f"a certificate of suite {suite.number}")
    return code, times, payload[4:]


def _exactly(octets: bytes, lengths: tuple[int, ...], what: str) -> None:
    if len(octets) not in lengths:
        raise WireError(f"{what} of {len(octets)} octets: it has {' or '.join(map(str, lengths))}")


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "little")
