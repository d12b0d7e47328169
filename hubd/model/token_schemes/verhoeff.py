"""The check digit of a UTRN: Verhoeff's scheme as GBCS section 14.8 changes it.

Changed are the place at which the permutations begin (4, from the left) and the last step: what Verhoeff inverts in
the group is looked up in a table of its own here. The rest is Verhoeff's: multiplication in the dihedral group of ten
elements, and eight permutations that are powers of one.
"""

_FIRST_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_LAST_STEP = (1, 2, 6, 7, 5, 8, 3, 0, 9, 4)
_BEGINS_AT = 4


def _times(a: int, b: int) -> int:
    """The dihedral group: 0 to 4 are turns, 5 to 9 are turns of the pentagon's other face."""
    turn = (a + b) % 5 if a < 5 else (a - b) % 5
    return turn if (a < 5) == (b < 5) else turn + 5


def _powers() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_FIRST_PERMUTATION[digit] for digit in rows[-1]))
    return tuple(rows)


_PERMUTATIONS = _powers()


def check_digit(digits: str) -> int:
    """The digit that belongs behind these."""
    product = 0
    for place, digit in enumerate(digits, _BEGINS_AT):
        product = _times(product, _PERMUTATIONS[place % 8][int(digit)])
    return _LAST_STEP[product]
