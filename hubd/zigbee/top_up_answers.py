"""Which Consumer Top Up Response belongs to which token of one meter. Pure: time is an argument.

Theory of operation. The response (0x0705, 0x03) does not name the token. It is a command of its own, so a meter may
give it the sequence number of the Consumer Top Up (most do) or a number of its own. A late or repeated answer to an
earlier token must never pass for the answer to a later one: the later token would be closed as accepted, or as
rejected, unseen, and be lost.

Each token sent is remembered for `late_answer_s`, answered or not: its answer may still come, or come twice. These
rules judge an answer, the first that fits:

    sequence number of the token being waited for          it is its answer
    sequence number of an earlier sending                  that one's; taken only if it was the same token,
                                                           because then it speaks of this sending too
    another number, and no other token is remembered, nor  taken: the meter numbers by itself
      can have been sent by a process before this one
    another number, else                                   not taken: it may be another token's. Silence is safe (the
                                                           token is sent again), a mix-up is not

A meter that numbers by itself is therefore understood only `late_answer_s` after another token, and after a start. An
answer that is later still, or one of such a meter that carries a remembered number by chance, is beyond these rules.
Tokens are compared by a digest; none is kept.
"""

import hashlib
from dataclasses import dataclass, replace

from hubd.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Sending:
    """A token went out under this number."""

    tsn: int
    digest: bytes
    at_s: float


@dataclass(frozen=True, slots=True)
class Account:
    """What is remembered of one meter. `waiting` is among `sent`."""

    sent: tuple[Sending, ...] = ()
    waiting: Sending | None = None


class TopUpAnswers:
    """One meter's account of tokens sent and answers come, since `since_s`."""

    def __init__(self, late_answer_s: float, since_s: float = float("-inf"), account: Account | None = None) -> None:
        self.account = account or Account()
        self._late_answer_s = late_answer_s
        self._since_s = since_s

    def sent(self, tsn: int, code: Secret[str], now_s: float) -> None:
        """A token goes out under this sequence number; its answer is waited for from now on."""
        sending = Sending(tsn, hashlib.sha256(code.reveal().encode()).digest(), now_s)
        self.account = Account((*self._fresh(now_s), sending), sending)

    def gave_up(self, unsent: bool = False) -> None:
        """Nobody waits any more; the answer may still come, unless the token never left (`unsent`)."""
        waiting, sent = self.account.waiting, self.account.sent
        kept = tuple(one for one in sent if one is not waiting) if unsent else sent
        self.account = Account(kept)

    def takes(self, tsn: int, now_s: float) -> bool:
        """An answer came under this sequence number: whether it is the one waited for."""
        sent = self._fresh(now_s)
        self.account = replace(self.account, sent=sent)
        waiting = self.account.waiting
        if waiting is None:
            return False
        named = next((one for one in reversed(sent) if one.tsn == tsn), None)
        if named is None:
            alone = all(one.digest == waiting.digest for one in sent)
            taken = alone and now_s - self._since_s >= self._late_answer_s
        else:
            taken = named.digest == waiting.digest
        if taken:
            self.account = Account(sent)
        return taken

    def _fresh(self, now_s: float) -> tuple[Sending, ...]:
        waiting = self.account.waiting
        return tuple(one for one in self.account.sent if one is waiting or now_s - one.at_s < self._late_answer_s)
