"""Get Profile of the Metering cluster (0x0702, command 0x00), answered from the half-hours of up to two channels."""

from hubd.bench.devices.prepaid.half_hours import HalfHours
from hubd.bench.devices.prepaid.own_clock import zigbee_time
from hubd.bench.devices.zcl import Reply
from hubd.errors import WireError
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S

MAX_PERIODS = 24
HALF_HOURLY = 0x02
_GET_PROFILE_RESPONSE = 0x00
_PROFILE_OK, _UNDEFINED_CHANNEL, _NO_SUCH_CHANNEL, _TOO_MANY_PERIODS, _NO_INTERVALS = 0x00, 0x01, 0x02, 0x04, 0x05


def get_profile(payload: bytes, channels: tuple[HalfHours, HalfHours | None]) -> Reply:
    """The answer. `channels`: delivered, and received where the meter has it. Raises WireError for another form."""
    if len(payload) != 6:
        raise WireError("Get Profile is 6 octets")
    channel, end, periods = payload[0], int.from_bytes(payload[1:5], "little"), payload[5]
    if channel > 1:
        return _profile_response(end, _UNDEFINED_CHANNEL, [])
    profile = channels[channel]
    if profile is None:
        return _profile_response(end, _NO_SUCH_CHANNEL, [])
    wanted_end = end + ZIGBEE_EPOCH_UNIX_S if end else None
    newest_end, amounts = profile.newest_first(wanted_end, min(periods, MAX_PERIODS))
    if not amounts:
        return _profile_response(end, _NO_INTERVALS, [])
    status = _TOO_MANY_PERIODS if periods > MAX_PERIODS else _PROFILE_OK
    return _profile_response(zigbee_time(newest_end), status, amounts)


def _profile_response(end: int, status: int, amounts: list[int | None]) -> Reply:
    intervals = b"".join((0xFFFFFF if one is None else one).to_bytes(3, "little") for one in amounts)
    head = end.to_bytes(4, "little") + bytes([status, HALF_HOURLY, len(amounts)])
    return Reply(_GET_PROFILE_RESPONSE, head + intervals)
