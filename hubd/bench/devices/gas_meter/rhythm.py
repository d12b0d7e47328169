"""When a sleeping meter listens: not at all but for a little while at each wake, and while it is kept awake.

Joined and not yet told that it may sleep, it polls fast all the time: that is how it is commissioned. From then on it
wakes every `wake_every_s`, says what it has to say, and listens for the answer. Told to stay awake, it polls until
it is told that it may sleep, or has heard nothing for `STAYS_AWAKE_S`. Times are simulated Unix seconds.
"""

import math

FAST_POLL_S = 0.4
ANSWER_WITHIN_S = 3.0
"""So long it waits for the answer to its report, before it says it again."""
TRIES = 3
STAYS_AWAKE_S = 60.0
JOINING_S = 600.0
"""So long after joining it polls fast, unless it is let go earlier."""
FIRST_REPORT_S = 2.0
"""After joining, for the interview to begin."""
JOINING_REPORT_S = 15.0
"""While joining it reports so often, until it is answered."""


class Rhythm:
    """`naps`: a meter that polls all the time, if seldom: it reports, awaits no answer and needs no joining poll.
    `next_wake_s` is infinite while it is on no network.
    """

    def __init__(self, wake_every_s: float, naps: bool = False) -> None:
        self.wake_every_s = wake_every_s
        self.next_wake_s = math.inf
        self.wakes = 0
        self._naps = naps
        self._awake_until_s = -math.inf
        self._joining_until_s = -math.inf
        self._tries_left = 0

    @property
    def joining(self) -> bool:
        """It has joined, and was not let go yet."""
        return self._joining_until_s > -math.inf

    @property
    def awake_until_s(self) -> float:
        """So long it polls fast, unless it is told something; 0: it does not."""
        return max(self._awake_until_s, self._joining_until_s, 0.0)

    def awake(self, now_s: float) -> bool:
        """It polls fast now."""
        return now_s < self.awake_until_s

    def listens_in_s(self, now_s: float) -> float:
        """Seconds until it asks for what is held for it."""
        if self.awake(now_s):
            return FAST_POLL_S - math.fmod(now_s, FAST_POLL_S)
        return max(0.0, self.next_wake_s - now_s) + FAST_POLL_S

    def joined(self, now_s: float) -> None:
        """It is on a network, as a newcomer."""
        self._joining_until_s = -math.inf if self._naps else now_s + JOINING_S
        self.next_wake_s = now_s + FIRST_REPORT_S
        self._tries_left = 0

    def wakes_now(self, now_s: float) -> bool:
        """Time came: whether it is to report. A report that was not answered is said again, `TRIES` times in all."""
        if now_s < self.next_wake_s:
            return False
        if self.joining and now_s >= self._joining_until_s:
            self._joining_until_s = -math.inf
        if not self._tries_left:
            self.wakes += 1
            self._tries_left = 1 if self._naps else TRIES
        self._tries_left -= 1
        self._awake_until_s = now_s + ANSWER_WITHIN_S
        self.next_wake_s = now_s + (ANSWER_WITHIN_S if self._tries_left else self._pause_s())
        return True

    def answered(self, now_s: float, stay_awake: bool) -> None:
        """The hub answered the report, or said so by itself: stay awake, or sleep."""
        self._tries_left = 0
        if stay_awake:
            self._awake_until_s = now_s + STAYS_AWAKE_S
        else:
            self._awake_until_s = self._joining_until_s = -math.inf
        self.next_wake_s = now_s + self._pause_s()

    def heard(self, now_s: float) -> None:
        """Something came while it was kept awake: there may be more."""
        if self.awake(now_s) and not self._tries_left:
            self._awake_until_s = max(self._awake_until_s, now_s + STAYS_AWAKE_S)

    def _pause_s(self) -> float:
        return JOINING_REPORT_S if self.joining else self.wake_every_s
