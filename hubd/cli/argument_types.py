"""Types of arguments: bounded numbers, and our own parsers. What is wrong is a sentence and exit code 2."""

import argparse
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST_WAIT_S = 604_800
"""A week."""
_MOST_DIGITS = 18


def checked(parse: Callable[[str], T]) -> Callable[[str], T]:
    """A parser that raises ValueError with words for people, as argparse wants it."""

    def read(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        digits = text.strip().removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) <= _MOST_DIGITS:
            value = int(text)
            if least <= value <= most:
                return value
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a whole number from {least} to {most}")

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """A number within bounds, so neither endless nor none."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if least <= value <= most:
            return value
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a number from {least:.16g} to {most:.16g}")

    return read


def seconds(text: str) -> float:
    """How long to wait."""
    return number(0, LONGEST_WAIT_S)(text)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
