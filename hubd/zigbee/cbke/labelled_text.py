"""Texts of lines `Label: hex`, as services that hand out test certificates send them.

Digits are never repeated in an error: they may be those of a private key.
"""

import codecs
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hubd.errors import ConfigurationError

_LABELLED = re.compile(r"\s*([A-Za-z][A-Za-z0-9 _/-]*?)\s*:(.*)")
_BETWEEN_DIGITS = re.compile(r"0x|[\s:,-]", re.IGNORECASE)


@dataclass(slots=True)
class _Value:
    """What stands behind a label, without what separates digits; `line` is the label's, from 1."""

    line: int
    digits: str


def decoded(octets: bytes, source: str) -> str:
    """The text of a file, in the encoding that its first octets name: UTF-16 as a shell on Windows writes it, else
    UTF-8. Raises ConfigurationError for what is no text.
    """
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16", "replace")
    if b"\0" in octets:
        raise ConfigurationError(f"{source}: is no plain text (it holds octets of zero). Cure: save it as UTF-8")
    return octets.decode("utf-8-sig", "replace")


def read(text: str, labels: Collection[str], source: str) -> Mapping[str, bytes]:
    """The octets after each of these labels that the text has. Other lines are passed over.

    The hex may stand behind the colon, on the lines that follow, or both; case, `0x` and what separates the digits do
    not matter. Raises ConfigurationError (naming `source` and line) for what is not hex, nothing, or two values for
    one label.
    """
    by_folded = {label.casefold(): label for label in labels}
    found: dict[str, _Value] = {}
    current: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        labelled = _LABELLED.fullmatch(line)
        name = labelled and by_folded.get(" ".join(labelled[1].split()).casefold())
        if labelled and name:
            _no_second(found, name, source, number)
            current, found[name] = name, _Value(number, _digits(labelled[2]))
        elif current and _is_hex(_digits(line)):
            found[current].digits += _digits(line)
        elif _digits(line) or labelled:
            current = None
    return {name: _octets(value, name, source) for name, value in found.items()}


def _no_second(found: Mapping[str, _Value], name: str, source: str, number: int) -> None:
    if name in found:
        raise ConfigurationError(
            f"{source}, line {number}: a second {name!r}. Cure: keep one device and one suite in a file"
        )


def _digits(text: str) -> str:
    return _BETWEEN_DIGITS.sub("", text)


def _is_hex(digits: str) -> bool:
    return re.fullmatch(r"[0-9A-Fa-f]*", digits) is not None


def _octets(value: _Value, name: str, source: str) -> bytes:
    if (objection := _objection(value.digits, name)) is not None:
        raise ConfigurationError(f"{source}, line {value.line}: {objection}")
    return bytes.fromhex(value.digits)


def _objection(digits: str, name: str) -> str | None:
    if not digits:
        return f"no digits behind {name!r}, nor on the lines below it. Cure: put them there, or remove the line"
    if (other := re.search(r"[^0-9A-Fa-f]", digits)) is not None:
        return (
            f"{other[0]!r} behind {name!r} is no hexadecimal digit."
            " Cure: leave the digits alone there, without quotes and remarks"
        )
    if len(digits) % 2:
        return f"{len(digits)} digits behind {name!r}, which is no whole number of octets. Cure: copy all of it again"
    return None
