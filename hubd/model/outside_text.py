"""Text that came from outside (a till, a hub, a person), made harmless where it is shown."""

from typing import TypeVar

T = TypeVar("T", str, int)

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def on_a_terminal(text: str) -> str:
    """What is not printable is written out, so that it moves no cursor and colours nothing; lines stay lines."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def in_a_spreadsheet(cell: T) -> T:
    """A cell of a CSV file. A text that would be taken for a formula begins with an apostrophe; a number stays."""
    if isinstance(cell, int):
        return cell
    text = on_a_terminal(cell)
    return f"'{text}" if cell.startswith(_BEGINS_A_FORMULA) else text
