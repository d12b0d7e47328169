"""Types of arguments: bounded numbers, and our own parsers. What is wrong is a sentence that names what would be
right, and exit code 2; argparse puts the option's name before it.
"""

import argparse
import math
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST_WAIT_S = 604_800
"""A week."""
SEEDS = 2**63 - 1
"""The largest seed; any whole number from 0 will do."""
_MOST_DIGITS = 19


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
        value = _number(text)
        if least <= value <= most:
            return value
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a number from {least:.16g} to {most:.16g}")

    return read


def above_nothing(most: float) -> Callable[[str], float]:
    """A number above 0, at most so much."""

    def read(text: str) -> float:
        value = _number(text)
        if 0 < value <= most:
            return value
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a number above 0 and up to {most:.16g}")

    return read


def seconds(text: str) -> float:
    """How long to wait."""
    return number(0, LONGEST_WAIT_S)(text)


def some_seconds(text: str) -> float:
    """How long something goes on: for no time at all, it would not."""
    return above_nothing(LONGEST_WAIT_S)(text)


def seed(text: str) -> int:
    """Where all chance comes from."""
    return whole(0, SEEDS)(text)


def loss(text: str) -> float:
    """The chance that one transmission is not heard: at 1 nothing would ever be."""
    return number(0, 0.99)(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
