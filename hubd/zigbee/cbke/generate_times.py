"""The times that a device advertises: honest ones, from what its own arithmetic was measured to take."""

import math

from hubd.zigbee.se.key_establishment import LONGEST_TIME_S, GenerateTimes


def generate_times(check_s: float, ephemeral_s: float, agree_s: float) -> GenerateTimes:
    """What to advertise, from the measured seconds of the three kinds of work: twice that, whole seconds, at least 1.

    Before it sends ephemeral data, a side may have checked a certificate too. A busy hub takes twice as long.
    """
    return GenerateTimes(_advertised(check_s + ephemeral_s), _advertised(agree_s))


def _advertised(measured_s: float) -> int:
    return min(max(math.ceil(2 * measured_s), 1), LONGEST_TIME_S)
