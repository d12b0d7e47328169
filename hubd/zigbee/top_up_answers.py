"""Which Consumer Top Up Response belongs to which token of one meter. Pure: time is an argument.

Theory of operation. The response (0x0705, 0x03) does not name the token. It is a command of its own, so a meter may
give it the sequence number of the Consumer Top Up (most do) or a number of its own. A late answer to an earlier token
must never pass for the answer to a later one: the later token would be closed as accepted, or as rejected, unseen.

Each token sent is one answer owed. An answer settles what is owed by these rules, the first that fits:

    sequence number of the token being waited for          it is its answer
    sequence number of an earlier token still owed         that one's; taken only if it is the same token sent again,
                                                           because then it speaks of this token too
    another number, and only this token is owed            taken: the meter numbers by itself
    another number, and an earlier, different token        not taken, and settles nothing: it may be either one's, and
      is owed as well                                      the later may have overtaken the earlier. Silence is safe
                                                           (the token is sent again), a mix-up is not

What stays unanswered is forgotten after `late_answer_s`; until then a meter that numbers by itself is not understood.
An answer that is later still, or one of such a meter that carries the right number by chance, is beyond these rules.
Tokens are compared by a digest; none is kept.
"""

import hashlib
from dataclasses import dataclass

from hubd.model.secret import Secret


@dataclass(frozen=True, slots=True)
class _Owed:
    tsn: int
    digest: bytes
    sent_at_s: float


class TopUpAnswers:
    """One meter's account of tokens sent and answers come."""

    def __init__(self, late_answer_s: float) -> None:
        self._late_answer_s = late_answer_s
        self._owed: list[_Owed] = []
        self._waiting: _Owed | None = None

    def sent(self, tsn: int, code: Secret[str], now_s: float) -> None:
        """A token goes out under this sequence number; its answer is waited for from now on."""
        self._waiting = _Owed(tsn, hashlib.sha256(code.reveal().encode()).digest(), now_s)
        self._owed = [*self._fresh(now_s), self._waiting]

    def gave_up(self, unsent: bool = False) -> None:
        """Nobody waits any more; the answer is still owed, unless the token never left (`unsent`)."""
        if unsent and self._waiting is not None:
            self._owed.remove(self._waiting)
        self._waiting = None

    def takes(self, tsn: int, now_s: float) -> bool:
        """An answer came under this sequence number: whether it is the one waited for."""
        self._owed = self._fresh(now_s)
        named = next((owed for owed in reversed(self._owed) if owed.tsn == tsn), None)
        if named is None and len({owed.digest for owed in self._owed}) != 1:
            return False
        settled = named or self._owed[0]
        self._owed.remove(settled)
        if self._waiting is None or settled.digest != self._waiting.digest:
            return False
        self._waiting = None
        return True

    def _fresh(self, now_s: float) -> list[_Owed]:
        return [o for o in self._owed if o is self._waiting or now_s - o.sent_at_s < self._late_answer_s]
