"""MT_ZDO: requests to devices and to the coordinator itself, joining, start, routes, link keys, groups."""

import struct
from functools import partial
from typing import TYPE_CHECKING

from hubd.bench.air import zdo
from hubd.bench.coordinator import mt_app_config, network, unpi
from hubd.bench.coordinator.status import Status
from hubd.model.secret import Secret

if TYPE_CHECKING:
    from hubd.bench.coordinator.coordinator import Coordinator, Handler

_BROADCASTS = 0xFFF8
_ANSWERED_BY_ALL = (zdo.NWK_ADDR, zdo.IEEE_ADDR, zdo.MATCH_DESC)
_MOVE_CHANNEL = 0xFE
_NWK_UPDATE_OCTETS = 5
_STARTED_AS_COORDINATOR = 9
_RESTORED, _NEW_NETWORK = 0, 1
_BIND_OCTETS = {0x01: 14, 0x03: 21}
"""Length of a binding by its address mode: to a group, to an endpoint."""


def ask(it: "Coordinator", nwk: int, cluster: int, sequence: int, body: bytes) -> None:
    """Send a ZDO request (`body` without its sequence number) to a device, to all, or to the coordinator itself."""
    if cluster & zdo.RESPONSE:
        return
    if nwk == 0x0000:
        _ask_self(it, cluster, sequence, body)
    elif nwk < _BROADCASTS:
        it.air.ask_zdo(nwk, cluster, sequence, body)
    elif cluster in _ANSWERED_BY_ALL:
        _ask_self(it, cluster, sequence, body)
        it.air.ask_zdo_all(cluster, sequence, body)


def _ask_self(it: "Coordinator", cluster: int, sequence: int, body: bytes) -> None:
    if cluster == zdo.MGMT_NWK_UPDATE and len(body) >= _NWK_UPDATE_OCTETS:
        answer: bytes | None = _energy_scan(it, body)
    else:
        answer = zdo.answer(it.descriptors(), cluster, body)
    if answer is not None:
        it.tell_zdo_answer(0x0000, cluster | zdo.RESPONSE, sequence, answer)


def _energy_scan(it: "Coordinator", body: bytes) -> bytes | None:
    mask, duration = struct.unpack_from("<IB", body)
    channels = [bit for bit in range(11, 27) if mask >> bit & 1]
    if duration == _MOVE_CHANNEL:
        _move(it, channels)
        return None
    energies = bytes(it.random.randrange(20, 90) for _ in channels)
    return struct.pack("<BIHHB", 0, mask, 0, 0, len(energies)) + energies


def _move(it: "Coordinator", channels: list[int]) -> None:
    if channels:
        network.move_to_channel(it.nv, channels[0])


def _to_device(it: "Coordinator", data: bytes, cluster: int) -> bytes:
    """The native form of most requests: whom to ask, then the request as it goes on the air."""
    nwk = struct.unpack_from("<H", data)[0]
    return _later(it, nwk, cluster, data[2:])


def _later(it: "Coordinator", nwk: int, cluster: int, body: bytes) -> bytes:
    if nwk and nwk < _BROADCASTS and it.running is None:
        return bytes((Status.NWK_INVALID_REQUEST,))
    it.then(lambda: ask(it, nwk, cluster, it.next_sequence(), body))
    return bytes((Status.SUCCESS,))


def _nwk_addr(it: "Coordinator", data: bytes) -> bytes:
    return _later(it, 0xFFFD, zdo.NWK_ADDR, data)


def _ieee_addr(it: "Coordinator", data: bytes) -> bytes:
    return _later(it, struct.unpack_from("<H", data)[0], zdo.IEEE_ADDR, data)


def _bind(it: "Coordinator", data: bytes, cluster: int) -> bytes:
    """The native form always leaves room for an IEEE address and endpoint; on the air, a group is shorter."""
    nwk, mode = struct.unpack_from("<H11xB", data)
    return _later(it, nwk, cluster, data[2 : 2 + _BIND_OCTETS.get(mode, 21)])


def _permit_join(it: "Coordinator", data: bytes) -> bytes:
    _, nwk, seconds, significance = struct.unpack_from("<BHBB", data)
    it.then(lambda: _permit(it, nwk, seconds, significance))
    return bytes((Status.SUCCESS,))


def _permit(it: "Coordinator", nwk: int, seconds: int, significance: int) -> None:
    if it.running is None:
        it.indicate(unpi.ZDO, 0xB6, struct.pack("<HB", 0x0000, Status.NWK_INVALID_REQUEST))
        return
    it.air.open_window(seconds)
    if nwk and nwk < _BROADCASTS:
        it.air.ask_zdo(nwk, zdo.MGMT_PERMIT, it.next_sequence(), bytes((seconds, significance)))
    else:
        it.indicate(unpi.ZDO, 0xB6, struct.pack("<HB", 0x0000, Status.SUCCESS))


def _nwk_update(it: "Coordinator", data: bytes) -> bytes:
    nwk, _, mask, duration, count = struct.unpack_from("<HBIBB", data)
    to = 0x0000 if nwk >= _BROADCASTS else nwk
    return _later(it, to, zdo.MGMT_NWK_UPDATE, struct.pack("<IBB", mask, duration, count))


def _callback_register(it: "Coordinator", _: bytes) -> bytes:
    it.tell_zdo = True
    return bytes((Status.SUCCESS,))


def _callback_remove(it: "Coordinator", _: bytes) -> bytes:
    it.tell_zdo = False
    return bytes((Status.SUCCESS,))


def _startup_from_app(it: "Coordinator", _: bytes) -> bytes:
    known = network.current(it.nv) is not None
    it.then(lambda: mt_app_config.commission(it, 0))
    return bytes((_RESTORED if known else _NEW_NETWORK,))


def _ext_nwk_info(it: "Coordinator", _: bytes) -> bytes:
    if it.running is None:
        return struct.pack("<HBHH8s8sB", 0xFFFE, 0, 0xFFFF, 0xFFFE, bytes(8), bytes(8), 0)
    known = it.running.parameters
    return struct.pack(
        "<HBHH8s8sB",
        *(0x0000, _STARTED_AS_COORDINATOR, known.pan_id, 0x0000, known.extended_pan_id, bytes(8), known.channel),
    )


def _route_check(it: "Coordinator", data: bytes) -> bytes:
    nwk = struct.unpack_from("<H", data)[0]
    no_entry = 4
    return bytes((Status.SUCCESS if nwk == 0 or it.air.node_at(nwk) else no_entry,))


def _set_link_key(it: "Coordinator", data: bytes) -> bytes:
    """A device that is not in the table of addresses is put there, as Z-Stack does."""
    nwk, octets, key = struct.unpack_from("<H8s16s", data)
    taken = it.trust.set_link_key(octets, Secret(key)) or it.trust.remember(octets, nwk, Secret(key), child=False)
    return bytes((Status.SUCCESS if taken else Status.FAILURE,))


def _remove_link_key(it: "Coordinator", data: bytes) -> bytes:
    octets = struct.unpack_from("<8s", data)[0]
    return bytes((Status.SUCCESS if it.trust.remove_link_key(octets) else Status.FAILURE,))


def _get_link_key(it: "Coordinator", data: bytes) -> bytes:
    octets = struct.unpack_from("<8s", data)[0]
    key = it.trust.link_key(octets)
    return struct.pack("<B8s16s", Status.FAILURE if key is None else Status.SUCCESS, octets, key or bytes(16))


def _find_group(_: "Coordinator", data: bytes) -> bytes:
    """The coordinator is in no group: group traffic reaches the host through its endpoints anyway."""
    return struct.pack("<BHB", Status.FAILURE, struct.unpack_from("<xH", data)[0], 0)


def _accepted(_: "Coordinator", __: bytes) -> bytes:
    return bytes((Status.SUCCESS,))


_DIRECT = (zdo.NODE_DESC, zdo.POWER_DESC, zdo.SIMPLE_DESC, zdo.ACTIVE_EP, zdo.MATCH_DESC)
_MANAGED = (zdo.MGMT_LQI, zdo.MGMT_RTG, zdo.MGMT_BIND, zdo.MGMT_LEAVE)

HANDLERS: "dict[int, Handler]" = {
    **{cluster: partial(_to_device, cluster=cluster) for cluster in (*_DIRECT, *_MANAGED)},
    0x00: _nwk_addr,
    0x01: _ieee_addr,
    0x21: partial(_bind, cluster=zdo.BIND),
    0x22: partial(_bind, cluster=zdo.UNBIND),
    0x23: _set_link_key,
    0x24: _remove_link_key,
    0x25: _get_link_key,
    0x36: _permit_join,
    0x37: _nwk_update,
    0x3E: _callback_register,
    0x3F: _callback_remove,
    0x40: _startup_from_app,
    0x42: _set_link_key,
    0x45: _accepted,  # route discovery
    0x46: _route_check,
    0x47: _accepted,  # remove group
    0x4A: _find_group,
    0x4B: _accepted,  # add group
    0x50: _ext_nwk_info,
    0x51: _accepted,  # APS remove
    0x53: _accepted,  # set parameters
    0x54: _startup_from_app,
}
