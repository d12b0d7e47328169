"""A message to be published."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publication:
    """Always retained: a later message on the same topic replaces it. `sure`: QoS 1, otherwise 0.

    `settles`: on a change it waits until no other change has come for a moment, and only the last one is sent.
    """

    topic: str
    payload: bytes
    sure: bool = False
    settles: bool = False
