"""One endpoint of a virtual device: takes ZCL frames, answers them, and reports by itself."""

from collections.abc import Callable, Mapping, Sequence

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.zcl import global_commands, reporting
from hubd.bench.devices.zcl.cluster import Cluster, Reply
from hubd.bench.devices.zcl.data_type import DataType, Value, encode
from hubd.bench.devices.zcl.header import Header, decode_header
from hubd.bench.devices.zcl.status import Global, Status
from hubd.errors import WireError

COORDINATOR_ENDPOINT = 1
"""Where reports and requests of the device's own go, until the coordinator speaks from another endpoint."""

Answered = Callable[[dict[int, Value], float], None]
"""Takes the attributes of a Read Attributes Response (client side) and the time."""


class ZclServer:
    """The ZCL machine of one endpoint. Pure: bytes and time in, bytes out.

    `dropped_unsecured` counts frames to secured clusters that came without APS security; they are not answered.
    """

    def __init__(
        self,
        endpoint: int,
        profile_id: int,
        clusters: Sequence[Cluster],
        answered: Mapping[int, Answered] | None = None,
        secured_clients: frozenset[int] = frozenset(),
    ) -> None:
        self.endpoint = endpoint
        self.profile_id = profile_id
        self.clusters = {cluster.id: cluster for cluster in clusters}
        self.dropped_unsecured = 0
        self._answered = dict(answered or {})
        self._secured_clients = secured_clients
        self._peer_endpoint = COORDINATOR_ENDPOINT
        self._reports: reporting.Reports = {}
        self._tsn = 0

    # -- what comes in ----------------------------------------------------------------------------------------------

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Answer one frame. A frame that is no ZCL is dropped."""
        try:
            header, payload = decode_header(frame.data)
        except WireError:
            return []
        if self._must_be_secured(frame.cluster_id) and not frame.secured:
            self.dropped_unsecured += 1
            return []
        if frame.src_endpoint and not frame.peer:
            self._peer_endpoint = frame.src_endpoint
        return self._answer(frame, header, payload, unix_s)

    def _must_be_secured(self, cluster_id: int) -> bool:
        cluster = self.clusters.get(cluster_id)
        return cluster.secured if cluster else cluster_id in self._secured_clients

    def _answer(self, frame: ApsFrame, header: Header, payload: bytes, unix_s: float) -> list[ApsFrame]:
        cluster = self.clusters.get(frame.cluster_id)
        if header.from_server and not (cluster and cluster.heard and header.cluster_specific):
            self._take_response(frame.cluster_id, header, payload, unix_s)
            return []
        if cluster is None:
            return self._default(frame, header, Status.UNSUPPORTED_CLUSTER)
        try:
            if header.cluster_specific:
                return self._run(cluster, frame, header, payload, unix_s)
            return self._run_global(cluster, frame, header, payload, unix_s)
        except WireError:
            return self._default(frame, header, Status.MALFORMED_COMMAND)

    def _take_response(self, cluster_id: int, header: Header, payload: bytes, unix_s: float) -> None:
        take = self._answered.get(cluster_id)
        if take is None or header.cluster_specific or header.command != Global.READ_ATTRIBUTES_RESPONSE:
            return
        try:
            take(global_commands.read_response(payload), unix_s)
        except WireError:
            return

    def _run(
        self, cluster: Cluster, frame: ApsFrame, header: Header, payload: bytes, unix_s: float
    ) -> list[ApsFrame]:
        handler = (cluster.heard if header.from_server else cluster.commands).get(header.command)
        if handler is None or header.manufacturer is not None:
            return self._default(frame, header, Status.UNSUP_COMMAND)
        reply: Reply = handler(payload, unix_s)
        if reply.command is None:
            frames = self._default(frame, header, reply.status)
        else:
            back = Header(
                header.tsn, reply.command, cluster_specific=True, from_server=True, no_default_response=True
            )
            frames = [self._back(frame, back.encode() + reply.payload)]
        return frames + [self.command(cluster.id, command, more) for command, more in reply.then]

    def _run_global(
        self, cluster: Cluster, frame: ApsFrame, header: Header, payload: bytes, unix_s: float
    ) -> list[ApsFrame]:
        if header.command == Global.DEFAULT_RESPONSE:
            return []
        if header.command == Global.READ_ATTRIBUTES:
            answer = global_commands.read_attributes(cluster, payload)
        elif header.command == Global.WRITE_ATTRIBUTES:
            answer = global_commands.write_attributes(cluster, payload)
        elif header.command == Global.DISCOVER_ATTRIBUTES:
            answer = global_commands.discover_attributes(cluster, payload)
        elif header.command == Global.CONFIGURE_REPORTING:
            answer = reporting.configure(self._reports, cluster, payload, unix_s)
        elif header.command == Global.READ_REPORTING_CONFIGURATION:
            answer = reporting.read_configuration(self._reports, cluster, payload)
        else:
            return self._default(frame, header, Status.UNSUP_COMMAND)
        back = Header(header.tsn, _RESPONSE_TO[header.command], from_server=True, no_default_response=True)
        return [self._back(frame, back.encode() + answer)]

    # -- what goes out ----------------------------------------------------------------------------------------------

    def command(self, cluster_id: int, command: int, payload: bytes) -> ApsFrame:
        """A cluster-specific command of the device's own accord, server to client."""
        header = Header(self._next_tsn(), command, cluster_specific=True, from_server=True, no_default_response=True)
        return self._own(cluster_id, header.encode() + payload)

    def read_request(self, cluster_id: int, attribute_ids: Sequence[int]) -> ApsFrame:
        """Read attributes of the coordinator's (the device is the client); the answer goes to `answered`."""
        payload = b"".join(encode(DataType.UINT16, attribute_id) for attribute_id in attribute_ids)
        return self._own(cluster_id, Header(self._next_tsn(), Global.READ_ATTRIBUTES).encode() + payload)

    def report_now(self, cluster_id: int, attribute_ids: Sequence[int], unix_s: float) -> ApsFrame:
        """Report these attributes at once, whatever is configured."""
        cluster, wanted = self.clusters[cluster_id], list(attribute_ids)
        header = Header(self._next_tsn(), Global.REPORT_ATTRIBUTES, from_server=True, no_default_response=True)
        frame = self._own(cluster_id, header.encode() + global_commands.report(cluster, wanted))
        reporting.sent(self._reports, cluster, wanted, unix_s)
        return frame

    def report_every(self, cluster_id: int, attribute_ids: Sequence[int], period_s: float) -> None:
        """Report these by themselves, all in one frame, until Configure Reporting says otherwise for one of them."""
        for attribute_id in attribute_ids:
            self._reports[cluster_id, attribute_id] = reporting.Report(period_s, period_s)

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """The reports that are due: one frame a cluster."""
        due = ((cluster.id, reporting.due(self._reports, cluster, unix_s)) for cluster in self.clusters.values())
        return [self.report_now(cluster_id, wanted, unix_s) for cluster_id, wanted in due if wanted]

    def next_due_unix_s(self) -> float | None:
        """When a report may be due; None: no reporting."""
        return min((at for r in self._reports.values() if (at := r.due_at()) is not None), default=None)

    # -- what outlives a restart ------------------------------------------------------------------------------------

    def save(self) -> dict[str, object]:
        """The reporting configuration, as JSON values."""
        rows = [[c, a, r.min_s, r.max_s, r.change] for (c, a), r in sorted(self._reports.items())]
        return {"reports": rows, "peer_endpoint": self._peer_endpoint}

    def restore(self, saved: Mapping[str, object]) -> None:
        """The reverse of `save`."""
        rows, peer = saved.get("reports"), saved.get("peer_endpoint")
        if isinstance(rows, list):
            self._reports = {(c, a): reporting.Report(low, high, change) for c, a, low, high, change in rows}
        if isinstance(peer, int):
            self._peer_endpoint = peer

    # -- frames -----------------------------------------------------------------------------------------------------

    def _default(self, frame: ApsFrame, header: Header, status: Status) -> list[ApsFrame]:
        unwanted = header.no_default_response and status is Status.SUCCESS
        if unwanted or (not header.cluster_specific and header.command == Global.DEFAULT_RESPONSE):
            return []
        back = Header(
            header.tsn, Global.DEFAULT_RESPONSE, from_server=not header.from_server, no_default_response=True
        )
        return [self._back(frame, back.encode() + bytes([header.command, status]))]

    def _back(self, frame: ApsFrame, data: bytes) -> ApsFrame:
        return ApsFrame(
            frame.profile_id,
            frame.cluster_id,
            self.endpoint,
            frame.src_endpoint,
            data,
            secured=frame.secured,
            peer=frame.peer,
        )

    def _own(self, cluster_id: int, data: bytes) -> ApsFrame:
        secured = self._must_be_secured(cluster_id)
        return ApsFrame(self.profile_id, cluster_id, self.endpoint, self._peer_endpoint, data, secured=secured)

    def _next_tsn(self) -> int:
        self._tsn = (self._tsn + 1) % 256
        return self._tsn


_RESPONSE_TO: dict[int, int] = {
    Global.READ_ATTRIBUTES: Global.READ_ATTRIBUTES_RESPONSE,
    Global.WRITE_ATTRIBUTES: Global.WRITE_ATTRIBUTES_RESPONSE,
    Global.DISCOVER_ATTRIBUTES: Global.DISCOVER_ATTRIBUTES_RESPONSE,
    Global.CONFIGURE_REPORTING: Global.CONFIGURE_REPORTING_RESPONSE,
    Global.READ_REPORTING_CONFIGURATION: Global.READ_REPORTING_CONFIGURATION_RESPONSE,
}
