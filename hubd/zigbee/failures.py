"""What a failed exchange means for those who wait for a key (pure)."""

from typing import Final

from hubd.zigbee.cbke.exchange import Failed, Failure, Role
from hubd.zigbee.initiating import LET_IT_BEGIN_S
from hubd.zigbee.se.key_establishment import Status

_OFTEN_OVER_SOON: Final = frozenset({Failure.TIMED_OUT, Failure.NOT_DELIVERED, Failure.ABANDONED})
"""What air and sleep do to an exchange; anything else says that somebody has to look."""


def was_only_put_off(failed: Failed) -> bool:
    """Nothing was begun: we wait, or told the device to."""
    turned_away = failed.role is Role.RESPONDER and failed.status == Status.NO_RESOURCES
    return turned_away or failed.failure is Failure.BUSY


def is_over(failed: Failed) -> bool:
    """No other attempt of this exchange follows."""
    return failed.retry_in_s is None and failed.failure is not Failure.BUSY


def again_in_s(failed: Failed, next_in_s: float | None, *, keyed: bool) -> float | None:
    """When another attempt follows by itself; None: not at all. `next_in_s`: when the hub begins the next exchange
    with this device, where it does; `keyed`: a key stands, so that the device has no need to begin.
    """
    if failed.retry_in_s is not None:
        return failed.retry_in_s
    if keyed:
        return next_in_s
    if failed.failure in _OFTEN_OVER_SOON:
        return LET_IT_BEGIN_S if next_in_s is None else next_in_s
    return 0.0 if next_in_s == 0.0 else None  # at once, in the other suite
