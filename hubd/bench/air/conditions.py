"""How good the air is: what a frame's way costs in time and whether it arrives. All chance comes from one seed."""

from dataclasses import dataclass
from enum import Enum
from random import Random

MAC_ATTEMPTS = 4
"""One transmission and macMaxFrameRetries (3), IEEE 802.15.4."""
APS_ATTEMPTS = 3
"""apscMaxFrameRetries, with an acknowledged frame."""
MAC_ATTEMPT_S = 0.004
APS_ACK_WAIT_S = 1.6


class Confirmed(Enum):
    """What the sender learns."""

    YES = "yes"
    NO_MAC_ACK = "no MAC acknowledgement"
    NO_APS_ACK = "no APS acknowledgement"


@dataclass(frozen=True, slots=True)
class Passage:
    """One frame's way: whether it arrived, when, and what its sender is told, when."""

    arrives: bool
    after_s: float
    confirmed: Confirmed
    confirmed_after_s: float


class Conditions:
    """`loss`: chance that one transmission, or its acknowledgement, is not heard. `latency_s`: mean one-way time."""

    def __init__(self, seed: int, loss: float = 0.0, latency_s: float = 0.0) -> None:
        self.random = Random(seed)
        self.loss = loss
        self.latency_s = latency_s

    def delay_s(self) -> float:
        """Half to one and a half times the mean."""
        return self.latency_s * (0.5 + self.random.random()) if self.latency_s else 0.0

    def unacknowledged_is_heard(self) -> bool:
        """One transmission that nobody acknowledges (a broadcast, a beacon): whether it was heard."""
        return not self.loss or self.random.random() >= self.loss

    def passage(self, *, acknowledged: bool) -> Passage:
        """Send one frame. A lost frame is sent again as MAC and, if `acknowledged`, APS would; what was heard twice
        counts once, as MAC and APS throw repetitions away.
        """
        delay_s = self.delay_s()
        if not self.loss:
            return Passage(True, delay_s, Confirmed.YES, delay_s)
        return self._lossy(delay_s, APS_ATTEMPTS if acknowledged else 1, acknowledged)

    def _lossy(self, delay_s: float, attempts: int, acknowledged: bool) -> Passage:
        spent_s, arrived_s, confirmed = delay_s, -1.0, Confirmed.NO_MAC_ACK
        for _ in range(attempts):
            heard, acked, cost_s = self._mac()
            spent_s += cost_s
            if heard and arrived_s < 0:
                arrived_s = spent_s
            answered = not acknowledged or (heard and self._mac()[0])
            if heard and answered and (acked or acknowledged):
                confirmed = Confirmed.YES
                break
            confirmed = Confirmed.NO_APS_ACK if acked else Confirmed.NO_MAC_ACK
            if acknowledged:
                spent_s += APS_ACK_WAIT_S
        return Passage(arrived_s >= 0, max(arrived_s, 0.0), confirmed, spent_s)

    def _mac(self) -> tuple[bool, bool, float]:
        """Heard by the other side, acknowledgement heard by us, time it took."""
        heard = False
        for attempt in range(1, MAC_ATTEMPTS + 1):
            if self.random.random() >= self.loss:
                heard = True
                if self.random.random() >= self.loss:
                    return True, True, attempt * MAC_ATTEMPT_S
        return heard, False, MAC_ATTEMPTS * MAC_ATTEMPT_S
