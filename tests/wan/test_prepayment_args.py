"""Arguments of `prepayment`: each setting takes its own fields, within its ranges, and no others."""

import pytest

from hubd.model.prepayment_settings import (
    PaymentMode,
    SetDebt,
    SetDebtCap,
    SetEmergencyCredit,
    SetFriendlyHours,
    SetLowCreditWarning,
    SetMaximumCredit,
    SetPaymentMode,
)
from hubd.wan.messages import PrepaymentArgs
from hubd.wan.prepayment_args import args_of, setting_of

from .examples import METER


@pytest.mark.parametrize(
    "setting",
    [
        SetPaymentMode(PaymentMode.CREDIT),
        SetPaymentMode(PaymentMode.PREPAYMENT, -100_000),
        SetEmergencyCredit(500_000, 0),
        SetLowCreditWarning(1),
        SetMaximumCredit(2**31 - 1, 0),
        SetDebt(3, 5, 10_000, "Old debt"),
        SetDebtCap(0),
        SetFriendlyHours((((0, 480), (1_080, 1_440)), *((),) * 5, ((0, 1_440),))),
    ],
)
def test_every_setting_survives_its_arguments(setting):
    assert setting_of(args_of(METER, setting)) == setting


@pytest.mark.parametrize(
    "args",
    [
        {"setting": "clear_tamper"},
        {"setting": "payment_mode"},
        {"setting": "payment_mode", "mode": "prepayment", "level_e5": 1},
        {"setting": "emergency_credit", "limit_e5": 1},
        {"setting": "low_credit_warning", "level_e5": -1},
        {"setting": "maximum_credit", "balance_e5": 1 << 31, "top_up_e5": 1},
        {"setting": "debt", "debt": 4, "amount_e5": 1, "percent_e2": 1},
        {"setting": "debt", "debt": 1, "amount_e5": 1, "percent_e2": 10_001},
        {"setting": "debt", "debt": 1, "amount_e5": 1, "percent_e2": 1, "label": "thirteen long"},
        {"setting": "payment_mode", "mode": "credit", "cut_off_e5": 1 << 31},
        {"setting": "friendly_hours"},
        {"setting": "friendly_hours", "week": ((),) * 6},
        {"setting": "friendly_hours", "week": (((480, 1_441),), *((),) * 6)},
        {"setting": "friendly_hours", "week": ((),) * 7, "level_e5": 1},
    ],
)
def test_fields_too_few_too_many_or_out_of_range_are_refused_in_words(args):
    with pytest.raises(ValueError):
        setting_of(PrepaymentArgs(METER, **args))
