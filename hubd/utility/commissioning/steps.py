"""The steps of commissioning in their order, each with its own clock and words (pure)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hubd.model.device import DeviceKind


class Step(StrEnum):
    """In this order. A device that is no meter goes from its key to the end."""

    INVITE = "invite"
    JOIN = "join"
    INTERVIEW = "interview"
    KEY_ESTABLISHMENT = "key_establishment"
    CLOCK_CHECK = "clock_check"
    FIRST_READING = "first_reading"
    VEND_TEST = "vend_test"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class StepRule:
    """`awake_s` and `sleeping_s`: the step's clock for a device that listens all the time, and for one that sleeps
    half an hour at a time. None: the joining window of the signed command is the clock.
    """

    waits_for: str
    if_it_fails: str
    awake_s: float | None
    sleeping_s: float | None


_SLEEP_S: Final = 1_800.0
"""So long a gas meter may sleep; a step of a sleeper lasts at least two sleeps."""

RULES: Final[dict[Step, StepRule]] = {
    Step.INVITE: StepRule(
        "the hub's radio to open the network for this device",
        "look at the radio (`hubd doctor`); then let the security centre admit the device again",
        None,
        None,
    ),
    Step.JOIN: StepRule(
        "the device to appear on the network",
        "see that it is powered and searching, and that address and install code are those on its label; "
        "then let the security centre admit it again",
        None,
        None,
    ),
    Step.INTERVIEW: StepRule(
        "the device to tell what it is: endpoints, maker, model, firmware",
        "bring hub and device nearer to each other, then: hubctl pair retry",
        180.0,
        2 * _SLEEP_S,
    ),
    Step.KEY_ESTABLISHMENT: StepRule(
        "hub and device to agree on a link key",
        "see that the hub's own certificate is good (hubd doctor) and the device's is of the same authority; "
        "then: hubctl pair retry",
        180.0,
        2 * _SLEEP_S,
    ),
    Step.CLOCK_CHECK: StepRule(
        "the device to tell its time",
        "bring hub and device nearer to each other, then: hubctl pair retry",
        120.0,
        2 * _SLEEP_S,
    ),
    Step.FIRST_READING: StepRule(
        "the meter's first reading, its account and its settings",
        "bring hub and device nearer to each other, then: hubctl pair retry",
        120.0,
        2 * _SLEEP_S,
    ),
    Step.VEND_TEST: StepRule(
        "a trial token of no value for this very meter, its acceptance, and a balance that does not move",
        "order a new trial token at the vending office: hubctl head trial --meter ...",
        900.0,
        3 * _SLEEP_S,
    ),
    Step.DONE: StepRule("nothing: the device is in service", "", None, None),
}

_METER_STEPS: Final = frozenset({Step.CLOCK_CHECK, Step.FIRST_READING, Step.VEND_TEST})
METERS: Final = frozenset({DeviceKind.ELECTRICITY_METER, DeviceKind.GAS_METER})
_SLEEPERS: Final = frozenset({DeviceKind.GAS_METER})


def after(step: Step, kind: DeviceKind) -> Step:
    """The step that follows for a device of this kind."""
    order = [each for each in Step if kind in METERS or each not in _METER_STEPS]
    return order[order.index(step) + 1]


def clock_s(step: Step, kind: DeviceKind) -> float | None:
    """How long the step may take; None: as long as the joining window, or for ever (done)."""
    rule = RULES[step]
    return rule.sleeping_s if kind in _SLEEPERS else rule.awake_s


def ask_again_s(kind: DeviceKind) -> float:
    """How long after an unanswered question the next is asked."""
    return 60.0 if kind in _SLEEPERS else 5.0
