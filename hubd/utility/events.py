"""The closed list of what the utility daemon may tell the head-end as an event or an alarm."""

from enum import StrEnum

from hubd.model.lane import Lane
from hubd.wan import too_large


class EventName(StrEnum):
    """Names of events; docs/events.md says what each means and what to do."""

    STARTED = "started"
    RADIO_UP = "radio_up"
    RADIO_LOST = "radio_lost"
    RADIO_FOREIGN = "radio_foreign"
    RADIO_ADOPTED = "radio_adopted"
    RADIO_MIGRATED = "radio_migrated"
    COMMAND_REFUSED = "command_refused"
    COMMAND_REPEATED = "command_repeated"
    COMMAND_FAILED = "command_failed"
    DEVICE_JOINED = "device_joined"
    DEVICE_LEFT = "device_left"
    KEY_ESTABLISHED = "key_established"
    KEY_ESTABLISHMENT_FAILED = "key_establishment_failed"
    OWN_CERTIFICATE_UNUSABLE = "own_certificate_unusable"
    KEY_IN_DOUBT = "key_in_doubt"
    FRAME_BEFORE_KEY_REFUSED = "frame_before_key_refused"
    UNSECURED_FRAME_REFUSED = "unsecured_frame_refused"
    UNLISTED_DEVICE_REFUSED = "unlisted_device_refused"
    LOCAL_TOP_UP = "local_top_up"
    TOP_UP_ELSEWHERE = "top_up_elsewhere"
    CREDIT_RUNNING_LOW = "credit_running_low"
    INTERRUPTION_ENDED = "interruption_ended"
    TOP_UP_UNDELIVERED = "top_up_undelivered"
    DISPLAY_TOLD = "display_told"
    DISPLAY_CONFIRMED = "display_confirmed"
    METER_SILENT = "meter_silent"
    METER_BACK = "meter_back"
    READINGS_DROPPED = "readings_dropped"
    CAPACITOR_AGED = "capacitor_aged"
    SUPPLY_NOT_SENSED = "supply_not_sensed"
    COMMISSIONING_HELD = "commissioning_held"
    COMMISSIONED = "commissioned"
    CLOCK_DRIFT = "clock_drift"
    FOLLOW_UP_DUE = "follow_up_due"
    FOLLOW_UP_MET = "follow_up_met"
    FOLLOW_UP_OVERDUE = "follow_up_overdue"
    MESSAGE_TOO_LARGE = too_large.NAME


_ALARMS = frozenset(
    {
        EventName.RADIO_LOST,
        EventName.RADIO_FOREIGN,
        EventName.OWN_CERTIFICATE_UNUSABLE,
        EventName.UNSECURED_FRAME_REFUSED,
        EventName.FRAME_BEFORE_KEY_REFUSED,
        EventName.CAPACITOR_AGED,
        EventName.SUPPLY_NOT_SENSED,
    }
)

_AUDITS = frozenset({EventName.RADIO_ADOPTED, EventName.RADIO_MIGRATED})
"""What somebody did to the hub by hand, and who; and on whose network it stands."""


def lane_of(name: EventName) -> Lane:
    """Alarms overtake everything else on the way to the head-end."""
    if name in _AUDITS:
        return Lane.AUDIT
    return Lane.ALARM if name in _ALARMS else Lane.EVENT
