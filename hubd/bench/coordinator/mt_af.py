"""MT_AF: endpoints, and frames of applications in both directions."""

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubd.bench.air.conditions import Confirmed
from hubd.bench.air.coordinator_side import Outcome
from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.coordinator import mt_zdo, unpi
from hubd.bench.coordinator.faults import Fault
from hubd.bench.coordinator.status import Status

if TYPE_CHECKING:
    from hubd.bench.coordinator.coordinator import Coordinator, Handler

_GROUP, _NWK, _IEEE = 1, 2, 3
_BROADCASTS = 0xFFF8
_ACK_REQUEST, _SECURITY = 0x10, 0x40
_DUPLICATE_ENTRY = 0xB8
_RETRIEVE_AT_MOST = 248
_CONFIRM = {
    Confirmed.YES: Status.SUCCESS,
    Confirmed.NO_MAC_ACK: Status.MAC_NO_ACK,
    Confirmed.NO_APS_ACK: Status.APS_NO_ACK,
}


@dataclass(frozen=True, slots=True)
class DataRequest:
    """What all forms of AF_DATA_REQUEST say. `nwk` is None for a group."""

    nwk: int | None
    dst_endpoint: int
    src_endpoint: int
    cluster_id: int
    sequence: int
    options: int
    data: bytes


def _register(it: "Coordinator", data: bytes) -> bytes:
    endpoint, profile_id, device_id, _, _, count = struct.unpack_from("<BHHBBB", data)
    inputs = struct.unpack_from(f"<{count}H", data, 8)
    at = 8 + 2 * count
    outputs = struct.unpack_from(f"<{data[at]}H", data, at + 1)
    if endpoint in it.endpoints:
        return bytes((_DUPLICATE_ENTRY,))
    it.endpoints[endpoint] = EndpointDescriptor(endpoint, profile_id, device_id, inputs, outputs)
    return bytes((Status.SUCCESS,))


def _delete(it: "Coordinator", data: bytes) -> bytes:
    return bytes((Status.FAILURE if it.endpoints.pop(data[0], None) is None else Status.SUCCESS,))


def _data_request(it: "Coordinator", data: bytes) -> bytes:
    nwk, dst, src, cluster, sequence, options, _, length = struct.unpack_from("<HBBHBBBB", data)
    return _send(it, DataRequest(nwk, dst, src, cluster, sequence, options, _exactly(data, 10, length)))


def _data_request_ext(it: "Coordinator", data: bytes) -> bytes:
    mode, address, dst, _, src, cluster, sequence, options, _, length = struct.unpack_from("<B8sBHBHBBBH", data)
    nwk: int | None = int.from_bytes(address[:2], "little")
    if mode == _GROUP:
        nwk = None
    elif mode == _IEEE:
        nwk = it.trust.nwk_of(address)
        if nwk is None:
            return bytes((Status.INVALID_PARAMETER,))
    return _send(it, DataRequest(nwk, dst, src, cluster, sequence, options, _exactly(data, 20, length)))


def _data_request_src_rtg(it: "Coordinator", data: bytes) -> bytes:
    nwk, dst, src, cluster, sequence, options, _, relays = struct.unpack_from("<HBBHBBBB", data)
    at = 10 + 2 * relays
    return _send(it, DataRequest(nwk, dst, src, cluster, sequence, options, _exactly(data, at + 1, data[at])))


def _exactly(data: bytes, at: int, length: int) -> bytes:
    value = data[at : at + length]
    if len(value) != length:
        raise IndexError
    return value


def _send(it: "Coordinator", asked: DataRequest) -> bytes:
    if asked.dst_endpoint == 0 and asked.nwk is not None:
        nwk, sequence, body = asked.nwk, asked.data[0], asked.data[1:]
        it.then(lambda: mt_zdo.ask(it, nwk, asked.cluster_id, sequence, body))
        return bytes((Status.SUCCESS,))
    _note(it, asked)
    endpoint = it.endpoints.get(asked.src_endpoint)
    if endpoint is None:
        return bytes((Status.INVALID_PARAMETER,))
    if it.running is None:
        return bytes((Status.NWK_INVALID_REQUEST,))
    it.then(lambda: _transmit(it, asked, endpoint.profile_id))
    return bytes((Status.SUCCESS,))


def _note(it: "Coordinator", asked: DataRequest) -> None:
    node = None if asked.nwk is None else it.air.node_at(asked.nwk)
    device = node.device.ieee if node else ""
    it.account.asked(device, asked.cluster_id, asked.data, secured=bool(asked.options & _SECURITY))


def _transmit(it: "Coordinator", asked: DataRequest, profile_id: int) -> None:
    if asked.nwk is None or asked.nwk >= _BROADCASTS:
        it.air.broadcast(_frame(asked, profile_id, secured=False))
        _confirm(it, asked, Status.SUCCESS)
        return
    node = it.air.node_at(asked.nwk)
    secured = bool(asked.options & _SECURITY)
    key = it.trust.link_key(node.octets) if node and secured else None
    if node and secured and key is None:
        _confirm(it, asked, Status.SEC_NO_KEY)
        return
    if node and secured and (node.link_key is None or node.link_key.reveal() != key):
        it.air.send_unread(node, _frame(asked, profile_id, secured=True), bool(asked.options & _ACK_REQUEST))
        _confirm(it, asked, Status.APS_NO_ACK)  # the device cannot decrypt it, and does not acknowledge
        return
    ieee = node.device.ieee if node else ""
    acknowledged = bool(asked.options & _ACK_REQUEST)
    it.air.unicast(
        asked.nwk,
        _frame(asked, profile_id, secured=secured),
        acknowledged,
        lambda outcome: _confirm_to(it, asked, outcome, ieee),
    )


def _frame(asked: DataRequest, profile_id: int, *, secured: bool) -> ApsFrame:
    return ApsFrame(profile_id, asked.cluster_id, asked.src_endpoint, asked.dst_endpoint, asked.data, secured)


def _confirm_to(it: "Coordinator", asked: DataRequest, outcome: Outcome, ieee: str) -> None:
    if it.faults.take(Fault.CONFIRM_LOST, ieee):
        return
    status = _status(outcome)
    if it.faults.take(Fault.CONFIRM_FAILED, ieee):
        status = it.faults.failed_status
    _confirm(it, asked, status)


def _status(outcome: Outcome) -> int:
    if outcome.no_route:
        return Status.NWK_NO_ROUTE
    if outcome.expired or outcome.confirmed is None:
        return Status.MAC_TRANSACTION_EXPIRED
    return _CONFIRM[outcome.confirmed]


def _confirm(it: "Coordinator", asked: DataRequest, status: int) -> None:
    it.indicate(unpi.AF, 0x80, bytes((status, asked.src_endpoint, asked.sequence)))


def _data_retrieve(it: "Coordinator", data: bytes) -> bytes:
    stamp, index, length = struct.unpack_from("<IHB", data)
    if length == 0:
        it.kept_messages.pop(stamp, None)
        return bytes((Status.SUCCESS, 0))
    part = it.kept_messages.get(stamp, b"")[index : index + min(length, _RETRIEVE_AT_MOST)]
    if not part:
        return bytes((Status.FAILURE, 0))
    return bytes((Status.SUCCESS, len(part))) + part


def _accepted(_: "Coordinator", __: bytes) -> bytes:
    return bytes((Status.SUCCESS,))


HANDLERS: "dict[int, Handler]" = {
    0x00: _register,
    0x01: _data_request,
    0x02: _data_request_ext,
    0x03: _data_request_src_rtg,
    0x04: _delete,
    0x10: _accepted,  # inter-PAN control
    0x12: _data_retrieve,
    0x13: _accepted,  # fragmentation settings
}
