"""The words of the last-gasp rules: phases, triggers, and the reasons why an alert fell short."""

from enum import StrEnum


class Phase(StrEnum):
    """Where the hub stands between a supply that holds and a hub that is down."""

    STARTING = "starting"
    """The program has just started; the supply has not been looked at yet."""
    NORMAL = "normal"
    """Supply is on and no event is open."""
    DIP = "dip"
    """Supply has been off for less than a second: nothing is shed or written for a flicker."""
    RIDING = "riding"
    """Supply is off and may still come back within the rule. Load is shed."""
    WATCHING = "watching"
    """Supply is back, for less than a minute; the event stays open."""
    SPREADING = "spreading"
    """The outage is real; the hub waits its share of the spread before it speaks."""
    SENDING = "sending"
    """The alert has been handed to the session and is not known to be stored yet."""
    SENT = "sent"
    """The alert is stored, or its schedule is used up; supply is still off."""
    RESTORING = "restoring"
    """Supply is back after an alert, for less than a minute."""
    SHUTTING_DOWN = "shutting_down"
    """The end of the rules: the shutdown is finished whatever the supply does, and the last looks at the supply, when
    all is closed, decide whether it is a power-off or a restart.
    """


class Trigger(StrEnum):
    """What moves the hub from one phase to another."""

    START_NORMAL = "start, supply on, no open outage on disk"
    START_WATCHING = "start, supply on, an outage without an alert on disk"
    START_RESTORING = "start, supply on, an outage with an alert on disk"
    START_DIP = "start, supply off, no open outage on disk"
    START_RIDING = "start, supply off, an outage without an alert on disk"
    START_SENDING = "start, supply off, an alert on disk that nobody stored"
    START_SENT = "start, supply off, a stored alert on disk"
    LOSS = "supply lost"
    LOSS_UNSTORED = "supply lost again, alert not stored"
    RETURN = "supply back"
    LASTED = "off for 1 s"
    CONFIRMED = "the policy's time is over"
    SPREAD_OVER = "share of the spread is over"
    ENERGY_SHORT = "energy for no more than send and shutdown, off for 15 s or more"
    RESEND = "not stored yet"
    STORED = "stored by the head-end"
    WINDOW_OVER = "not stored within 20 s"
    ENERGY_OUT = "energy for no more than the shutdown"
    STABLE = "on for 60 s"


class AlertKind(StrEnum):
    """What an alert claims."""

    CONFIRMED = "alert"
    """The loss has lasted as long as the policy asks."""
    PROVISIONAL = "provisional"
    """At least 15 s of continuous loss, and no energy to wait for the policy."""


class Failure(StrEnum):
    """Why the outage was not told in the ordinary way. The state, the row on disk and the records carry it."""

    ENERGY_BEFORE_ALERT = "energy_before_alert"
    """Energy ended before an alert could be sent: the hub went down silently."""
    ENERGY_BEFORE_CONFIRMED = "energy_before_confirmed"
    """Energy ended before the policy's time: the alert was provisional."""
    SPREAD_CUT = "spread_cut"
    """Energy did not allow the whole spread: the alert went out sooner than its share of it."""
    CANCELLED_IN_SPREAD = "cancelled_in_spread"
    """Supply came back during the spread: the alert was not sent."""
    NOT_STORED = "not_stored"
    """The alert went out three times and nobody has said that it is stored."""
