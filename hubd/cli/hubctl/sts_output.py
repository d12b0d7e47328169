"""How `hubctl sts decode` shows an opened token, and why one was refused."""

from hubd.sts import Decoded, RejectReason, TokenClass

REASONS = {
    RejectReason.FORMAT: "it is not 20 digits",
    RejectReason.RANGE: "the number is above 2^66 - 1, so it is no token: look for a typing error",
    RejectReason.CRC: "the checksum does not fit: it is for another meter or another key, or has a typing error",
}
"""One clause each, for people."""

_CLASSES = {TokenClass.CREDIT: "credit", TokenClass.DISPLAY: "test or display", TokenClass.MANAGEMENT: "management"}
_SUBCLASSES = {
    (0, 0): "electricity, units",
    (0, 1): "water, units",
    (0, 2): "gas, units",
    (0, 3): "time, units",
    (0, 4): "electricity, currency",
    (0, 5): "water, currency",
    (0, 6): "gas, currency",
    (0, 7): "time, currency",
    (1, 0): "two-digit manufacturer",
    (1, 1): "four-digit manufacturer",
    (2, 0): "set maximum power limit",
    (2, 1): "clear credit",
    (2, 2): "set tariff rate",
    (2, 3): "key change, first section",
    (2, 4): "key change, second section",
    (2, 5): "clear tamper condition",
    (2, 6): "set maximum phase power unbalance limit",
    (2, 7): "set water meter factor",
    (2, 8): "key change, third section",
    (2, 9): "key change, fourth section",
    (2, 10): "extended token set",
}
_UNITS = ("kWh", "m3", "m3", "min")


def as_json(opened: Decoded) -> dict[str, object]:
    """The fields of an opened token; the parts of a key are never among them."""
    return {
        "class": int(opened.cls),
        "class_name": _CLASSES.get(opened.cls, "reserved"),
        "subclass": opened.subclass,
        "subclass_name": _SUBCLASSES.get((opened.cls, opened.subclass), "unknown"),
        "tid": opened.tid,
        "issued_at": None if opened.issued_at is None else f"{opened.issued_at:%Y-%m-%dT%H:%MZ}",
        "value": value(opened),
    }


def as_lines(opened: Decoded) -> list[str]:
    """The same for people."""
    shown = as_json(opened)
    lines = [
        f"class     {shown['class']} {shown['class_name']}",
        f"subclass  {shown['subclass']} {shown['subclass_name']}",
    ]
    if opened.tid is not None:
        lines += [f"token id  {opened.tid}", f"time      {opened.issued_at:%Y-%m-%d %H:%M} UTC"]
    return [*lines, f"value     {shown['value']}"]


def value(opened: Decoded) -> str:
    """What the token carries, in words."""
    if opened.units_tenths is not None:
        return f"{opened.units_tenths // 10}.{opened.units_tenths % 10} {_UNITS[opened.subclass]}"
    if opened.amount_e5 is not None:
        return money(opened.amount_e5)
    if opened.value16 is not None:
        return f"{opened.value16:04X}"
    if opened.control is not None:
        return f"control {opened.control:X}, manufacturer {opened.manufacturer}"
    return "a part of a new key" if opened.section else "not known"


def money(amount_e5: int) -> str:
    """An amount with all five decimals: what a token carries is rarely whole pence."""
    sign = "-" if amount_e5 < 0 else ""
    return f"{sign}{abs(amount_e5) // 100_000}.{abs(amount_e5) % 100_000:05d}"
