"""What must be told of a history of supply, reckoned from the whole history at once. It knows nothing of the machine.

All moments are whole microseconds, so nothing is rounded. Energy is taken as sufficient.
"""

from dataclasses import dataclass

US = 1_000_000
MINUTE_US = 60 * US
FLOOR_US = 15 * US


@dataclass(frozen=True, slots=True)
class Loss:
    """Supply is off from `begin` until `end` (None: for good)."""

    begin: int
    end: int | None


def expected(losses: list[Loss], policy: str, spread_us: int = 0) -> list[tuple[int, str, int]]:
    """(moment, event, operations), in order."""
    told: list[tuple[int, str, int]] = []
    for event in _events(losses):
        told += _of_event(event, policy, spread_us)
    return told


def _events(losses: list[Loss]) -> list[list[Loss]]:
    """Losses less than a minute of supply apart belong to one event."""
    events: list[list[Loss]] = []
    for loss in losses:
        last = events[-1][-1] if events else None
        if last is not None and last.end is not None and loss.begin - last.end < MINUTE_US:
            events[-1].append(loss)
        else:
            events.append([loss])
    return events


def _of_event(event: list[Loss], policy: str, spread_us: int) -> list[tuple[int, str, int]]:
    told: list[tuple[int, str, int]] = []
    alerted = lasting = False
    before: int | None = None
    for count, loss in enumerate(event, 1):
        confirmed = _confirmed_at(loss, before, policy)
        if loss.end is None or loss.end > confirmed:
            lasting = lasting or not alerted
            if not alerted and (loss.end is None or loss.end > confirmed + spread_us):
                told.append((confirmed + spread_us, "alert", count))
                alerted = True
        before = loss.end
    end = event[-1].end
    if end is not None:
        told.append((end + MINUTE_US, "restored" if alerted or lasting else "momentary", len(event)))
    return told


def _confirmed_at(loss: Loss, last_return: int | None, policy: str) -> int:
    if policy == "confirmed":
        return loss.begin + 60 * US
    if policy == "sustained":
        return loss.begin + 180 * US
    return max(loss.begin + FLOOR_US, loss.begin if last_return is None else last_return + MINUTE_US)
