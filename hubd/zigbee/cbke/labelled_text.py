"""Texts of lines `Label: hex`, as services that hand out test certificates send them."""

import re
from collections.abc import Collection, Mapping

from hubd.errors import ConfigurationError

_LABELLED = re.compile(r"\s*([A-Za-z][A-Za-z0-9 _/-]*?)\s*:(.*)")
_BETWEEN_DIGITS = re.compile(r"0x|[\s:,-]", re.IGNORECASE)


def read(text: str, labels: Collection[str], source: str) -> Mapping[str, bytes]:
    """The octets after each of these labels that the text has. Other lines are passed over.

    The hex may stand behind the colon, on the lines that follow, or both; case, `0x` and what separates the digits do
    not matter. Raises ConfigurationError (naming `source`) for what is not hex, nothing, or two values for one label.
    """
    by_folded = {label.casefold(): label for label in labels}
    found: dict[str, str] = {}
    current: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        labelled = _LABELLED.fullmatch(line)
        name = labelled and by_folded.get(" ".join(labelled[1].split()).casefold())
        if labelled and name:
            _no_second(found, name, source, number)
            current, found[name] = name, _digits(labelled[2])
        elif current and _is_hex(_digits(line)):
            found[current] += _digits(line)
        elif _digits(line) or labelled:
            current = None
    return {name: _octets(digits, name, source) for name, digits in found.items()}


def _no_second(found: Mapping[str, str], name: str, source: str, number: int) -> None:
    if name in found:
        raise ConfigurationError(
            f"{source}, line {number}: a second {name!r}. Cure: keep one device and one suite in a file"
        )


def _digits(text: str) -> str:
    return _BETWEEN_DIGITS.sub("", text)


def _is_hex(digits: str) -> bool:
    return re.fullmatch(r"[0-9A-Fa-f]*", digits) is not None


def _octets(digits: str, name: str, source: str) -> bytes:
    if not digits or not _is_hex(digits) or len(digits) % 2:
        raise ConfigurationError(f"{source}: what follows {name!r} is not a whole number of octets in hexadecimal")
    return bytes.fromhex(digits)
