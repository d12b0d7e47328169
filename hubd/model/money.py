"""Money as integers. Meters count in 10^-5 of the currency unit (`_e5`), offices in whole pence (`_pence`)."""

E5_PER_PENNY = 1_000
MOST_PENCE = 9_999_999_999
"""The largest amount that anybody may name: far from what a book's 64 bits hold, in 10^-5 too."""


def format_e5(amount_e5: int) -> str:
    """An amount in 10^-5 of the currency unit as people read it: two decimals, rounded towards zero."""
    sign = "-" if amount_e5 < 0 else ""
    units, rest = divmod(abs(amount_e5), 100_000)
    return f"{sign}{units}.{rest // E5_PER_PENNY:02d}"


def exact_e5(amount_e5: int) -> str:
    """An amount in 10^-5 of the currency unit to its last digit."""
    return f"{format_e5(amount_e5)}{abs(amount_e5) % E5_PER_PENNY:03d}"


def format_pence(amount_pence: int) -> str:
    """Whole pence as pounds and pence."""
    sign = "-" if amount_pence < 0 else ""
    return f"{sign}{abs(amount_pence) // 100}.{abs(amount_pence) % 100:02d}"


def parse_pence(text: str) -> int:
    """`10`, `10.5` or `10.50` as whole pence. Raises ValueError on anything else, so never on a rounding, and beyond
    `MOST_PENCE`."""
    units, point, rest = text.strip().partition(".")
    if (
        not units.isascii()
        or not units.isdigit()
        or len(rest) > 2
        or (point and not (rest.isascii() and rest.isdigit()))
    ):
        raise ValueError(f"{text!r} is not an amount: pounds, or pounds and pence with a point, as 10 or 10.50")
    units = units.lstrip("0").zfill(1)
    if len(units) > len(str(MOST_PENCE)) - 2:
        raise ValueError(f"the amount is more than {format_pence(MOST_PENCE)}")
    return int(units) * 100 + int(rest.ljust(2, "0") or "0")
