"""Why a device waits on its way into service: a closed list with words, and what to do (pure)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hubd.utility.commissioning.steps import RULES, Step


class Why(StrEnum):
    """What holds a device up. None of these is an end: each says what takes the device on."""

    RADIO_NOT_OPENED = "radio_not_opened"
    WINDOW_OVER = "window_over"
    WINDOW_SHUT = "window_shut"
    NOT_INTERVIEWED = "not_interviewed"
    NO_KEY = "no_key"
    KEY_REFUSED = "key_refused"
    CLOCK_NOT_TOLD = "clock_not_told"
    READING_NOT_TAKEN = "reading_not_taken"
    NO_BALANCE = "no_balance"
    TRIAL_TOKEN_MISSING = "trial_token_missing"  # noqa: S105
    TRIAL_REJECTED = "trial_rejected"
    TRIAL_USED_BEFORE = "trial_used_before"
    TRIAL_UNANSWERED = "trial_unanswered"
    BALANCE_MOVED = "balance_moved"
    DEVICE_LEFT = "device_left"


WORDS: Final[dict[Why, str]] = {
    Why.RADIO_NOT_OPENED: "the radio did not open the network before the joining window was over",
    Why.WINDOW_OVER: "the device did not join before the joining window was over",
    Why.WINDOW_SHUT: "the hub lost its power while the joining window stood open; how long it stood nobody can say",
    Why.NOT_INTERVIEWED: "the device is on the network and does not tell what it is",
    Why.NO_KEY: "hub and device have not agreed on a key",
    Why.KEY_REFUSED: "the key establishment was refused",
    Why.CLOCK_NOT_TOLD: "the meter does not answer when it is asked for its time",
    Why.READING_NOT_TAKEN: "the meter does not answer when it is asked for its reading",
    Why.NO_BALANCE: "the meter does not tell its balance, so nobody can see whether a trial token moves it",
    Why.TRIAL_TOKEN_MISSING: "no trial token has come for this meter",
    Why.TRIAL_REJECTED: "the meter refused the trial token",
    Why.TRIAL_USED_BEFORE: "the meter has had this trial token before; it shows nothing a second time",
    Why.TRIAL_UNANSWERED: "the trial token has not been answered by the meter",
    Why.BALANCE_MOVED: "the meter took the trial token, and its balance moved",
    Why.DEVICE_LEFT: "the device left the network",
}

SILENCE: Final = frozenset({Why.NOT_INTERVIEWED, Why.CLOCK_NOT_TOLD, Why.READING_NOT_TAKEN, Why.NO_BALANCE})
"""What the device's own word may end: a frame of it, and the step begins again."""

WHEN_TIME_IS_OVER: Final = {
    Step.INVITE: Why.RADIO_NOT_OPENED,
    Step.JOIN: Why.WINDOW_OVER,
    Step.INTERVIEW: Why.NOT_INTERVIEWED,
    Step.KEY_ESTABLISHMENT: Why.NO_KEY,
    Step.CLOCK_CHECK: Why.CLOCK_NOT_TOLD,
    Step.FIRST_READING: Why.READING_NOT_TAKEN,
}
"""The vend test has several, by how far it came."""


@dataclass(frozen=True, slots=True)
class Held:
    """`detail` is the other side's own reason, where it gave one."""

    why: Why
    detail: str = ""

    def words(self) -> str:
        """For people."""
        return f"{WORDS[self.why]}: {self.detail}" if self.detail else WORDS[self.why]


def cure(held: Held, step: Step) -> str:
    """What to do about it."""
    return _CURES.get(held.why, RULES[step].if_it_fails)


_CURES: Final = {
    Why.WINDOW_SHUT: "let the security centre admit the device again",
    Why.DEVICE_LEFT: "let it join again: the security centre admits it anew",
    Why.NO_BALANCE: "see that the meter has a prepayment account, then: hubctl pair retry",
    Why.TRIAL_TOKEN_MISSING: "order one at the vending office: hubctl head trial --meter ...",
    Why.TRIAL_UNANSWERED: "nothing: the hub goes on trying, and goes on from here when the meter answers",
    Why.BALANCE_MOVED: "compare the balances with the vending office; then order a new trial token",
    Why.TRIAL_REJECTED: "see that the office has the meter's own number and key; then order a new trial token",
}
