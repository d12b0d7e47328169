"""The meter's own books on tokens: every verdict, and what each accepted top-up brought."""

from collections import deque
from dataclasses import dataclass

from hubd.bench.devices.prepaid.token_acceptance import Verdict
from hubd.model.secret import Secret

VERDICTS_KEPT = 200
TOP_UPS_KEPT = 5
"""As many as the cluster has attributes for."""


@dataclass(frozen=True, slots=True)
class TopUp:
    """An accepted top-up: when (meter's clock), how much, from where, and its code."""

    unix_s: int
    amount_e5: int
    source: int
    code: Secret[str]


class TokenLog:
    """Newest last. `accepted` is complete for the life of the meter: a test counts effects with it."""

    def __init__(self) -> None:
        self.verdicts: deque[tuple[float, Verdict, int | None]] = deque(maxlen=VERDICTS_KEPT)
        self.top_ups: deque[TopUp] = deque(maxlen=TOP_UPS_KEPT)
        self.accepted: list[tuple[int, int]] = []
        self.total_added_e5 = 0

    def judged(self, unix_s: float, verdict: Verdict, tid: int | None) -> None:
        """A token was judged."""
        self.verdicts.append((unix_s, verdict, tid))

    def credited(self, top_up: TopUp, tid: int) -> None:
        """A token was accepted and its value is in the account."""
        self.top_ups.append(top_up)
        self.accepted.append((tid, top_up.amount_e5))
        self.total_added_e5 += top_up.amount_e5

    def save(self) -> dict[str, object]:
        """As JSON values. The codes are used up: nobody can gain from them any more."""
        return {
            "verdicts": [[at, verdict, tid] for at, verdict, tid in self.verdicts],
            "top_ups": [[one.unix_s, one.amount_e5, one.source, one.code.reveal()] for one in self.top_ups],
            "accepted": [list(pair) for pair in self.accepted],
            "total_added_e5": self.total_added_e5,
        }

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        verdicts, top_ups, accepted, total = (
            saved[name] for name in ("verdicts", "top_ups", "accepted", "total_added_e5")
        )
        if not (isinstance(verdicts, list) and isinstance(top_ups, list) and isinstance(accepted, list)):
            raise ValueError("not a meter's token log")
        self.verdicts = deque(((at, Verdict(verdict), tid) for at, verdict, tid in verdicts), VERDICTS_KEPT)
        self.top_ups = deque((TopUp(at, e5, source, Secret(code)) for at, e5, source, code in top_ups), TOP_UPS_KEPT)
        self.accepted = [(tid, amount_e5) for tid, amount_e5 in accepted]
        self.total_added_e5 = total if isinstance(total, int) else 0
