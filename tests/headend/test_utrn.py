"""Selling UTRNs: exact amounts, rising numbers, an issuer's own key; and the virtual meter that takes them (R10)."""

import dataclasses
import sqlite3

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.bench.devices.prepaid.commodity import ELECTRICITY
from hubd.bench.devices.prepaid.token_acceptance import Acceptance, Limits, MeterSecret, Verdict, judge
from hubd.bench.devices.prepaid.token_memory import TokenMemory
from hubd.headend import book, meters, order_sendings, role_keys, utrn, vending
from hubd.headend.home import HeadEndConfig, Home
from hubd.headend.meters import Meter
from hubd.headend.refused import Refused
from hubd.headend.sending import sign_order
from hubd.headend.utrn import UtrnKey
from hubd.headend.vending import Vend
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64
from hubd.model.roles import Role
from hubd.model.secret import Secret
from hubd.model.token_schemes import amount_e5, fault_of
from hubd.model.token_schemes.gb_utrn import compose, fields
from hubd.wan.role_keys import load as public_keys

from .conftest import HUB, NOW, PAN

MPAN = "2000012345678"
ADDRESS = Eui64("00:0d:6f:00:0a:90:69:e9")
KEY = UtrnKey(MPAN, Secret(bytes(range(32))), Eui64("90:b3:d5:1f:30:01:00:00"), ADDRESS)
OTHER = dataclasses.replace(KEY, target=Eui64("00:0d:6f:00:0a:90:69:ea"))
CONFIG = HeadEndConfig()
LIMITS = Limits(99_999_000, 50_000_000, 25_000, ELECTRICITY)


def fresh(size: int = 50, key: UtrnKey = KEY) -> Acceptance:
    return Acceptance(MeterSecret(Secret(b""), 0, 255, key), TokenMemory(size))


def utrn_meter(issuer: str = "") -> Meter:
    return Meter(ADDRESS, HUB, DeviceKind.ELECTRICITY_METER, "GBP", KEY, issuer=issuer)


def enter(state: Acceptance, code: str, balance_e5: int = 0) -> tuple[Acceptance, Verdict, int]:
    state, judgement = judge(state, code, balance_e5, LIMITS, NOW)
    return state, judgement.verdict, judgement.amount_e5


@given(st.integers(0, 8191) | st.integers(0, 8191).map(lambda pounds: pounds * 100), st.integers(1, 5000))
def test_a_utrn_says_its_exact_amount_and_is_read_back_by_its_meter_r10(pence: int, number: int) -> None:
    code = utrn.issue(KEY, pence, number)
    assert fault_of(code, "gb_utrn") is None
    assert amount_e5(code, "gb_utrn") == pence * 1000
    assert fields(code).mac == utrn.mac(KEY, number, fields(code))


@pytest.mark.parametrize("pence", [8192, 8250, 819_200, 10_050, -1])
def test_an_amount_that_no_utrn_can_carry_is_refused_in_words(pence: int) -> None:
    with pytest.raises(ValueError, match=r"81\.91 in pence"):
        utrn.value_of(pence)


def test_the_meter_takes_each_code_once_in_whatever_order_and_forgets_the_oldest_r10_r30() -> None:
    state = fresh(size=3)
    codes = [utrn.issue(KEY, 100 + n, n) for n in range(1, 8)]
    for code in (codes[1], codes[0], codes[2], codes[3]):
        state, verdict, _ = enter(state, code)
        assert verdict is Verdict.ACCEPTED
    assert [enter(state, code)[1] for code in codes[:4]] == [Verdict.OLD, *[Verdict.USED] * 3]
    assert enter(state, codes[6])[2] == 107_000


def test_ten_bits_of_counter_are_enough_for_thousands_of_codes_r10() -> None:
    state = fresh()
    for number in range(1, 3000, 97):
        state, verdict, _ = enter(state, utrn.issue(KEY, 500, number))
        assert verdict is Verdict.ACCEPTED, number
        assert enter(state, utrn.issue(KEY, 500, number))[1] is Verdict.USED


def test_another_meters_an_altered_and_an_sts_code_are_told_apart_by_nobody_but_never_taken_r31() -> None:
    good = utrn.issue(KEY, 1000, 1)
    token = compose(dataclasses.replace(fields(good), value=2000))
    for code in (utrn.issue(OTHER, 1000, 1), token, utrn.issue(KEY, 1000, 1)[:-1] + "x", "59386323472137426967"):
        state, verdict, _ = enter(fresh(), code)
        assert verdict in (Verdict.FOREIGN, Verdict.MALFORMED)
        assert state.lockout.wrong == 1
    assert enter(fresh(), good)[1] is Verdict.ACCEPTED


def test_a_sale_of_utrns_is_exact_rising_and_refused_where_no_code_fits_r10(connection: sqlite3.Connection) -> None:
    assert meters.add(connection, utrn_meter("other-supplier")) == "added"
    assert meters.find(connection, MPAN) == utrn_meter("other-supplier")
    sold = []
    for request in ("u-1", "u-2"):
        with book.transaction(connection):
            sale = vending.vend(connection, request, MPAN, 1250, CONFIG, NOW)
        assert isinstance(sale, Vend)
        sold.append(sale)
    assert [(sale.tid, sale.encoded_e5, sale.order.issuer) for sale in sold] == [
        (1, 1_250_000, "other-supplier"),
        (2, 1_250_000, "other-supplier"),
    ]
    refused = vending.vend(connection, "u-3", MPAN, 10_050, CONFIG, NOW)
    assert isinstance(refused, Refused)
    assert "whole pounds" in refused.words
    sts = vending.vend(connection, "s-1", PAN, 1250, CONFIG, NOW)
    assert isinstance(sts, Vend)
    assert (sts.order.issuer, fault_of(sts.token)) == ("", None)


def test_another_issuer_signs_with_a_key_of_its_own_that_hubs_know_for_vending_r5_r10(
    home: Home, connection: sqlite3.Connection
) -> None:
    role_keys.create(home, ["other-supplier"])
    public = public_keys(home.public_role_keys)
    assert public["vend-other-supplier"].role is Role.VENDING
    meters.add(connection, utrn_meter("other-supplier"))
    vending.vend(connection, "u-1", MPAN, 500, CONFIG, NOW)
    (order,) = order_sendings.due(connection, [Role.VENDING], [], NOW)
    key = role_keys.load(home, order.role, order.issuer)
    signed = sign_order(key, order, 7, NOW)
    claims = jwt.decode(
        signed,
        public["vend-other-supplier"].public,
        algorithms=["EdDSA"],
        audience=HUB,
        options={"verify_exp": False},
    )
    assert (claims["iss"], claims["cmd"]) == ("vend-other-supplier", "vend")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(signed, public["vend-1"].public, algorithms=["EdDSA"], audience=HUB)
