"""The meters of the explored world (`vending_world.py`): what each says to a code, and what that makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hubd.model.topup import TopUpResult

NOT_READY = -1
SECTIONS = 2
"""Of a change of key, as under EA07. A section is written as its order and its place: a0, a1."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What may happen in this world."""

    meter_of: tuple[int, ...] = (0, 0, 0)
    """The meter of each token, in the order of coming."""
    bad: frozenset[str] = frozenset()
    """Tokens that the meter does not open."""
    typed: frozenset[str] = frozenset()
    """Codes that were keyed in on the hub; all others came signed."""
    change: str = ""
    """The order that brings a change of key; what comes behind it is under the new key."""
    locks_after: int = 0
    """After so many wrong codes in a row the meter is locked, and after each further one; 0: never."""
    echoes: bool = True
    full: bool = False
    """The meter may be full or not ready at any moment."""
    by_hand: bool = False
    """Any code may be entered at the meter at any moment."""
    time_runs_out: bool = False
    """Each token's time may run out, and before that the time to offer it, at any moment."""
    sleeps: bool = False
    """The meter may fall asleep and wake at any moment; after a crash, the hub takes it to be asleep."""
    most_on_air: int = 2

    @property
    def orders(self) -> tuple[str, ...]:
        return tuple("abc"[: len(self.meter_of)])


class Meter(NamedTuple):
    """What a meter knows. `had`: sections of a set that is not whole."""

    taken: tuple[str, ...] = ()
    had: frozenset[str] = frozenset()
    new_key: bool = False
    wrong: int = 0
    locked: bool = False

    def says(self, code: str, rules: Rules) -> Iterator[tuple[int, "Meter"]]:
        """Every answer that this code may get, and the meter after it."""
        if rules.full:
            yield TopUpResult.REJECTED_MAX_CREDIT_REACHED, self
            yield NOT_READY, self
        yield self._judged(code, rules)

    def forgets(self) -> "Meter":
        """Half a set of sections does not last."""
        return self._replace(had=frozenset())

    def unlocked(self, rules: Rules) -> "Meter":
        """Its lock is over; the next wrong code locks it anew."""
        return self._replace(locked=False, wrong=rules.locks_after - 1)

    def _judged(self, code: str, rules: Rules) -> tuple[int, "Meter"]:
        if self.locked:
            return TopUpResult.REJECTED_KEYPAD_LOCK, self
        order, is_section = code[0], len(code) > 1
        if code in self.taken:
            return TopUpResult.REJECTED_DUPLICATE_TOP_UP, self
        if order in rules.bad or (bool(rules.change) and self.new_key == is_section):
            wrong = min(self.wrong + 1, rules.locks_after)
            locked = bool(rules.locks_after) and wrong == rules.locks_after
            return TopUpResult.REJECTED_INVALID_TOP_UP, self._replace(wrong=wrong, locked=locked)
        if not is_section:
            return TopUpResult.ACCEPTED, self._replace(taken=(*self.taken, code), wrong=0)
        had = self.had | {code}
        whole = len(had) == SECTIONS
        return TopUpResult.ACCEPTED, self._replace(had=frozenset() if whole else had, new_key=whole, wrong=0)
