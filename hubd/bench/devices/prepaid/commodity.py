"""What a meter sells: which tokens of IEC 62055-41 (class 0, credit) are for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commodity:
    """Subclasses of credit tokens: in units (kWh, cubic metres) and in money."""

    units_subclass: int
    money_subclass: int


ELECTRICITY = Commodity(0, 4)
GAS = Commodity(2, 6)
