"""A meter's key refuses attributes that cannot be, in words that name them."""

import pytest

from hubd.model.secret import Secret
from hubd.sts import MeterKey

GOOD = {
    "pan": "600727000000000009",
    "vending_key": Secret(bytes(20)),
    "sgc": "123457",
    "krn": 1,
    "kt": 2,
    "ti": "01",
    "base": 2014,
}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"vending_key": Secret(bytes(16))}, "vending key has 16 octets"),
        ({"sgc": "12345"}, "sgc '12345'"),
        ({"sgc": "12345x"}, "sgc '12345x'"),
        ({"ti": "1"}, "ti '1'"),
        ({"krn": 0}, "krn 0"),
        ({"krn": 10}, "krn 10"),
        ({"kt": 4}, "kt 4"),
        ({"base": 2000}, "base 2000"),
        ({"pan": "600727000000000001"}, "check"),
    ],
)
def test_an_impossible_attribute_is_named(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MeterKey(**(GOOD | wrong))  # type: ignore[arg-type]
