"""What a hub tells of its supply: alerts, restorations, momentary events, brown-outs (docs/outage.md).

One event has one `outage` id from the first loss to the end: its alert, the repeats of the alert and its restoration
carry the same, and a second message of one kind with an id that is known says nothing new. `topology` is the path
`feeder/spur/transformer/service` of where the hub hangs, as its configuration says it; a hub of class `transformer`
hangs at the third level and has no fourth.
"""

from typing import Literal

import msgspec

from hubd.wan.messages import When

HubClass = Literal["service", "transformer"]


class Began(msgspec.Struct, frozen=True):
    """When the first loss began: between two moments, which are one where it is known."""

    earliest: When
    latest: When


class AlertDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a hub at a transformer adds. Volts, seconds; `supply_pu` in parts of nominal, before the loss."""

    losses_s: list[list[float]]
    """Of every loss: seconds from the first one at which supply went and, but for the last, came back."""
    lasts_s: float | None = None
    """How long the hub can still speak."""
    capacitor_v: float | None = None
    supply_pu: float | None = None


class OutageAlertBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Supply is gone. `claim` is `alert` where the loss has lasted as long as the policy asks, `provisional` where at
    least 15 s have passed and the energy does not allow to wait for more.

    `off_for_s` and `since_first_s` count up to the message's `at`, by the monotonic clock: where the hub's wall clock
    is not to be trusted, reckon back from them. `failure` is a value of `power.phases.Failure`.
    """

    outage: str
    claim: Literal["alert", "provisional"]
    began: Began
    off_for_s: float
    operations: int
    attempt: int
    hub_class: HubClass
    topology: str | None = None
    since_first_s: float | None = None
    failure: str | None = None
    detail: AlertDetail | None = None


class OutageRestoredBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Supply has been back for 60 s. `ended` is when it came back for good, `lasted_s` from the first loss to then;
    None where only the wall times tell. `duration` splits at three minutes, as GB's alerts do.
    """

    outage: str
    began: Began
    ended: When
    operations: int
    alert_sent: bool
    duration: Literal["under_3_min", "3_min_or_more", "unknown"]
    hub_class: HubClass
    topology: str | None = None
    sentinel: bool = False
    lasted_s: float | None = None
    failure: str | None = None


class OutageMomentaryBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Supply went and came back, `operations` times, within the rule: no outage."""

    outage: str
    began: Began
    operations: int
    hub_class: HubClass
    topology: str | None = None
    lasted_s: float | None = None
    failure: str | None = None


class BrownOutBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Supply is low and not gone (10 to 90 % of nominal), or is so no longer. `lasted_s` up to now or to its end."""

    brown_out: str
    phase: Literal["began", "ended"]
    lasted_s: float
    least_pu: float
    hub_class: HubClass
    topology: str | None = None
    became_loss: bool = False
