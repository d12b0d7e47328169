"""Attribute reporting: what is configured, what is due, and the two commands that change and read it."""

from dataclasses import dataclass, replace

from hubd.bench.devices.zcl.cluster import Attribute, Cluster
from hubd.bench.devices.zcl.data_type import DataType, Value, decode, encode, known, take
from hubd.bench.devices.zcl.status import Status

LOOK_AGAIN_S = 1.0
"""How often a value is compared with the last one reported, where a change is to be reported before its maximum."""
_ROUNDING_S = 1e-3
"""A caller that comes exactly when it was told to must not be sent away by the rounding of a float."""
NEVER_S = 0xFFFF
"""Maximum interval that ends reporting."""


@dataclass(frozen=True, slots=True)
class Report:
    """Reporting of one attribute. Intervals in seconds; `max_s` 0: on change only."""

    min_s: float
    max_s: float
    change: float | None = None
    last_at: float | None = None
    last_value: Value = None

    def due_at(self) -> float | None:
        """When to look at the attribute next; None: never by itself (not reported yet: at once, 0.0)."""
        if self.last_at is None:
            return 0.0
        if self.max_s and self.min_s >= self.max_s:
            return self.last_at + self.max_s
        look = self.last_at + max(self.min_s, LOOK_AGAIN_S)
        return min(look, self.last_at + self.max_s) if self.max_s else look

    def is_due(self, value: Value, unix_s: float) -> bool:
        """Whether a report of `value` is to go out now."""
        if self.last_at is None:
            return True
        since_s = unix_s - self.last_at + _ROUNDING_S
        if self.max_s and since_s >= self.max_s:
            return True
        return since_s >= self.min_s and self._changed(value)

    def _changed(self, value: Value) -> bool:
        if value == self.last_value:
            return False
        if self.change is None or not isinstance(value, int | float) or not isinstance(self.last_value, int | float):
            return True
        return abs(value - self.last_value) >= self.change


Reports = dict[tuple[int, int], Report]
"""By (cluster id, attribute id)."""


def due(reports: Reports, cluster: Cluster, unix_s: float) -> list[int]:
    """Attributes of the cluster to report now."""
    wanted = ((a, reports.get((cluster.id, a.id))) for a in cluster.attributes)
    return [a.id for a, report in wanted if report and report.is_due(a.read(), unix_s)]


def sent(reports: Reports, cluster: Cluster, attribute_ids: list[int], unix_s: float) -> None:
    """Remember that these went out."""
    for attribute_id in attribute_ids:
        attribute, report = cluster.attribute(attribute_id), reports.get((cluster.id, attribute_id))
        if attribute and report:
            reports[cluster.id, attribute_id] = replace(report, last_at=unix_s, last_value=attribute.read())


def configure(reports: Reports, cluster: Cluster, payload: bytes, unix_s: float) -> bytes:
    """Configure Reporting, answered: a lone SUCCESS, or a record for each attribute refused."""
    refused = b""
    while payload:
        head, payload = take(payload, 3)
        attribute_id = int.from_bytes(head[1:3], "little")
        if head[0] != 0:
            _, payload = take(payload, 2)
            status = Status.UNSUPPORTED_ATTRIBUTE
        else:
            status, payload = _configure_one(reports, cluster, attribute_id, payload, unix_s)
        if status is not Status.SUCCESS:
            refused += bytes([status]) + head
    return refused or bytes([Status.SUCCESS])


def _configure_one(
    reports: Reports, cluster: Cluster, attribute_id: int, payload: bytes, unix_s: float
) -> tuple[Status, bytes]:
    head, payload = take(payload, 5)
    kind = known(head[0])
    change, payload = decode(kind, payload) if kind.analog else (None, payload)
    attribute = cluster.attribute(attribute_id)
    if attribute is None:
        return Status.UNSUPPORTED_ATTRIBUTE, payload
    if not attribute.reportable:
        return Status.UNREPORTABLE_ATTRIBUTE, payload
    if attribute.kind is not kind:
        return Status.INVALID_DATA_TYPE, payload
    min_s, max_s = int.from_bytes(head[1:3], "little"), int.from_bytes(head[3:5], "little")
    if max_s == NEVER_S:
        reports.pop((cluster.id, attribute_id), None)
        return Status.SUCCESS, payload
    if max_s and max_s < min_s:
        return Status.INVALID_VALUE, payload
    amount = change if isinstance(change, int | float) else None
    reports[cluster.id, attribute_id] = Report(min_s, max_s, amount, unix_s, attribute.read())
    return Status.SUCCESS, payload


def read_configuration(reports: Reports, cluster: Cluster, payload: bytes) -> bytes:
    """Read Reporting Configuration Response."""
    answer = b""
    while payload:
        head, payload = take(payload, 3)
        answer += _configuration(reports, cluster, head)
    return answer


def _configuration(reports: Reports, cluster: Cluster, head: bytes) -> bytes:
    attribute_id = int.from_bytes(head[1:3], "little")
    attribute, report = cluster.attribute(attribute_id), reports.get((cluster.id, attribute_id))
    if attribute is None:
        return bytes([Status.UNSUPPORTED_ATTRIBUTE]) + head
    if report is None:
        return bytes([Status.NOT_FOUND]) + head
    times = b"".join(encode(DataType.UINT16, round(value)) for value in (report.min_s, report.max_s))
    return bytes([Status.SUCCESS]) + head + bytes([attribute.kind]) + times + _change(attribute, report)


def _change(attribute: Attribute, report: Report) -> bytes:
    if not attribute.kind.analog:
        return b""
    change = report.change or 0
    return encode(attribute.kind, change if attribute.kind is DataType.SINGLE else int(change))
