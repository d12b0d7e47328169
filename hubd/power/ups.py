"""The inputs that say whether supply is on, as one: the mains input decides, a UPS board's power-good where there is
no other; where both are there, they watch each other.
"""

from hubd.errors import LinkError
from hubd.power.disagreement import Disagreement, compare
from hubd.power.mains_pin import DigitalInput


class SupplyInputs:
    """At least one input. Raises ValueError for none."""

    def __init__(self, mains: DigitalInput | None, power_good: DigitalInput | None) -> None:
        chosen = mains or power_good
        if chosen is None:
            raise ValueError("no input: name supply.mains_pin or supply.power_good_pin")
        self._chosen = chosen
        self._both = (mains, power_good) if mains and power_good else None
        self._disagreement = Disagreement()

    def on(self) -> bool:
        """Whether supply is on, as the deciding input shows it now. Raises LinkError where it cannot be read."""
        return self._chosen.on()

    def fault(self, now_s: float) -> str | None:
        """Why the inputs are not to be trusted; said once for as long as it lasts."""
        if self._both is None:
            return None
        mains, power_good = self._both
        try:
            mains_on, good = mains.on(), power_good.on()
        except LinkError as error:
            return str(error)
        self._disagreement, due = compare(self._disagreement, mains_on, good, now_s)
        if not due:
            return None
        return f"the mains input says {_word(mains_on)} and the board's power-good says {_word(good)}"

    def close(self) -> None:
        """Let go of the pins."""
        for one in self._both or (self._chosen,):
            one.close()


def _word(on: bool) -> str:
    return "on" if on else "off"
