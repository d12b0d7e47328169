"""What a message on a display says, how much it matters and how long it is shown. Pure."""

from collections.abc import Sequence

from hubd.model.device import Device, DeviceKind
from hubd.model.display_message import DisplayMessage, Importance
from hubd.model.identity import Eui64
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.store.display_messages import MessageRow

TELL_WITHIN_S = 86_400.0
"""A word that is older is not told any more, nor shown."""
GOOD_NEWS_MINUTES = 60
"""So long what is of low importance is shown; the rest until it is too old."""

_NAMES = {DeviceKind.ELECTRICITY_METER: "Electricity", DeviceKind.GAS_METER: "Gas"}


def message_for(word: MessageRow, age_s: float, prepaid: Sequence[Device], confirmed: bool) -> DisplayMessage:
    """The word as it goes to a display now. `prepaid`: the prepayment meters of the house, the word's among them;
    `confirmed`: somebody has read it on this display.
    """
    importance = WORDS[word.case].importance
    minutes = max(1, round((TELL_WITHIN_S - max(0.0, age_s)) / 60))
    return DisplayMessage(
        word.message_id,
        text_for(word.case, word.meter, prepaid),
        importance,
        min(minutes, GOOD_NEWS_MINUTES) if importance is Importance.LOW else minutes,
        asks_confirmation=importance >= Importance.HIGH,
        confirmed=confirmed,
    )


def text_for(case: TopUpCase, meter: Eui64, prepaid: Sequence[Device]) -> str:
    """At most `DISPLAY_LETTERS` ASCII letters: the table's, and whose they are where there are several meters."""
    words = WORDS[case].display
    return words if len(prepaid) < 2 else f"{_name(meter, prepaid)}: {words}"


def _name(meter: Eui64, prepaid: Sequence[Device]) -> str:
    """`Gas`; `Electricity 2` where there are two of its kind, by the number of its alias."""
    its_own = next(each for each in prepaid if each.address == meter)
    name = _NAMES[its_own.kind]
    alike = sum(each.kind is its_own.kind for each in prepaid)
    return name if alike == 1 else f"{name} {its_own.alias.rpartition('-')[2]}"
