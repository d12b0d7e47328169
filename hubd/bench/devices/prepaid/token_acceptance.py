"""Judging a token as the meter does: a pure function of token, key, memory, balance and time.

| verdict | when | answer on the air |
|---|---|---|
| ACCEPTED | it took effect | Accepted, or one that tells the supply (`prepayment.py`) |
| USED | its identifier was taken before | Rejected: Duplicate Top Up |
| OLD | its identifier is below all that is remembered | Rejected: Error |
| FOREIGN | it does not open: another meter's, another key's, or a typing error | Rejected: Invalid Top Up |
| MALFORMED | not 20 digits, or above 2^66 - 1 | Rejected: Invalid Top Up |
| KEY_EXPIRED | its identifier is beyond the key's expiry number | Rejected: Error |
| OVERFLOW | the credit would pass the limit; it can be used later | Rejected: Max Credit Reached |
| TOO_LARGE | its value is above the limit of one token | Rejected: Top Up Value Too Large |
| LOCKED | too many wrong tokens; it was not looked at | Rejected: Keypad Lock |
| FUNCTION | it opens, but the meter has no such function | Rejected: Error |

Only ACCEPTED takes the identifier into the memory, and only FOREIGN and MALFORMED count towards the lock-out.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from hubd.bench.devices.prepaid import utrn_opening
from hubd.bench.devices.prepaid.commodity import ELECTRICITY, Commodity
from hubd.bench.devices.prepaid.lockout import Lockout
from hubd.bench.devices.prepaid.token_memory import Known, TokenMemory
from hubd.headend.utrn import UtrnKey
from hubd.model.secret import Secret
from hubd.model.topup import TopUpResult
from hubd.sts import Decoded, KeyChange, KeyChangeSection, Rejected, RejectReason, TokenClass, assemble, decode_with
from hubd.sts.amount import decode_tenths
from hubd.sts.tid import BASES


class Verdict(StrEnum):
    """What became of a token; the table is at the top of the file."""

    ACCEPTED = "accepted"
    USED = "used"
    OLD = "old"
    FOREIGN = "foreign"
    MALFORMED = "malformed"
    KEY_EXPIRED = "key_expired"
    OVERFLOW = "overflow"
    TOO_LARGE = "too_large"
    LOCKED = "locked"
    FUNCTION = "function"


RESULT = {
    Verdict.ACCEPTED: TopUpResult.ACCEPTED,
    Verdict.USED: TopUpResult.REJECTED_DUPLICATE_TOP_UP,
    Verdict.OLD: TopUpResult.REJECTED_ERROR,
    Verdict.FOREIGN: TopUpResult.REJECTED_INVALID_TOP_UP,
    Verdict.MALFORMED: TopUpResult.REJECTED_INVALID_TOP_UP,
    Verdict.KEY_EXPIRED: TopUpResult.REJECTED_ERROR,
    Verdict.OVERFLOW: TopUpResult.REJECTED_MAX_CREDIT_REACHED,
    Verdict.TOO_LARGE: TopUpResult.REJECTED_TOP_UP_VALUE_TOO_LARGE,
    Verdict.LOCKED: TopUpResult.REJECTED_KEYPAD_LOCK,
    Verdict.FUNCTION: TopUpResult.REJECTED_ERROR,
}
_REJECTED = {
    RejectReason.FORMAT: Verdict.MALFORMED,
    RejectReason.RANGE: Verdict.MALFORMED,
    RejectReason.CRC: Verdict.FOREIGN,
}
_KNOWN = {Known.USED: Verdict.USED, Known.OLD: Verdict.OLD}

KEY_CHANGE_WITHIN_S = 600.0
"""The sections of a key change are forgotten this long after the first one, unless the set is whole by then."""
_POWER_LIMIT, _CLEAR_CREDIT, _CLEAR_TAMPER = 0, 1, 5
_ALL_REGISTERS = 0xFFFF
"""What a clear credit token names; or one of the meter's own two, units and money. Here they are one account."""


@dataclass(frozen=True, slots=True)
class MeterSecret:
    """What the meter holds to open tokens: its decoder key, the base date and the key expiry number; or, of a meter
    that takes UTRNs, what those are proven with.
    """

    decoder_key: Secret[bytes]
    base: int
    ken: int = 255
    utrn: UtrnKey | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the meter lets in, of which commodity. Amounts in 10^-5 of the currency unit."""

    max_credit_e5: int
    max_top_up_e5: int
    price_e5_per_unit: int
    commodity: Commodity = ELECTRICITY


@dataclass(frozen=True, slots=True)
class Acceptance:
    """All that judging needs and changes. `sections` came in since `sections_since_unix_s`."""

    secret: MeterSecret
    memory: TokenMemory
    lockout: Lockout = field(default_factory=Lockout)
    sections: tuple[KeyChangeSection, ...] = ()
    sections_since_unix_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict and, where it is ACCEPTED, what the meter is to do: add `amount_e5`, clear its credit, or hold to
    a power limit.
    """

    verdict: Verdict
    tid: int | None = None
    amount_e5: int = 0
    clears_credit: bool = False
    power_limit_w: int | None = None


def judge(
    state: Acceptance, digits: str, balance_e5: int, limits: Limits, unix_s: float
) -> tuple[Acceptance, Judgement]:
    """The token's fate, and the state after it. Nothing but the returned state remembers that it was here."""
    if state.lockout.holds(unix_s):
        return state, Judgement(Verdict.LOCKED)
    opened = _open(state, digits)
    if isinstance(opened, Rejected):
        return replace(state, lockout=state.lockout.after_wrong(unix_s)), Judgement(_REJECTED[opened.reason])
    if opened.section is not None:
        return _take_section(state, opened.section, unix_s), Judgement(Verdict.ACCEPTED)
    judgement = _judge_opened(state, opened, balance_e5, limits)
    if judgement.verdict is Verdict.ACCEPTED and judgement.tid is not None:
        state = replace(state, memory=state.memory.with_taken(judgement.tid), lockout=Lockout())
    return state, judgement


def _open(state: Acceptance, digits: str) -> Decoded | Rejected:
    if state.secret.utrn is not None:
        return utrn_opening.opened(state.secret.utrn, digits, max(state.memory.taken, default=0))
    return decode_with(state.secret.decoder_key, state.secret.base, digits)


def _judge_opened(state: Acceptance, opened: Decoded, balance_e5: int, limits: Limits) -> Judgement:
    tid, effect = opened.tid, _effect(opened, limits)
    if tid is None or effect is None:
        return Judgement(Verdict.FUNCTION, tid)
    if tid >> 16 > state.secret.ken:
        return Judgement(Verdict.KEY_EXPIRED, tid)
    if (known := state.memory.look_up(tid)) is not Known.FRESH:
        return Judgement(_KNOWN[known], tid)
    if effect.amount_e5 > limits.max_top_up_e5:
        return Judgement(Verdict.TOO_LARGE, tid)
    if effect.amount_e5 > 0 and balance_e5 + effect.amount_e5 > limits.max_credit_e5:
        return Judgement(Verdict.OVERFLOW, tid)
    return effect


def _effect(opened: Decoded, limits: Limits) -> Judgement | None:
    sold = limits.commodity
    if opened.cls is TokenClass.CREDIT and opened.subclass == sold.money_subclass and opened.amount_e5 is not None:
        return Judgement(Verdict.ACCEPTED, opened.tid, amount_e5=opened.amount_e5)
    if opened.cls is TokenClass.CREDIT and opened.subclass == sold.units_subclass and opened.units_tenths is not None:
        # The account is money: units are bought back at the meter's own price, to the customer's favour.
        amount_e5 = -(-opened.units_tenths * limits.price_e5_per_unit // 10)
        return Judgement(Verdict.ACCEPTED, opened.tid, amount_e5=amount_e5)
    if opened.cls is TokenClass.MANAGEMENT and opened.value16 is not None:
        return _management(opened.subclass, opened.value16, opened.tid, sold)
    return None


def _management(subclass: int, value16: int, tid: int | None, sold: Commodity) -> Judgement | None:
    if subclass == _POWER_LIMIT:
        return Judgement(Verdict.ACCEPTED, tid, power_limit_w=decode_tenths(value16))
    if subclass == _CLEAR_CREDIT and value16 in (_ALL_REGISTERS, sold.units_subclass, sold.money_subclass):
        return Judgement(Verdict.ACCEPTED, tid, clears_credit=True)
    if subclass == _CLEAR_TAMPER:
        return Judgement(Verdict.ACCEPTED, tid)
    return None


def _take_section(state: Acceptance, section: KeyChangeSection, unix_s: float) -> Acceptance:
    stale = unix_s - state.sections_since_unix_s > KEY_CHANGE_WITHIN_S
    kept = () if stale else state.sections
    since = state.sections_since_unix_s if kept else unix_s
    state = replace(state, sections=(*kept, section), sections_since_unix_s=since, lockout=Lockout())
    change = assemble(state.sections)
    return state if change is None else _rekeyed(state, change)


def _rekeyed(state: Acceptance, change: KeyChange) -> Acceptance:
    """The new key is in force at once. After a rollover identifiers count from the next base date, from nothing."""
    base = state.secret.base
    if change.rollover:
        base = BASES[(BASES.index(base) + 1) % len(BASES)]
    memory = state.memory.emptied() if change.rollover else state.memory
    return Acceptance(MeterSecret(change.decoder_key, base, change.ken), memory, state.lockout)
