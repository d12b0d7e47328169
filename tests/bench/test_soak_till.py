"""What a soak compares: the meters' totals with the office's book, and the book with its ledger (R30, R35)."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from hubd.bench.house.layout import HUB, METER, UTRN_METER, HouseMeter
from hubd.bench.soak_till import Till
from hubd.bench.soak_vend import MeterCount
from hubd.headend import book, founding, ledger, meters
from hubd.headend.home import Home
from hubd.headend.meters import Meter
from hubd.headend.utrn import UtrnKey
from hubd.model.device import DeviceKind
from hubd.model.identity import HubId, parse_eui64
from hubd.model.secret import Secret
from hubd.sts.meter_key import MeterKey


def entry(meter: HouseMeter) -> Meter:
    secret, address = Secret(bytes.fromhex(meter.vending_key)), parse_eui64(meter.ieee)
    key: MeterKey | UtrnKey = (
        UtrnKey(meter.pan, secret, parse_eui64(meter.originator), address)
        if meter.originator
        else MeterKey(meter.pan, secret, meter.sgc, meter.krn, meter.kt, meter.ti, meter.base)
    )
    return Meter(address, HubId(HUB), DeviceKind.ELECTRICITY_METER, "GBP", key)


@pytest.fixture
def till(tmp_path: Path) -> Till:
    founding.create(tmp_path / "head", [HubId(HUB)], "127.0.0.1", 8883)
    with contextlib.closing(book.open_book(Home(tmp_path / "head"))) as opened:
        for meter in (METER, UTRN_METER):
            meters.add(opened, entry(meter))
    return Till(tmp_path / "head", (METER, UTRN_METER), "soak")


def test_both_meters_are_sold_to_through_the_book_and_the_ledger_has_each_sale(till: Till) -> None:
    for _ in range(3):
        for meter in till.meters:
            till.sell(meter)
    sts, gb = till.booked(METER.pan), till.booked(UTRN_METER.pan)
    assert (sts.tokens, sts.credit_pence, sts.ledger_pence) == (3, 2 + 4 + 6, 12)
    assert (gb.tokens, gb.credit_pence, gb.ledger_pence) == (3, 3 + 5 + 7, 15)
    assert (sts.encoded_e5, gb.encoded_e5) == (12_000, 15_000)
    assert sts.ledger_balances
    assert till.open_orders() == 6


def test_a_sale_that_the_ledger_lacks_or_has_twice_spoils_the_result(till: Till, tmp_path: Path) -> None:
    till.sell(METER)
    good = MeterCount(till.booked(METER.pan), 1, 2_000, 0)
    assert good.good
    for wrong in (replace(good, taken=2), replace(good, taken_e5=2_001), replace(good, twice=1)):
        assert not wrong.good
    with contextlib.closing(book.open_book(Home(tmp_path / "head"))) as opened:
        ledger.post(opened, "soak-1", 1.0, METER.pan, {"till": 2, "sold": -2})
    assert not MeterCount(till.booked(METER.pan), 1, 2_000, 0).good
