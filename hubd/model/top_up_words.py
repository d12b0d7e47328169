"""One table of plain words for all that can become of a top-up: what happened, and what the customer should do.

`hubctl`, receipts, the display in the home and the household's own programs all take their words from here, so that a
customer who rings up hears what he has read. docs/top-up-messages.md is made from this table (`in_markdown`).

To add a case:
1. a name in `top_up_case.py`, and its row here;
2. `python -m hubd.model.top_up_words > docs/top-up-messages.md`;
3. a test in `tests/scenario/test_misuses.py` that brings it about.
"""

from dataclasses import dataclass
from enum import StrEnum

from hubd.model.display_message import Importance
from hubd.model.top_up_case import TopUpCase as Case

DISPLAY_LETTERS = 80
"""The most a display in the home is given; plain ASCII."""


class Sent(StrEnum):
    """Whether the code went to the meter."""

    NEVER = "no"
    ONCE = "yes, once"
    AGAIN = "yes, and again later"
    MAYBE = "perhaps"


@dataclass(frozen=True, slots=True)
class Words:
    """A row. `happened` and `to_do` are sentences; `display` is for a small display, at most 80 letters."""

    happened: str
    to_do: str
    display: str
    sent: Sent
    importance: Importance
    """Of the words on a display: HIGH asks the customer to do something, MEDIUM is good to know, LOW is good news."""

    @property
    def both(self) -> str:
        """What happened and what to do, as one line."""
        return f"{self.happened} {self.to_do}"


WORDS: dict[Case, Words] = {
    Case.CREDITED: Words("Credited.", "Nothing to do.", "Top-up accepted.", Sent.ONCE, Importance.LOW),
    Case.CREDITED_SUPPLY_ON: Words(
        "Credited; the supply is on.", "Nothing to do.", "Top-up accepted. Supply is on.", Sent.ONCE, Importance.LOW
    ),
    Case.CREDITED_SUPPLY_ARMED: Words(
        "Credited; the supply can be switched on at the meter.",
        "See that nothing dangerous is left switched on, then press the button on the meter.",
        "Top-up accepted. Press the button on the meter to switch on.",
        Sent.ONCE,
        Importance.HIGH,
    ),
    Case.CREDITED_SUPPLY_OFF: Words(
        "Credited; the supply is still off.",
        "It may have paid back emergency credit first: look at the balance, and top up again if it is below 0.",
        "Top-up accepted. Supply still off: look at the balance.",
        Sent.ONCE,
        Importance.HIGH,
    ),
    Case.CREDITED_EARLIER: Words(
        "Credited: the meter had taken it before, at an earlier try whose answer was lost, or by hand.",
        "Nothing to do.",
        "Top-up accepted.",
        Sent.AGAIN,
        Importance.LOW,
    ),
    Case.NO_CREDIT: Words(
        "Accepted: this code holds no credit; it is a trial of the way to the meter, or sets something in the meter.",
        "Nothing to do.",
        "Code accepted: a trial or a setting, no credit.",
        Sent.ONCE,
        Importance.LOW,
    ),
    Case.UNDER_WAY: Words(
        "The code is stored; the meter has not answered yet.",
        "Wait: the hub keeps trying. The code may be keyed in at the meter too; it counts once.",
        "Top-up stored, on its way to the meter. Please wait.",
        Sent.MAYBE,
        Importance.LOW,
    ),
    Case.NOT_DIGITS: Words(
        "The code holds something other than digits.",
        "A code has 20 digits and no letters: a letter O is a 0, an I or l is a 1. Read it again.",
        "Code not valid: digits only. Please check it.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.TOO_SHORT: Words(
        "The code is too short.",
        "A code has 20 digits, five groups of four: look for the digit that is missing.",
        "Code too short: 20 digits are needed. Please check it.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.TOO_LONG: Words(
        "The code is too long.",
        "A code has 20 digits, five groups of four: look for the digit that is there twice. A longer code than that "
        "is no top-up: ask your supplier.",
        "Code too long: 20 digits are needed. Please check it.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.WRONG_SCHEME: Words(
        "This code is of a kind that this meter does not take.",
        "Look whether it was bought for your other meter. If the receipt names this meter, ask the seller to sell "
        "it again with the meter's right data.",
        "Code is for another kind of meter. Please check the receipt.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.MISTYPED: Words(
        "A digit of the code is wrong.",
        "Read it again from the receipt, group by group. The meter was not asked: this cost no try.",
        "A digit of the code is wrong. Please check it.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.OTHER_METER: Words(
        "This code belongs to another meter of this house.",
        "Give it to that meter. Nothing was sent, and the code is as good as before.",
        "Code belongs to your other meter. Enter it there.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.UNKNOWN_METER: Words(
        "The meter that this code was sent for is not in this house, or no longer.",
        "The seller has to look at the meter's number and address; the code was given to no meter.",
        "Top-up was sent to the wrong address. Ask the seller.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.USED: Words(
        "The meter has had this code before; it counts once.",
        "Nothing is lost: its credit is on the meter since then. For more credit a new code is needed.",
        "Code was used before. Its credit is on the meter.",
        Sent.ONCE,
        Importance.MEDIUM,
    ),
    Case.NOT_THIS_METERS: Words(
        "The meter cannot open this code: a digit is wrong, or it is not this meter's.",
        "Read it again, and compare the meter's number with the one on the receipt. After some wrong codes the meter "
        "locks itself for a while: if both are right, ask the seller.",
        "Code not valid for this meter. Check digits and receipt.",
        Sent.ONCE,
        Importance.HIGH,
    ),
    Case.OLD: Words(
        "The meter cannot take this code any more: too old, expired, or of a kind it does not know.",
        "Codes have to be used in the order in which they were bought. Keep the receipt and ask the seller.",
        "Code too old for the meter. Ask the seller.",
        Sent.ONCE,
        Importance.HIGH,
    ),
    Case.TOO_MUCH_CREDIT: Words(
        "The meter holds as much credit as it may.",
        "Nothing to do: the hub keeps the code and tries again later, when some credit is used up.",
        "Meter is full of credit. Code is kept for later.",
        Sent.AGAIN,
        Importance.MEDIUM,
    ),
    Case.VALUE_TOO_LARGE: Words(
        "The value of this code is larger than the meter takes at once.",
        "Ask the seller to exchange it for several smaller ones; keep the receipt.",
        "Value too large for the meter. Ask the seller.",
        Sent.ONCE,
        Importance.HIGH,
    ),
    Case.LOCKED: Words(
        "The meter is locked after wrong codes.",
        "Key in nothing more for about 20 minutes. The hub keeps the code and tries again by itself.",
        "Meter locked. Wait 20 minutes, code is kept.",
        Sent.AGAIN,
        Importance.MEDIUM,
    ),
    Case.LOCKED_UNSENT: Words(
        "The meter is locked after wrong codes: this one was not sent, and is not kept.",
        "Key in nothing for about 20 minutes, then key this code in again.",
        "Meter locked. Wait 20 minutes, then enter the code again.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.BEHIND: Words(
        "The code is stored; one that came before it has to wait for the meter, and this one with it.",
        "Wait: the hub sends both by itself, in their order.",
        "Code is kept, behind another one. Please wait.",
        Sent.NEVER,
        Importance.LOW,
    ),
    Case.METER_LEFT: Words(
        "The meter is not on the hub's network (it left, or has not joined yet): the code cannot reach it now.",
        "Key the code in at the meter: it counts once. The hub keeps it and sends it when the meter comes back.",
        "Meter out of reach. Key the code in at the meter.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.NO_ANSWER: Words(
        "The code was sent, and the meter never answered.",
        "Look at the meter's balance before buying again. The code may be keyed in at the meter: it counts once.",
        "No answer from the meter. Look at its balance.",
        Sent.MAYBE,
        Importance.HIGH,
    ),
    Case.UNREACHABLE: Words(
        "The meter could not be reached in time.",
        "Key the code in at the meter.",
        "Meter not reached. Key the code in at the meter.",
        Sent.NEVER,
        Importance.HIGH,
    ),
    Case.NOT_READY: Words(
        "The meter cannot take a code just now.",
        "Wait: the hub keeps the code and tries again in a few minutes.",
        "Meter not ready. Code is kept for later.",
        Sent.AGAIN,
        Importance.MEDIUM,
    ),
    Case.EXPIRED: Words(
        "The meter put the code off until its time was over: it stayed locked, full or not ready.",
        "The code is unused: key it in at the meter, or ask the seller.",
        "Code not taken in time. Key it in at the meter.",
        Sent.AGAIN,
        Importance.HIGH,
    ),
    Case.KEY_CHANGE_REFUSED: Words(
        "The meter could not be given its new key.",
        "Your supplier has to look into it. Codes bought before still work.",
        "Change of key failed. Your supplier looks into it.",
        Sent.ONCE,
        Importance.MEDIUM,
    ),
    Case.UNKNOWN_ANSWER: Words(
        "The meter refused this code for a reason the hub does not know.",
        "Keep the receipt and ask the seller.",
        "Meter refused the code. Ask the seller.",
        Sent.ONCE,
        Importance.HIGH,
    ),
}


def in_markdown() -> str:
    """docs/top-up-messages.md."""
    return "\n".join([*_HEAD, *(_row(case, words) for case, words in WORDS.items()), ""])


def _row(case: Case, words: Words) -> str:
    importance = words.importance.name.lower()
    return f"| `{case}` | {words.happened} | {words.to_do} | {words.display} | {importance} | {words.sent} |"


_HEAD = (
    "# What the customer is told of a top-up",
    "",
    "Made from `hubd/model/top_up_words.py`; a test holds the two together. `hubctl top-up`, `hubctl vend`, receipts",
    "to the head-end and the household's Home Assistant say what happened and what to do, a display in the home the",
    "short form: to what is keyed in there, and of what came through the hub, which sends it with this importance.",
    "Where the house has several prepayment meters, the meter's name comes first (`Gas: Top-up accepted.`).",
    "What asks the customer to do something (`high`) is to be confirmed at the display. The last column: whether the",
    "code went to the meter. One that never did costs the customer no try.",
    "",
    "| case | what happened | what to do | on a display | importance | sent to the meter |",
    "|---|---|---|---|---|---|",
)

if __name__ == "__main__":
    print(in_markdown(), end="")
