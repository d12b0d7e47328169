"""Under which key a device is spoken to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyWith:
    """`may_speak`: Smart Energy goes in and out. `suite` of the established key, 1 or 2; None where there is none, or
    where the key of the install code is good enough here.
    """

    may_speak: bool
    suite: int | None
