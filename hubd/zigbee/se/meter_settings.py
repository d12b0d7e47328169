"""How a meter is set, from Metering (0x0702) and Prepayment (0x0705). Only read: nothing is set here."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from hubd.model.nameplate import MeterSettings
from hubd.zigbee.zcl.values import Value


class MeteringAttribute(IntEnum):
    """Of the Metering server."""

    METER_SERIAL_NUMBER = 0x0308


class PrepaymentAttribute(IntEnum):
    """Of the Prepayment server. Amounts in 10^-5 of the currency unit."""

    PAYMENT_CONTROL_CONFIGURATION = 0x0000
    EMERGENCY_CREDIT_LIMIT = 0x0010
    EMERGENCY_CREDIT_THRESHOLD = 0x0011
    MAX_CREDIT_LIMIT = 0x0021
    MAX_CREDIT_PER_TOP_UP = 0x0022
    LOW_CREDIT_WARNING_LEVEL = 0x0031


IDENTITY: Final = tuple(MeteringAttribute)
ACCOUNT: Final = tuple(PrepaymentAttribute)


def meter_settings(metering: Mapping[int, Value], prepayment: Mapping[int, Value]) -> MeterSettings:
    """What the attributes say; None for each that the meter does not tell."""
    return MeterSettings(
        meter_serial=_text(metering.get(MeteringAttribute.METER_SERIAL_NUMBER)),
        payment_control=_whole(prepayment, PrepaymentAttribute.PAYMENT_CONTROL_CONFIGURATION),
        emergency_credit_limit_e5=_whole(prepayment, PrepaymentAttribute.EMERGENCY_CREDIT_LIMIT),
        emergency_credit_threshold_e5=_whole(prepayment, PrepaymentAttribute.EMERGENCY_CREDIT_THRESHOLD),
        max_credit_e5=_whole(prepayment, PrepaymentAttribute.MAX_CREDIT_LIMIT),
        max_top_up_e5=_whole(prepayment, PrepaymentAttribute.MAX_CREDIT_PER_TOP_UP),
        low_credit_e5=_whole(prepayment, PrepaymentAttribute.LOW_CREDIT_WARNING_LEVEL),
    )


def _text(value: Value) -> str | None:
    if not isinstance(value, bytes):
        return None
    printable = "".join(each for each in value.decode("utf-8", "replace") if each.isprintable()).strip()
    return printable or None


def _whole(values: Mapping[int, Value], attribute: PrepaymentAttribute) -> int | None:
    value = values.get(attribute)
    return value if isinstance(value, int) else None
