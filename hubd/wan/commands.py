"""Signed commands: who may order what, and is this really he, now, and for the first time?

`verify` asks in this order, and the first no ends it: has it the form of a token; is its key known; may that key
speak on this topic; is the signature good; is it for this hub; is the command on the role's closed list; has it
expired (only where our time is trusted); is its counter above the last; have its arguments the command's form.
It never raises, whatever the bytes are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import jwt
import msgspec

from hubd.model.device import DeviceKind
from hubd.model.identity import HubId, parse_eui64
from hubd.model.roles import COMMANDS, Role
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.token_schemes.form import form_fault
from hubd.model.top_up_words import WORDS
from hubd.wan.messages import AdmitArgs, CommandClaims, DeviceArgs, NoArgs, PrepaymentArgs, VendArgs
from hubd.wan.prepayment_args import setting_of
from hubd.wan.role_keys import RoleKeys

T = TypeVar("T", bound=msgspec.Struct)

MAX_COMMAND_BYTES = 8_192
_ORDER_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""No colon: orders keyed in on the hub itself are `local:...`, and nobody may order under such a name."""
ALGORITHM = "EdDSA"
SECTIONS_OF_A_KEY_CHANGE = (2, 4)
"""IEC 62055-41: two under EA07, four under EA11."""
MOST_ADMITTED = 8
"""Devices in one admission: more than any site has, and well below the longest command."""

_ARGUMENTS: dict[str, type[msgspec.Struct]] = {
    "vend": VendArgs,
    "read": DeviceArgs,
    "prepayment": PrepaymentArgs,
    "remove": DeviceArgs,
    "admit": AdmitArgs,
    "status": NoArgs,
}


class Reason(StrEnum):
    """Why a command was refused."""

    TOO_LONG = "too_long"
    NOT_A_TOKEN = "not_a_token"  # noqa: S105
    UNKNOWN_KEY = "unknown_key"
    WRONG_ROLE = "wrong_role"
    BAD_SIGNATURE = "bad_signature"
    BAD_CLAIMS = "bad_claims"
    WRONG_HUB = "wrong_hub"
    UNKNOWN_COMMAND = "unknown_command"
    EXPIRED = "expired"
    REPLAYED_COUNTER = "replayed_counter"
    BAD_ARGUMENTS = "bad_arguments"
    NOT_20_DIGITS = "not_20_digits"


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """A command that may be obeyed. `args_json` may hold a secret: not for a log."""

    jti: str
    kid: str
    role: Role
    ctr: int
    cmd: str
    args_json: bytes

    def arguments(self, kind: type[T]) -> T:
        """The arguments, decoded; `verify` has seen that they have this form."""
        return msgspec.json.decode(self.args_json, type=kind)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that may not be obeyed. `words` are for people and quote nothing secret.

    `order`, `cmd`, `kid` and `ctr` are set where the signature was good and the claims had their form: then the
    refusal is also an answer to its issuer, and its counter is used up. `seen` (order, kid, ctr) is set where the
    counter was used up before: by these very bytes, delivered again, or by others.
    """

    reason: Reason
    words: str
    order: str | None = None
    cmd: str | None = None
    kid: str | None = None
    ctr: int | None = None
    seen: tuple[str, str, int] | None = None


def verify(
    token: bytes, topic_role: Role, keys: RoleKeys, hub: HubId, now: Stamp, last_counter: Callable[[str], int]
) -> Command | Refusal:
    """Judge one message from the topic of `topic_role`."""
    claims = _authenticated(token, topic_role, keys)
    if isinstance(claims, Refusal):
        return claims
    if (refusal := _not_for_now(claims, topic_role, hub, now, last_counter(claims.iss))) is not None:
        return refusal
    args_json = msgspec.json.encode(claims.args)
    if (refusal := _bad_arguments(claims, args_json)) is not None:
        return refusal
    return Command(claims.jti, claims.iss, topic_role, claims.ctr, claims.cmd, args_json)


def unverified_order(token: bytes) -> str | None:
    """The order a message claims to be, unchecked: for whoever only watches."""
    try:
        return str(jwt.decode(token, options={"verify_signature": False}).get("jti"))
    except jwt.PyJWTError:
        return None


def _authenticated(token: bytes, topic_role: Role, keys: RoleKeys) -> CommandClaims | Refusal:
    if len(token) > MAX_COMMAND_BYTES:
        return Refusal(Reason.TOO_LONG, f"a command has at most {MAX_COMMAND_BYTES} octets; this one has more")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError):
        return Refusal(Reason.NOT_A_TOKEN, "not a signed command (JWS compact)")
    key = keys.get(str(header.get("kid")))
    if header.get("alg") != ALGORITHM or key is None:
        return Refusal(Reason.UNKNOWN_KEY, f"signed by no key of this hub's list, or not with {ALGORITHM}")
    if key.role is not topic_role:
        return Refusal(Reason.WRONG_ROLE, f"the key is for the role {key.role}, the topic for {topic_role}")
    return _claims(token, keys, key.kid)


def _claims(token: bytes, keys: RoleKeys, kid: str) -> CommandClaims | Refusal:
    try:
        payload = jwt.api_jws.decode(token, keys[kid].public, algorithms=[ALGORITHM])
    except (jwt.PyJWTError, ValueError, TypeError):
        return Refusal(Reason.BAD_SIGNATURE, f"the signature is not that of {kid}")
    try:
        claims = msgspec.json.decode(payload, type=CommandClaims)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refusal(Reason.BAD_CLAIMS, f"the claims have not their form: {error}")
    if claims.iss != kid or not _ORDER_ID.fullmatch(claims.jti) or not 0 < claims.ctr < 1 << 53:
        return Refusal(Reason.BAD_CLAIMS, "iss is not the key's id, or jti or ctr is out of range")
    return claims


def _not_for_now(claims: CommandClaims, role: Role, hub: HubId, now: Stamp, last_counter: int) -> Refusal | None:
    if claims.aud != hub:
        return Refusal(Reason.WRONG_HUB, "the command is for another hub")
    if claims.ctr <= last_counter:
        words = (
            f"counter {claims.ctr} is not above the last one obeyed ({last_counter}): seen before, or out of order"
        )
        return Refusal(Reason.REPLAYED_COUNTER, words, seen=(claims.jti, claims.iss, claims.ctr))
    if claims.cmd not in COMMANDS[role]:
        return _answer(claims, Reason.UNKNOWN_COMMAND, f"not on the closed list of the role {role}")
    if now.trust is not TimeTrust.UNSYNCED and claims.exp <= now.unix_s:
        return _answer(claims, Reason.EXPIRED, "its time was over before it came: order again")
    return None


def _bad_arguments(claims: CommandClaims, args_json: bytes) -> Refusal | None:
    try:
        args = msgspec.json.decode(args_json, type=_ARGUMENTS[claims.cmd])
    except msgspec.DecodeError as error:
        return _answer(claims, Reason.BAD_ARGUMENTS, f"the arguments of {claims.cmd} have not their form: {error}")
    if any(not _is_address(address) for address in _addresses(args)):
        return _answer(claims, Reason.BAD_ARGUMENTS, "device is not an IEEE address of 16 hexadecimal digits")
    if isinstance(args, VendArgs) and (bad := _bad_codes(args)) is not None:
        return _answer(claims, *bad)
    if isinstance(args, AdmitArgs):
        return _bad_admission(claims, args)
    if isinstance(args, PrepaymentArgs):
        return _bad_setting(claims, args)
    return None


def _bad_setting(claims: CommandClaims, args: PrepaymentArgs) -> Refusal | None:
    try:
        setting_of(args)
    except ValueError as error:
        return _answer(claims, Reason.BAD_ARGUMENTS, str(error))
    return None


def _addresses(args: msgspec.Struct) -> list[str]:
    if isinstance(args, AdmitArgs):
        return [each.device for each in args.devices]
    return [args.device] if isinstance(args, VendArgs | DeviceArgs | PrepaymentArgs) else []


def _is_address(text: str) -> bool:
    try:
        parse_eui64(text)
    except ValueError:
        return False
    return True


def _bad_admission(claims: CommandClaims, args: AdmitArgs) -> Refusal | None:
    if not 1 <= len(args.devices) <= MOST_ADMITTED:
        return _answer(claims, Reason.BAD_ARGUMENTS, f"one admission names 1 to {MOST_ADMITTED} devices")
    if len({parse_eui64(each.device) for each in args.devices}) != len(args.devices):
        return _answer(claims, Reason.BAD_ARGUMENTS, "the admission names a device twice")
    if any(each.kind not in list(DeviceKind) for each in args.devices):
        return _answer(claims, Reason.BAD_ARGUMENTS, f"unknown kind; known are {', '.join(DeviceKind)}")
    if args.visit is not None and not _ORDER_ID.fullmatch(args.visit):
        return _answer(claims, Reason.BAD_ARGUMENTS, "a visit's name is 1 to 64 letters, digits, dots or dashes")
    return None


def _bad_codes(args: VendArgs) -> tuple[Reason, str] | None:
    fault = next(filter(None, map(form_fault, (args.token, *args.before))), None)
    if fault is not None:
        return Reason.NOT_20_DIGITS, WORDS[fault].both
    if len(args.before) not in (0, *SECTIONS_OF_A_KEY_CHANGE):
        return Reason.BAD_ARGUMENTS, "a key change has two or four sections"
    return None


def _answer(claims: CommandClaims, reason: Reason, words: str) -> Refusal:
    return Refusal(reason, words, claims.jti, claims.cmd, claims.iss, claims.ctr)
