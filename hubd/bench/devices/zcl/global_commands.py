"""The global commands a server answers about its attributes: read, write, discover. Payload in, payload out."""

from hubd.bench.devices.zcl.cluster import Cluster
from hubd.bench.devices.zcl.data_type import DataType, Value, decode, encode, known, take
from hubd.bench.devices.zcl.status import Status
from hubd.errors import WireError

_U16 = DataType.UINT16


def read_attributes(cluster: Cluster, payload: bytes) -> bytes:
    """Read Attributes Response for the ids in `payload`."""
    return b"".join(_record(cluster, attribute_id) for attribute_id in ids(payload))


def _record(cluster: Cluster, attribute_id: int) -> bytes:
    attribute = cluster.attribute(attribute_id)
    head = encode(_U16, attribute_id)
    if attribute is None:
        return head + bytes([Status.UNSUPPORTED_ATTRIBUTE])
    return head + bytes([Status.SUCCESS, attribute.kind]) + encode(attribute.kind, attribute.read())


def report(cluster: Cluster, attribute_ids: list[int]) -> bytes:
    """The payload of Report Attributes."""
    found = (cluster.attribute(attribute_id) for attribute_id in attribute_ids)
    return b"".join(encode(_U16, a.id) + bytes([a.kind]) + encode(a.kind, a.read()) for a in found if a)


def write_attributes(cluster: Cluster, payload: bytes) -> bytes:
    """Write Attributes Response: a lone SUCCESS, or a record for each attribute that was refused."""
    refused = b""
    while payload:
        head, payload = take(payload, 3)
        attribute_id, kind = int.from_bytes(head[:2], "little"), known(head[2])
        value, payload = decode(kind, payload)
        status = _write(cluster, attribute_id, kind, value)
        if status is not Status.SUCCESS:
            refused += bytes([status]) + head[:2]
    return refused or bytes([Status.SUCCESS])


def _write(cluster: Cluster, attribute_id: int, kind: DataType, value: Value) -> Status:
    attribute = cluster.attribute(attribute_id)
    if attribute is None:
        return Status.UNSUPPORTED_ATTRIBUTE
    if attribute.write is None:
        return Status.READ_ONLY
    if attribute.kind is not kind:
        return Status.INVALID_DATA_TYPE
    return attribute.write(value)


def discover_attributes(cluster: Cluster, payload: bytes) -> bytes:
    """Discover Attributes Response: a complete flag, then id and type from the start id on."""
    head, _ = take(payload, 3)
    start, limit = int.from_bytes(head[:2], "little"), head[2]
    left = sorted((a.id, a.kind) for a in cluster.attributes if a.id >= start)
    records = b"".join(encode(_U16, attribute_id) + bytes([kind]) for attribute_id, kind in left[:limit])
    return bytes([len(left) <= limit]) + records


def ids(payload: bytes) -> list[int]:
    """A list of attribute ids. Raises WireError for an odd octet."""
    if len(payload) % 2:
        raise WireError("a list of attribute ids ends inside one")
    return [int.from_bytes(payload[i : i + 2], "little") for i in range(0, len(payload), 2)]


def read_response(payload: bytes) -> dict[int, Value]:
    """The successful records of a Read Attributes Response, for devices that are clients too."""
    values: dict[int, Value] = {}
    while payload:
        head, payload = take(payload, 3)
        if head[2] != Status.SUCCESS:
            continue
        kind, payload = take(payload, 1)
        values[int.from_bytes(head[:2], "little")], payload = decode(known(kind[0]), payload)
    return values
