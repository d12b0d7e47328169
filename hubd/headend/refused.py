"""The office's no: a normal outcome, so a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked is not done, and nothing was written. `words` say why and what to do instead."""

    words: str
