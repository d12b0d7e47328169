"""What `hubd doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `cure` is empty where it is good."""

    what: str
    good: bool
    found: str
    cure: str = ""
