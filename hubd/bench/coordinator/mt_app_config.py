"""MT_APP_CONFIG: base device behaviour, which forms the network and takes install codes."""

import struct
from typing import TYPE_CHECKING

from hubd.bench.coordinator import install_code, unpi
from hubd.bench.coordinator.status import Status
from hubd.model.secret import Secret

if TYPE_CHECKING:
    from hubd.bench.coordinator.coordinator import Coordinator, Handler

_FORMATION = 0x04
_STEERING = 0x02
_SUCCESS, _FORMATION_FAILURE, _NETWORK_RESTORED = 0x00, 0x08, 0x0D
_STARTING, _STARTED = 8, 9
_CODE_WITH_CRC, _DERIVED_KEY = 1, 2
_STEERING_S = 180


def _start_commissioning(it: "Coordinator", data: bytes) -> bytes:
    mode = data[0]
    it.then(lambda: commission(it, mode))
    return bytes((Status.SUCCESS,))


def commission(it: "Coordinator", mode: int) -> None:
    """Bring the network up and tell of it. Success is said only where a network was formed just now: to a host that
    asks for formation on a network that exists, Z-Stack answers "formation failure" and starts as coordinator.
    """
    formed = it.start_network()
    if formed:
        it.indicate(unpi.ZDO, 0xC0, bytes((_STARTING,)))
    it.indicate(unpi.ZDO, 0xC0, bytes((_STARTED,)))
    if mode & _FORMATION:
        status = _SUCCESS if formed else _FORMATION_FAILURE
        it.indicate(unpi.APP_CONFIG, 0x80, bytes((status, _FORMATION, mode & _STEERING)))
    if mode & _STEERING:
        it.air.open_window(_STEERING_S)
        it.indicate(unpi.APP_CONFIG, 0x80, bytes((_SUCCESS, _STEERING, 0)))
    if not mode:
        it.indicate(unpi.APP_CONFIG, 0x80, bytes((_NETWORK_RESTORED, 0, 0)))


def _add_install_code(it: "Coordinator", data: bytes) -> bytes:
    form, octets = struct.unpack_from("<B8s", data)
    code = data[9:]
    try:
        if form == _CODE_WITH_CRC:
            key = install_code.link_key(code)
        elif form == _DERIVED_KEY and len(code) == 16:
            key = Secret(code)
        else:
            return bytes((Status.INVALID_PARAMETER,))
    except ValueError:
        return bytes((Status.INVALID_PARAMETER,))
    return bytes((Status.SUCCESS if it.trust.add_install_code_key(octets, key) else Status.FAILURE,))


def _only_install_codes(it: "Coordinator", data: bytes) -> bytes:
    it.only_install_codes = bool(data[0])
    return bytes((Status.SUCCESS,))


def _set_channel(it: "Coordinator", data: bytes) -> bytes:
    primary, mask = struct.unpack_from("<BI", data)
    if primary:
        it.channel_mask = mask
    return bytes((Status.SUCCESS,))


def _accepted(_: "Coordinator", __: bytes) -> bytes:
    return bytes((Status.SUCCESS,))


HANDLERS: "dict[int, Handler]" = {
    0x01: _accepted,  # remote end device timeout
    0x03: _accepted,  # rejoin policy
    0x04: _add_install_code,
    0x05: _start_commissioning,
    0x06: _only_install_codes,
    0x08: _set_channel,
    0x09: _accepted,  # require key exchange
    0xFF: _accepted,  # network frame counter
}
