"""A value that does not show itself."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Secret(Generic[T]):
    """A key, an install code or a token. Prints as `***`; `reveal()` is the only way in, and easy to search for."""

    _value: T

    def reveal(self) -> T:
        """The value itself: for the wire and the disk, never for a log or a message."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__
