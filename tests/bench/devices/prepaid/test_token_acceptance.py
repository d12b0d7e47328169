"""R30, R31: the virtual meter's verdicts: each reason distinct, exactly one effect a token, and the lock-out."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd import sts
from hubd.bench.devices.prepaid.lockout import Lockout
from hubd.bench.devices.prepaid.token_acceptance import (
    RESULT,
    Acceptance,
    Judgement,
    Limits,
    MeterSecret,
    Verdict,
    judge,
)
from hubd.bench.devices.prepaid.token_memory import TokenMemory
from hubd.model.secret import Secret
from hubd.model.topup import TopUpResult

VENDING_KEY = Secret(bytes.fromhex("abababababababab949494949494949401234567"))
KEY = sts.MeterKey("600727000000000009", VENDING_KEY, "123457", 4, 2, "01", 2014)
OTHER = replace(KEY, pan="000001000000000082")
LIMITS = Limits(max_credit_e5=99_999_000, max_top_up_e5=50_000_000, price_e5_per_unit=25_000)
TID = 6_781_680
NOW = 1_764_000_000.0
WRONG = sts.issue_currency(OTHER, 4, 800_000, TID)


def fresh(size: int = 50, ken: int = 255) -> Acceptance:
    return Acceptance(MeterSecret(KEY.decoder_key(), KEY.base, ken), TokenMemory(size))


def money(tid: int = TID, amount_e5: int = 800_000, key: sts.MeterKey = KEY) -> str:
    return sts.issue_currency(key, 4, amount_e5, tid)


def after(state: Acceptance, *tokens: str, at: float = NOW) -> Acceptance:
    for digits in tokens:
        state, _ = judge(state, digits, 0, LIMITS, at)
    return state


def verdict(state: Acceptance, digits: str, balance_e5: int = 0, at: float = NOW) -> Verdict:
    return judge(state, digits, balance_e5, LIMITS, at)[1].verdict


def test_money_is_credited_as_the_token_carries_it_once_and_then_used_r30() -> None:
    state, judgement = judge(fresh(), money(), 0, LIMITS, NOW)
    assert judgement == Judgement(Verdict.ACCEPTED, TID, amount_e5=800_024)
    again, judgement = judge(state, money(), 0, LIMITS, NOW)
    assert judgement == Judgement(Verdict.USED, TID)
    assert again == state


def test_the_published_compliance_token_is_accepted_once_and_priced_r30() -> None:
    """CTSA01: 0.1 kWh of 2004-03-01 13:00 on base 1993."""
    key = replace(KEY, krn=1, base=1993)
    state = Acceptance(MeterSecret(key.decoder_key(), 1993), TokenMemory(50))
    state, judgement = judge(state, "59386323472137426967", 0, LIMITS, NOW)
    assert judgement == Judgement(Verdict.ACCEPTED, 5_871_660, amount_e5=2_500)
    assert verdict(state, "59386323472137426967") is Verdict.USED


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (WRONG, Verdict.FOREIGN),
        ("", Verdict.MALFORMED),
        ("1" * 19, Verdict.MALFORMED),
        ("1" * 21, Verdict.MALFORMED),
        ("7107720320629162162x", Verdict.MALFORMED),
        ("9" * 20, Verdict.MALFORMED),
        (sts.issue_credit_units(KEY, 1, 10, TID, 5), Verdict.FUNCTION),
        (sts.issue_currency(KEY, 6, 10, TID), Verdict.FUNCTION),
        (sts.issue_management(KEY, 2, 10, TID, 5), Verdict.FUNCTION),
        (sts.issue_management(KEY, 1, 1, TID, 5), Verdict.FUNCTION),
        ("56493153725450313471", Verdict.FUNCTION),
        (money(amount_e5=50_100_000), Verdict.TOO_LARGE),
    ],
)
def test_every_refusal_has_its_own_verdict_and_takes_no_identifier(digits: str, expected: Verdict) -> None:
    state, judgement = judge(fresh(), digits, 0, LIMITS, NOW)
    assert judgement.verdict is expected
    assert state.memory.taken == ()
    assert judgement.amount_e5 == 0


def test_too_much_credit_does_not_use_the_token_up_r30() -> None:
    state, judgement = judge(fresh(), money(), LIMITS.max_credit_e5 - 800_023, LIMITS, NOW)
    assert judgement.verdict is Verdict.OVERFLOW
    assert verdict(state, money(), LIMITS.max_credit_e5 - 800_024) is Verdict.ACCEPTED


def test_a_token_beyond_the_keys_expiry_number_is_refused() -> None:
    assert verdict(fresh(ken=TID >> 16), money()) is Verdict.ACCEPTED
    assert verdict(fresh(ken=(TID >> 16) - 1), money()) is Verdict.KEY_EXPIRED


def test_below_a_full_memory_tokens_are_old_and_inside_it_they_may_come_in_any_order() -> None:
    state = after(fresh(size=3), *(money(TID + n) for n in (10, 30, 20)))
    assert verdict(state, money(TID + 5)) is Verdict.OLD
    assert verdict(state, money(TID + 25)) is Verdict.ACCEPTED
    state = after(state, money(TID + 25))
    assert state.memory.taken == (TID + 20, TID + 25, TID + 30)
    assert verdict(state, money(TID + 10)) is Verdict.OLD
    assert verdict(state, money(TID + 20)) is Verdict.USED


def test_what_was_forgotten_stays_old_in_a_larger_memory() -> None:
    state = after(fresh(size=1), money(TID), money(TID + 1))
    grown = replace(state, memory=replace(state.memory, size=50))
    assert verdict(grown, money(TID)) is Verdict.OLD


def test_three_wrong_tokens_lock_for_10_s_and_each_further_one_doubles_it_to_1280_s() -> None:
    state, at, locks = fresh(), NOW, []
    for _ in range(2):
        state = after(state, WRONG, at=at)
        assert not state.lockout.holds(at)
    for _ in range(10):
        state = after(state, WRONG, at=at)
        locks.append(state.lockout.until_unix_s - at)
        at = state.lockout.until_unix_s
    assert locks == [10, 20, 40, 80, 160, 320, 640, 1280, 1280, 1280]


def test_while_locked_nothing_is_judged_and_afterwards_a_good_token_ends_it() -> None:
    state = after(fresh(), WRONG, "1" * 19, WRONG)
    locked, judgement = judge(state, money(), 0, LIMITS, NOW + 9.9)
    assert judgement.verdict is Verdict.LOCKED
    assert locked == state
    assert after(state, money(), at=NOW + 10).lockout == Lockout()


def test_genuine_tokens_do_not_count_towards_the_lock_out() -> None:
    state = after(fresh(), money(), *[money()] * 9, money(TID + 5, 60_000_000))
    assert state.lockout == Lockout()


def test_management_tokens_clear_credit_set_the_power_limit_and_are_used_up() -> None:
    clear, limit = sts.issue_management(KEY, 1, 0xFFFF, TID, 5), sts.issue_management(KEY, 0, 0x03E8, TID + 1, 5)
    state, judgement = judge(fresh(), clear, 0, LIMITS, NOW)
    assert judgement.clears_credit
    state, judgement = judge(state, limit, 0, LIMITS, NOW)
    assert judgement.power_limit_w == 1000
    assert [verdict(state, token) for token in (clear, limit)] == [Verdict.USED, Verdict.USED]
    assert verdict(state, sts.issue_management(KEY, 5, 0, TID + 2, 5)) is Verdict.ACCEPTED


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_a_key_change_puts_the_new_key_in_force_and_the_old_one_out(order: tuple[int, ...]) -> None:
    new = replace(KEY, ti="02")
    tokens = sts.issue_key_change(KEY, new)
    state = after(fresh(), money(), *(tokens[n] for n in order))
    assert verdict(state, money(TID + 1)) is Verdict.FOREIGN
    assert verdict(state, money(TID, key=new)) is Verdict.USED
    assert verdict(state, money(TID + 1, key=new)) is Verdict.ACCEPTED


def test_a_rollover_forgets_identifiers_and_counts_from_the_next_base() -> None:
    new = replace(KEY, base=2035, krn=5)
    state = after(fresh(), money(), *sts.issue_key_change(KEY, new, rollover=True))
    assert state.memory == TokenMemory(50)
    assert state.secret.base == 2035
    assert verdict(state, money(480, key=new)) is Verdict.ACCEPTED


def test_a_key_change_that_is_not_whole_in_ten_minutes_begins_anew() -> None:
    new = replace(KEY, ti="02")
    first, *rest = sts.issue_key_change(KEY, new)
    state = after(after(fresh(), first), *rest, at=NOW + 601)
    assert state.secret.decoder_key == KEY.decoder_key()
    assert after(state, first, at=NOW + 602).secret.decoder_key == new.decoder_key()


def test_every_verdict_has_a_result_on_the_air() -> None:
    assert set(RESULT) == set(Verdict)
    assert RESULT[Verdict.USED] is TopUpResult.REJECTED_DUPLICATE_TOP_UP
    assert [v for v in Verdict if RESULT[v].accepted] == [Verdict.ACCEPTED]


@given(st.lists(st.integers(2, 40), max_size=60), st.integers(1, 8))
def test_no_history_credits_an_identifier_twice_r30(minutes: list[int], size: int) -> None:
    state, credited = fresh(size), []
    for minute in minutes:
        state, judgement = judge(state, money(TID + minute), 0, LIMITS, NOW)
        if judgement.verdict is Verdict.ACCEPTED:
            credited.append(judgement.tid)
    assert len(credited) == len(set(credited))
    assert len(state.memory.taken) <= size


def test_random_digits_lock_and_are_as_good_as_never_accepted() -> None:
    chance, state, at, seen = random.Random(11), fresh(), NOW, set()
    for _ in range(400):
        state, judgement = judge(state, f"{chance.randrange(10**20):020d}", 0, LIMITS, at)
        seen.add(judgement.verdict)
        at = max(at + 1, state.lockout.until_unix_s)
    assert seen <= {Verdict.FOREIGN, Verdict.MALFORMED, Verdict.FUNCTION}
