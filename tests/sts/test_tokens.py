"""R30, R31: properties of tokens: what goes in comes out, and what is not this meter's is refused."""

import random
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd import sts
from hubd.model.secret import Secret
from hubd.sts.amount import MAX_TENTHS, decode_tenths, encode_tenths
from hubd.sts.currency import MAX_E5
from hubd.sts.tid import MAX_TID, is_reserved

VENDING_KEY = Secret(bytes.fromhex("abababababababab949494949494949401234567"))
KEY = sts.MeterKey("600727000000000009", VENDING_KEY, "123457", 1, 2, "01", 2014)
OTHER = replace(KEY, pan="000001000000000082")

tids = st.integers(0, MAX_TID).filter(lambda tid: not is_reserved(tid))
nibbles = st.integers(0, 15)


@given(st.integers(0, 3), st.integers(0, MAX_TENTHS), tids, nibbles)
def test_units_come_out_as_they_went_in_but_rounded_up(subclass: int, tenths: int, tid: int, rnd: int) -> None:
    opened = sts.decode(KEY, sts.issue_credit_units(KEY, subclass, tenths, tid, rnd))
    assert isinstance(opened, sts.Decoded)
    assert (opened.subclass, opened.tid, opened.rnd) == (subclass, tid, rnd)
    assert opened.units_tenths == sts.encoded_tenths(tenths) >= tenths
    assert sts.encoded_tenths(tenths) - tenths <= tenths / 1_638 + 1


@given(st.integers(4, 7), st.integers(-(10**12), 10**12), tids)
def test_money_comes_out_as_it_went_in_but_rounded_in_the_customers_favour(
    subclass: int, amount_e5: int, tid: int
) -> None:
    opened = sts.decode(KEY, sts.issue_currency(KEY, subclass, amount_e5, tid))
    assert isinstance(opened, sts.Decoded)
    assert (opened.subclass, opened.tid, opened.rnd) == (subclass, tid, None)
    assert opened.amount_e5 == sts.encoded_e5(amount_e5) >= amount_e5


@given(st.integers(0, 0xFFFF))
def test_every_unit_field_survives_its_own_value(field: int) -> None:
    assert encode_tenths(decode_tenths(field)) == field


@given(st.integers(-MAX_E5, MAX_E5))
def test_what_a_money_token_carries_is_carried_exactly(amount_e5: int) -> None:
    assert sts.encoded_e5(sts.encoded_e5(amount_e5)) == sts.encoded_e5(amount_e5)


@pytest.mark.parametrize(
    ("amount_e5", "carried"), [(0, 0), (800_000, 800_024), (2_000_000, 2_000_624), (20_000_000, 20_002_624), (-1, -1)]
)
def test_known_amounts_of_money(amount_e5: int, carried: int) -> None:
    assert sts.encoded_e5(amount_e5) == carried


@given(st.integers(0, 10**6), tids)
def test_a_token_for_another_meter_is_refused_r31(tenths: int, tid: int) -> None:
    digits = sts.issue_credit_units(OTHER, 0, tenths, tid, 5)
    assert sts.decode(KEY, digits) == sts.Rejected(sts.RejectReason.CRC)


@pytest.mark.parametrize(
    "other",
    [{"sgc": "123458"}, {"krn": 2}, {"ti": "02"}, {"kt": 3}, {"base": 1993}, {"vending_key": Secret(bytes(20))}],
    ids=lambda other: next(iter(other)),
)
def test_every_part_of_the_key_matters_r31(other: dict[str, object]) -> None:
    digits = sts.issue_currency(KEY, 4, 800_000, 6_780_000)
    assert sts.decode(replace(KEY, **other), digits) == sts.Rejected(sts.RejectReason.CRC)  # type: ignore[arg-type]


def test_a_changed_digit_is_as_good_as_never_accepted_r31() -> None:
    """A 16-bit checksum lets one in 65,536 through: of 3,600 changed tokens at most one may pass."""
    chance = random.Random(7)
    accepted = 0
    for n in range(20):
        good = sts.issue_currency(KEY, 4, 100_000 * (n + 1), 6_780_000 + n)
        for place in range(20):
            for digit in chance.sample([d for d in "0123456789" if d != good[place]], 9):
                bad = good[:place] + digit + good[place + 1 :]
                accepted += isinstance(sts.decode(KEY, bad), sts.Decoded)
    assert accepted <= 1


@pytest.mark.parametrize(
    "text", ["", "1" * 19, "1" * 21, "7107720320629162162x", "١" * 20, " 71077203206291621629", "½" * 20]
)
def test_what_is_not_20_digits_is_a_format_error(text: str) -> None:
    assert sts.decode(KEY, text) == sts.Rejected(sts.RejectReason.FORMAT)


def test_a_number_beyond_66_bits_is_a_range_error() -> None:
    assert sts.decode(KEY, str(2**66)) == sts.Rejected(sts.RejectReason.RANGE)
    assert sts.decode(KEY, "9" * 20) == sts.Rejected(sts.RejectReason.RANGE)
    assert sts.decode(KEY, str(2**66 - 1)) != sts.Rejected(sts.RejectReason.RANGE)


def test_a_kind_nobody_knows_comes_out_as_data() -> None:
    from hubd.sts import block, token
    from hubd.sts.misty1 import Misty1

    cipher = Misty1(KEY.decoder_key().reveal())
    for cls, subclass in ((token.TokenClass.CREDIT, 12), (token.TokenClass.RESERVED, 3)):
        digits = token.to_digits(cls, cipher.encrypt(block.seal(cls, subclass, 0x123)))
        opened = sts.decode(KEY, digits)
        assert opened == sts.Decoded(cls, subclass, Secret(0x123))


def test_the_reserved_minute_is_given_the_next_one() -> None:
    assert sts.tid_at(datetime(2004, 3, 29, 0, 1, 59), 1993) == 5_911_202
    assert sts.moment_of(5_911_202, 1993) == datetime(2004, 3, 29, 0, 2)
    with pytest.raises(ValueError, match="reserved"):
        sts.issue_management(KEY, 1, 0xFFFF, 5_911_201, 5)


def test_token_identifiers_of_one_meter_always_rise_and_pass_the_reserved_minute() -> None:
    midnight = datetime(2026, 11, 23)
    last, seen = None, []
    for _ in range(4):
        last = sts.tid_after(last, midnight, 2014)
        seen.append(last)
    first = sts.tid_at(midnight, 2014)
    assert seen == [first, first + 2, first + 3, first + 4]


@pytest.mark.parametrize(("year", "base"), [(1992, 1993), (2013, 2014), (2024, 2035), (2026, 1993), (2046, 2014)])
def test_a_moment_outside_the_bases_range_is_refused(year: int, base: int) -> None:
    with pytest.raises(ValueError, match=f"base {base}"):
        sts.tid_at(datetime(year, 12, 31), base)


def test_issuing_refuses_what_does_not_fit() -> None:
    for refused in (
        lambda: sts.issue_credit_units(KEY, 4, 1, 0, 0),
        lambda: sts.issue_credit_units(KEY, 0, -1, 0, 0),
        lambda: sts.issue_credit_units(KEY, 0, MAX_TENTHS + 1, 0, 0),
        lambda: sts.issue_credit_units(KEY, 0, 1, 0, 16),
        lambda: sts.issue_credit_units(KEY, 0, 1, MAX_TID + 1, 0),
        lambda: sts.issue_currency(KEY, 3, 1, 0),
        lambda: sts.issue_currency(KEY, 4, MAX_E5 + 1, 0),
        lambda: sts.issue_management(KEY, 3, 0, 0, 0),
        lambda: sts.issue_management(KEY, 1, 0x10000, 0, 0),
        lambda: sts.issue_key_change(KEY, OTHER),
        lambda: sts.issue_key_change(KEY, KEY, ken=256),
        lambda: sts.issue_display(2, 0, 0),
        lambda: sts.issue_display(0, 0, 100),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            refused()


@given(st.integers(0, 255), st.booleans(), st.permutations(range(4)))
def test_a_key_change_in_any_order_brings_the_new_key(ken: int, rollover: bool, order: list[int]) -> None:
    new = replace(KEY, ti="37", krn=9, kt=3, sgc="987654")
    tokens = sts.issue_key_change(KEY, new, ken, rollover)
    opened = [sts.decode(KEY, tokens[n]) for n in order]
    change = sts.assemble(o.section for o in opened if isinstance(o, sts.Decoded) and o.section)
    assert change == sts.KeyChange(new.decoder_key(), "987654", 9, 3, "37", ken, rollover)


@given(st.text("0123456789", min_size=20, max_size=20))
def test_no_20_digits_break_the_decoder(digits: str) -> None:
    assert isinstance(sts.decode(KEY, digits), sts.Decoded | sts.Rejected)


def test_no_key_shows_itself() -> None:
    assert "abab" not in repr(KEY)
    assert "***" in repr(KEY)
