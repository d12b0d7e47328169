"""The times that a device advertises: honest ones, from what its own arithmetic is measured to take."""

import math
from collections.abc import Callable

from hubd.errors import SecurityError
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.keys import Side
from hubd.zigbee.cbke.work import Agree, CheckCertificate, Ephemeral, MakeEphemeral, PartnerKey, perform
from hubd.zigbee.se.key_establishment import LONGEST_TIME_S, GenerateTimes


def measured(
    credentials: Credentials, random: Callable[[int], bytes], monotonic_s: Callable[[], float]
) -> GenerateTimes:
    """Do all the work of an exchange once, with oneself, and say how long it took. For a thread, once at the start.

    Raises SecurityError where the credentials cannot work.
    """
    suite, start_s = credentials.suite, monotonic_s()
    own = perform(CheckCertificate(credentials.certificate, credentials.ca_public), random)
    checked_s = monotonic_s()
    ephemeral = perform(MakeEphemeral(suite), random)
    made_s = monotonic_s()
    if not (isinstance(own, PartnerKey) and isinstance(ephemeral, Ephemeral)):
        raise SecurityError(f"the certificate of {credentials.subject} stands for no public key")
    side = Side(credentials.subject, ephemeral.point)
    perform(Agree(suite, credentials.private, ephemeral.pair, own.public, side, side, initiating=True), random)
    return generate_times(checked_s - start_s, made_s - checked_s, monotonic_s() - made_s)


def generate_times(check_s: float, ephemeral_s: float, agree_s: float) -> GenerateTimes:
    """What to advertise, from the measured seconds of the three kinds of work: twice that, whole seconds, at least 1.

    Before it sends ephemeral data, a side may have checked a certificate too. A busy hub takes twice as long.
    """
    return GenerateTimes(_advertised(check_s + ephemeral_s), _advertised(agree_s))


def _advertised(measured_s: float) -> int:
    return min(max(math.ceil(2 * measured_s), 1), LONGEST_TIME_S)
