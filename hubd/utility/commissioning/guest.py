"""A device that a visit has named, as the shell holds it: its row and its way together."""

from dataclasses import dataclass

from hubd.model.identity import Eui64
from hubd.store.commissioning import CommissioningRow, Window
from hubd.utility.commissioning import saved
from hubd.utility.commissioning.steps import Step
from hubd.utility.commissioning.way import Way

_BEFORE_IT_IS_IN = frozenset({Step.INVITE, Step.JOIN, Step.INTERVIEW})


@dataclass(frozen=True, slots=True)
class Guest:
    """`admit_order`: the order that let it in, as long as that is not answered."""

    device: Eui64
    visit: str
    supplier: str | None
    admit_order: str | None
    window: Window
    way: Way

    def window_left_s(self, boot: str, now_s: float) -> float | None:
        """How long its joining window still lasts; None where nobody can say, because the machine has begun another
        life: its wall clock may have been set back, or not be set yet.
        """
        if self.window.until_s is None or self.window.boot != boot:
            return None
        return max(0.0, self.window.until_s - now_s)

    @property
    def admission(self) -> str | None:
        """What became of its admission: an empty string: it is in; words: it is held; None: not decided."""
        if self.way.interviewed or self.way.step not in _BEFORE_IT_IS_IN:
            return ""
        return None if self.way.held is None else self.way.held.words()


def guest_of(row: CommissioningRow) -> Guest:
    """As it stands on disk."""
    way = saved.decode(row.state)
    return Guest(row.device, row.visit, row.supplier, row.admit_order, row.window, way)


def guest_if_readable(row: CommissioningRow) -> Guest | None:
    """As it stands on disk; None where another version wrote it."""
    return None if saved.decode_if_readable(row.state) is None else guest_of(row)
