"""What a token scheme offers the hub."""

from collections.abc import Callable
from dataclasses import dataclass

from hubd.model.top_up_case import TopUpCase


@dataclass(frozen=True, slots=True)
class Scheme:
    """`fault` and `amount_e5` are only asked about codes of 20 digits, `amount_e5` only about those without fault."""

    name: str
    title: str
    fault: Callable[[str], TopUpCase | None]
    amount_e5: Callable[[str], int | None]
