"""What the verbs of `hubctl sts` read from the command line. What is wrong is a UsageError naming the option."""

import argparse
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from hubd.configuration import read_text, why_unread
from hubd.errors import ConfigurationError
from hubd.model.money import E5_PER_PENNY
from hubd.model.secret import Secret
from hubd.sts import MeterKey
from hubd.sts.dkga04 import VENDING_KEY_OCTETS
from hubd.sts.pan import check_pan

E5_PER_UNIT = 100 * E5_PER_PENNY


class UsageError(Exception):
    """An option cannot be used; the message is one sentence for the user."""


def add_key_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter and its key, the same for every verb."""
    group = parser.add_argument_group("the meter and its key")
    group.add_argument("--pan", required=True, metavar="P", help="the meter's PAN, 18 digits")
    key = group.add_mutually_exclusive_group(required=True)
    key.add_argument(
        "--vending-key",
        metavar="HEX",
        help="the vending key, 40 hexadecimal digits; other users of this machine can see it among the"
        " processes: outside of a bench use --vending-key-file",
    )
    key.add_argument("--vending-key-file", metavar="FILE", type=Path, help="a file that holds the vending key in hex")
    group.add_argument("--sgc", required=True, metavar="S", help="supply group code, 6 digits")
    group.add_argument("--krn", required=True, metavar="N", help="key revision number, 1 to 9")
    group.add_argument("--kt", required=True, metavar="N", help="key type: 0 initial, 1 default, 2 unique, 3 common")
    group.add_argument("--ti", required=True, metavar="NN", help="tariff index, 2 digits")
    group.add_argument("--base", required=True, metavar="YEAR", help="base date of token ids: 1993, 2014 or 2035")


def meter_key(args: argparse.Namespace) -> MeterKey:
    """The key that the options describe."""
    try:
        check_pan(args.pan)
    except ValueError as error:
        raise UsageError(f"--pan: {error}") from None
    krn, kt, base = (integer(f"--{name}", getattr(args, name)) for name in ("krn", "kt", "base"))
    try:
        return MeterKey(args.pan, _vending_key(args), args.sgc, krn, kt, args.ti, base)
    except ValueError as error:
        raise UsageError(f"--{error}") from None


def _vending_key(args: argparse.Namespace) -> Secret[bytes]:
    if args.vending_key is not None:
        octets = _hex_key(args.vending_key)
        if octets is None:
            raise UsageError(f"--vending-key: {_not_a_key(args.vending_key)}")
        return octets
    return _key_in("--vending-key-file", args.vending_key_file)


def _key_in(option: str, path: Path) -> Secret[bytes]:
    try:
        text = read_text(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{option} {path}: {why_unread(error)}") from None
    octets = _hex_key(text)
    if octets is None:
        raise ConfigurationError(f"{option} {path}: {_not_a_key(text)}")
    return octets


def _hex_key(text: str) -> Secret[bytes] | None:
    return Secret(bytes.fromhex(text)) if re.fullmatch(rf"[0-9A-Fa-f]{{{2 * VENDING_KEY_OCTETS}}}", text) else None


def _not_a_key(text: str) -> str:
    return f"a vending key is {2 * VENDING_KEY_OCTETS} hexadecimal digits; these are {len(text)} characters"


def new_key(args: argparse.Namespace, old: MeterKey) -> MeterKey:
    """The key after a change: the old one with what `--new-...` names."""
    changes: dict[str, object] = {}
    for name in ("sgc", "ti"):
        if (text := getattr(args, f"new_{name}")) is not None:
            changes[name] = text
    for name in ("krn", "kt", "base"):
        if (text := getattr(args, f"new_{name}")) is not None:
            changes[name] = integer(f"--new-{name}", text)
    if args.new_vending_key_file is not None:
        changes["vending_key"] = _key_in("--new-vending-key-file", Path(args.new_vending_key_file))
    if not changes:
        raise UsageError("nothing of the key changes: name one of the options --new-..., as --new-ti 02")
    try:
        return replace(old, **changes)  # type: ignore[arg-type]
    except ValueError as error:
        raise UsageError(f"--new-{error}") from None


def integer(option: str, text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise UsageError(f"{option} {text}: it is a whole number")
    return int(text)


def hexadecimal(option: str, text: str, digits: int) -> int:
    """A field written in hexadecimal, at most so many digits."""
    if not re.fullmatch(rf"[0-9A-Fa-f]{{1,{digits}}}", text):
        raise UsageError(f"{option} {text}: it is up to {digits} hexadecimal digits, as {'F' * digits}")
    return int(text, 16)


def tenths(option: str, text: str) -> int:
    """Units with at most one decimal."""
    value = _decimal(option, text) * 10
    if value != value.to_integral_value():
        raise UsageError(f"{option} {text}: a token carries whole tenths of a unit: use one decimal, as 25.6")
    return int(value)


def amount_e5(option: str, text: str) -> int:
    """Money with at most five decimals."""
    value = _decimal(option, text) * E5_PER_UNIT
    if value != value.to_integral_value():
        raise UsageError(f"{option} {text}: a token carries at most five decimals: use two, as 8.00")
    return int(value)


def _decimal(option: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", text):
        raise UsageError(f"{option} {text}: it is a number with a point, as 25.6")
    return value


def moment(option: str, text: str) -> datetime:
    """A moment in UTC (naive); `now` or ISO 8601, with or without an offset."""
    if text == "now":
        return datetime.now(UTC).replace(tzinfo=None)
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: it is a date and time in UTC, as 2026-11-22T12:00, or now") from None
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def token_digits(option: str, text: str) -> str:
    """The 20 digits of a token, written with or without blanks and dashes."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"[0-9]*", digits):
        raise UsageError(f"{option}: a token is 20 digits, and this holds something else: look for a typing error")
    if len(digits) != 20:
        raise UsageError(f"{option}: a token is 20 digits, not {len(digits)}: look for a digit lost or doubled")
    return digits
