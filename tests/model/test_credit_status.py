"""The word for a meter's CreditStatus: the worst that it says (R40)."""

import pytest

from hubd.model.credit_status import CreditStatus, credit_status


@pytest.mark.parametrize(
    ("bits", "word"),
    [
        (None, None),
        (0x00, None),
        (0x01, CreditStatus.OK),
        (0x05, CreditStatus.OK),
        (0x02, CreditStatus.LOW),
        (0x06, CreditStatus.LOW),
        (0x0E, CreditStatus.EMERGENCY_CREDIT_AVAILABLE),
        (0x36, CreditStatus.EMERGENCY_CREDIT_IN_USE),
        (0x4E, CreditStatus.EXHAUSTED),
        (0x80, None),
    ],
)
def test_each_status_has_its_word(bits: int | None, word: CreditStatus | None) -> None:
    assert credit_status(bits) is word
