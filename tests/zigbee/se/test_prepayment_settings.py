"""The commands that set a prepayment meter up, octet by octet, and what is read back (R34)."""

import pytest

from hubd.errors import WireError
from hubd.model.prepayment_settings import (
    PaymentMode,
    SetDebt,
    SetDebtCap,
    SetEmergencyCredit,
    SetLowCreditWarning,
    SetMaximumCredit,
    SetPaymentMode,
)
from hubd.zigbee.se import prepayment_settings as settings

EVENT = 0x01020304
FRAMES = {
    SetPaymentMode(PaymentMode.PREPAYMENT): "01 2a 06  00000000 04030201 00000000 9700 00000000",
    SetPaymentMode(PaymentMode.CREDIT, -1): "01 2a 06  00000000 04030201 00000000 940c ffffffff",
    SetEmergencyCredit(500_000, 100_000): "01 2a 03  04030201 00000000 20a10700 a0860100",
    SetLowCreditWarning(200_000): "01 2a 09  400d0300",
    SetMaximumCredit(20_000_000, 10_000_000): "01 2a 0b  00000000 04030201 00000000 002d3101 80969800",
    SetDebt(
        2, 5_000_000, 2_000, "Meter"
    ): "01 2a 02  04030201 05 4d65746572 404b4c00 01 02 00000000 0000 01 00000000 d007",
    SetDebtCap(1_000_000): "01 2a 0c  00000000 04030201 00000000 40420f00",
}


@pytest.mark.parametrize(("setting", "octets"), FRAMES.items(), ids=[type(s).__name__ for s in FRAMES])
def test_each_setting_is_its_command_octet_by_octet_r34(setting, octets):
    assert settings.frame(0x2A, setting, EVENT).encode().hex(" ") == bytes.fromhex(octets).hex(" ")


@pytest.mark.parametrize("setting", FRAMES)
def test_what_is_expected_is_what_a_meter_set_so_reads_back(setting):
    numbers = {
        SetPaymentMode(PaymentMode.PREPAYMENT): (0x0097, 0),
        SetPaymentMode(PaymentMode.CREDIT, -1): (0x0C94, -1),
        SetEmergencyCredit(500_000, 100_000): (500_000, 100_000),
        SetLowCreditWarning(200_000): (200_000,),
        SetMaximumCredit(20_000_000, 10_000_000): (20_000_000, 10_000_000),
        SetDebt(2, 5_000_000, 2_000, "Meter"): (5_000_000, 2_000),
        SetDebtCap(1_000_000): (1_000_000,),
    }[setting]
    values = dict(zip(settings.attributes(setting), numbers, strict=True))
    assert settings.read_back(setting, values) == settings.expected(setting)
    silent = dict.fromkeys(settings.attributes(setting))
    assert settings.read_back(setting, silent) != settings.expected(setting), "a meter that does not say is not set"


def test_the_debt_s_attributes_are_its_own():
    assert [settings.attributes(SetDebt(number, 0, 0)) for number in (1, 2, 3)] == [
        (0x0211, 0x0219),
        (0x0221, 0x0229),
        (0x0231, 0x0239),
    ]


@pytest.mark.parametrize("octets", ["", "00" * 12, "00" * 14])
def test_a_change_payment_mode_response_of_another_length_is_none(octets):
    with pytest.raises(WireError):
        settings.parse_change_payment_mode_response(bytes.fromhex(octets))
