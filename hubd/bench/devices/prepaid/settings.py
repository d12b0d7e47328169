"""`[device.prepayment]` of a meter in the devices file, read and checked."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from hubd.bench.devices.prepaid.commodity import Commodity
from hubd.bench.devices.prepaid.token_acceptance import Limits, MeterSecret
from hubd.errors import ConfigurationError
from hubd.headend.utrn import UtrnKey
from hubd.model.identity import parse_eui64
from hubd.model.secret import Secret
from hubd.model.token_schemes import DEFAULT
from hubd.sts import MeterKey
from hubd.sts.key_change import KEN_MAX

_E5 = 100_000
_I32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PrepaymentTable:
    """`[device.prepayment]`. Amounts are text, in units of `currency`, with up to five decimals. The key: as in
    `hubd.sts.MeterKey`, `vending_key` in hexadecimal; `ken` is the key expiry number. A meter that takes UTRNs has
    `token_scheme`, `originator` and a secret of 64 digits in place of all that.
    """

    pan: str
    vending_key: str
    sgc: str = ""
    krn: int = 0
    kt: int = 2
    ti: str = "01"
    base: int = 2014
    ken: int = KEN_MAX
    token_scheme: Literal["sts", "gb_utrn"] = DEFAULT  # type: ignore[assignment]
    originator: str = ""
    currency: str = "GBP"
    balance: str = "5.00"
    debt: str = "0.00"
    price_per_kwh: str = "0.25"
    max_credit: str = "999.99"
    max_top_up: str = "500.00"
    low_credit: str = "2.00"
    emergency_limit: str = "0.00"
    """How much emergency credit there is; 0: none. The consumer selects it once the balance is below
    `emergency_threshold`."""
    emergency_threshold: str = "1.00"
    after_top_up: Literal["armed", "on"] = "armed"
    """What a top-up that lifts an exhausted balance makes of the supply."""
    token_memory: int = 50


@dataclass(frozen=True, slots=True)
class PrepaymentSettings:
    """`PrepaymentTable` in the units that the meter counts in."""

    secret: MeterSecret
    limits: Limits
    token_memory: int
    currency: str
    balance_e5: int
    debt_e5: int
    low_credit_e5: int
    emergency_limit_e5: int
    emergency_threshold_e5: int
    arms_after_top_up: bool


def read_prepayment(
    table: PrepaymentTable, price_e5_per_unit: int, commodity: Commodity, ieee: str = ""
) -> PrepaymentSettings:
    """The table, checked; `ieee` is the meter's address. Raises ConfigurationError naming key and cure."""
    if not 0 <= table.ken <= KEN_MAX:
        raise ConfigurationError(f"prepayment.ken: {table.ken} is not 0 to {KEN_MAX}")
    if not 1 <= table.token_memory <= 1_000:
        raise ConfigurationError(f"prepayment.token_memory: {table.token_memory} is not 1 to 1000")
    if not re.fullmatch("[A-Z]{3}", table.currency):
        raise ConfigurationError(f"prepayment.currency: {table.currency!r} is not three capital letters, as GBP")
    limits = Limits(
        max_credit_e5=positive_e5(table, "max_credit"),
        max_top_up_e5=positive_e5(table, "max_top_up"),
        price_e5_per_unit=price_e5_per_unit,
        commodity=commodity,
    )
    return PrepaymentSettings(
        secret=_secret(table, ieee),
        limits=limits,
        token_memory=table.token_memory,
        currency=table.currency,
        balance_e5=_amount(table, "balance"),
        debt_e5=positive_e5(table, "debt"),
        low_credit_e5=positive_e5(table, "low_credit"),
        emergency_limit_e5=positive_e5(table, "emergency_limit"),
        emergency_threshold_e5=positive_e5(table, "emergency_threshold"),
        arms_after_top_up=table.after_top_up == "armed",
    )


def _secret(table: PrepaymentTable, ieee: str) -> MeterSecret:
    try:
        octets = Secret(bytes.fromhex(table.vending_key))
    except ValueError:
        raise ConfigurationError("prepayment.vending_key: is not hexadecimal") from None
    try:
        if table.token_scheme != DEFAULT:
            key = UtrnKey(table.pan, octets, parse_eui64(table.originator), parse_eui64(ieee))
            return MeterSecret(Secret(b""), 0, table.ken, key)
        sts = MeterKey(table.pan, octets, table.sgc, table.krn, table.kt, table.ti, table.base)
        return MeterSecret(sts.decoder_key(), sts.base, table.ken)
    except ValueError as error:
        raise ConfigurationError(f"prepayment: {error}") from None


def parse_e5(text: str) -> int:
    """An amount as text, in 10^-5 of the currency unit. Raises ValueError."""
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,5})?", text):
        raise ValueError(f"{text!r} is not an amount with up to five decimals, as '5.00'")
    amount_e5 = int(Decimal(text) * _E5)
    if abs(amount_e5) > _I32_MAX:
        raise ValueError(f"{text} is more than a meter counts: {_I32_MAX // _E5} at most")
    return amount_e5


def _amount(table: PrepaymentTable, name: str) -> int:
    try:
        return parse_e5(getattr(table, name))
    except ValueError as error:
        raise ConfigurationError(f"prepayment.{name}: {error}") from None


def positive_e5(table: PrepaymentTable, name: str) -> int:
    """An amount of the table that may not be below 0. Raises ConfigurationError."""
    amount_e5 = _amount(table, name)
    if amount_e5 < 0:
        raise ConfigurationError(f"prepayment.{name}: is below 0")
    return amount_e5
