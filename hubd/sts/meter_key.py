"""What selects and feeds a meter's decoder key."""

from dataclasses import dataclass

from hubd.model.secret import Secret
from hubd.sts.dkga04 import VENDING_KEY_OCTETS, decoder_key
from hubd.sts.pan import check_pan
from hubd.sts.tid import check_base


@dataclass(frozen=True, slots=True)
class MeterKey:
    """The meter (`pan`), the vending key and the attributes that go into the decoder key.

    `sgc` supply group code, 6 digits; `krn` key revision 1-9; `kt` key type 0-3; `ti` tariff index, 2 digits; `base`
    the year that token identifiers count from (1993, 2014, 2035). Raises ValueError where one of them cannot be.
    """

    pan: str
    vending_key: Secret[bytes]
    sgc: str
    krn: int
    kt: int
    ti: str
    base: int

    def __post_init__(self) -> None:
        check_pan(self.pan)
        check_base(self.base)
        if (octets := len(self.vending_key.reveal())) != VENDING_KEY_OCTETS:
            raise ValueError(
                f"the vending key has {octets} octets: DKGA04 takes {VENDING_KEY_OCTETS} (40 hexadecimal digits)"
            )
        _check_digits("sgc", self.sgc, 6)
        _check_digits("ti", self.ti, 2)
        if not 1 <= self.krn <= 9:
            raise ValueError(f"krn {self.krn}: the key revision number is 1 to 9")
        if not 0 <= self.kt <= 3:
            raise ValueError(f"kt {self.kt}: the key type is 0 (initial), 1 (default), 2 (unique) or 3 (common)")

    def decoder_key(self) -> Secret[bytes]:
        """The 16 octets the meter's tokens are enciphered under."""
        return Secret(
            decoder_key(
                self.vending_key.reveal(),
                base=self.base,
                ti=self.ti,
                sgc=self.sgc,
                kt=self.kt,
                krn=self.krn,
                pan=self.pan,
            )
        )


def _check_digits(name: str, text: str, count: int) -> None:
    if len(text) != count or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name} {text!r}: it is exactly {count} digits")
