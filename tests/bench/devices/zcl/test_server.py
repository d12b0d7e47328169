"""The ZCL machine of the virtual devices, held against zigpy's own codec as an independent reader."""

from zigpy.zcl import foundation

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.zcl import Attribute, Cluster, DataType, Header, Reply, Status, Value, ZclServer
from hubd.errors import WireError

NOW = 1_764_000_000.0


class Thing:
    """A small device: a temperature that may be set from the test, one secured cluster, one command."""

    def __init__(self) -> None:
        self.temperature = 2_150
        self.name = "thing"
        self.time: dict[int, Value] = {}
        self.server = ZclServer(
            1,
            0x0104,
            (
                Cluster(
                    0x0402,
                    (
                        Attribute(0x0000, DataType.INT16, lambda: self.temperature, reportable=True),
                        Attribute(0x0001, DataType.INT16, lambda: None),
                        Attribute(0x0010, DataType.STRING, lambda: self.name, write=self._rename),
                    ),
                    {0x02: self._toggle, 0x05: lambda payload, unix_s: Reply(0x06, payload[::-1])},
                ),
                Cluster(0x0702, (Attribute(0x0000, DataType.UINT48, lambda: 7),), secured=True),
                Cluster(0x0707, heard={0x02: self._toggle}),
            ),
            answered={0x000A: lambda values, unix_s: self.time.update(values)},
            secured_clients=frozenset({0x000A}),
        )

    def _rename(self, value: Value) -> Status:
        self.name = str(value)
        return Status.SUCCESS

    def _toggle(self, payload: bytes, unix_s: float) -> Reply:
        if payload:
            raise WireError("no payload belongs here")
        return Reply()

    def ask(
        self, header: Header, payload: bytes = b"", cluster: int = 0x0402, secured: bool = False
    ) -> list[ApsFrame]:
        frame = ApsFrame(0x0104, cluster, 3, 1, header.encode() + payload, secured)
        return self.server.on_frame(frame, NOW)


def opened(frame: ApsFrame) -> tuple[foundation.ZCLHeader, bytes]:
    return foundation.ZCLHeader.deserialize(frame.data)  # type: ignore[no-any-return]


def test_read_attributes_answers_each_attribute_with_its_value_or_unsupported() -> None:
    [answer] = Thing().ask(Header(9, 0x00), bytes.fromhex("0000 0100 3412"))
    header, payload = opened(answer)
    assert (header.tsn, header.command_id, answer.dst_endpoint, answer.secured) == (9, 0x01, 3, False)
    records, rest = foundation.GENERAL_COMMANDS[foundation.GeneralCommand.Read_Attributes_rsp].schema.deserialize(
        payload
    )
    assert not rest
    first, invalid, unknown = records.status_records
    assert (first.attrid, first.value.value) == (0x0000, 2_150)
    assert invalid.value.value == -0x8000
    assert unknown.status == foundation.Status.UNSUPPORTED_ATTRIBUTE


def test_an_unsecured_frame_to_a_secured_cluster_is_dropped_and_counted() -> None:
    thing = Thing()
    assert thing.ask(Header(1, 0x00), b"\0\0", cluster=0x0702) == []
    assert thing.server.dropped_unsecured == 1
    [answer] = thing.ask(Header(1, 0x00), b"\0\0", cluster=0x0702, secured=True)
    assert answer.secured


def test_what_it_hears_as_a_client_is_answered_towards_the_server_and_else_not_at_all() -> None:
    thing = Thing()
    for command, status in ((0x02, foundation.Status.SUCCESS), (0x03, foundation.Status.UNSUP_CLUSTER_COMMAND)):
        asked = Header(9, command, cluster_specific=True, from_server=True)
        [answer] = thing.ask(asked, cluster=0x0707)
        header, payload = opened(answer)
        assert header.frame_control.is_general
        assert header.direction is foundation.Direction.Client_to_Server
        assert (header.tsn, payload) == (9, bytes((command, status)))
    quiet = Header(9, 0x02, cluster_specific=True, from_server=True, no_default_response=True)
    assert thing.ask(quiet, cluster=0x0707) == []
    assert thing.ask(Header(9, 0x02, cluster_specific=True, from_server=True)) == [], "it is no client of that one"
    [to_server] = thing.ask(Header(9, 0x02, cluster_specific=True), cluster=0x0707)
    assert to_server.data[3:] == bytes((0x02, 0x81))


def test_commands_get_their_response_a_default_response_or_silence_as_asked() -> None:
    thing = Thing()
    assert thing.ask(Header(4, 0x05, True), b"ab")[0].data == bytes.fromhex("19 04 06") + b"ba"
    assert thing.ask(Header(4, 0x02, True))[0].data == bytes.fromhex("18 04 0b 02 00")
    assert thing.ask(Header(4, 0x02, True, no_default_response=True)) == []
    assert thing.ask(Header(4, 0x02, True, no_default_response=True), b"x")[0].data[-1] == Status.MALFORMED_COMMAND
    assert thing.ask(Header(4, 0x77, True))[0].data[-1] == Status.UNSUP_COMMAND
    assert thing.ask(Header(4, 0x00), cluster=0x0999)[0].data[-1] == Status.UNSUPPORTED_CLUSTER
    assert thing.ask(Header(4, 0x0B), b"\x00\x00") == []


def test_what_is_no_zcl_frame_is_dropped() -> None:
    for data in (b"", b"\x00", b"\x03\x01\x01", b"\x04\x01\x01\x01"):
        assert Thing().server.on_frame(ApsFrame(0x0104, 0x0402, 1, 1, data, False), NOW) == []


def test_attributes_are_written_where_they_may_be() -> None:
    thing = Thing()
    assert thing.ask(Header(1, 0x02), b"\x10\x00\x42\x03new")[0].data[3:] == b"\x00"
    assert thing.name == "new"
    assert thing.ask(Header(1, 0x02), b"\x00\x00\x29\x01\x00")[0].data[3:] == bytes([Status.READ_ONLY, 0, 0])


def test_discovery_tells_ids_and_types_and_whether_there_are_more() -> None:
    [answer] = Thing().ask(Header(1, 0x0C), b"\x00\x00\x02")
    assert answer.data[3:] == bytes.fromhex("00 0000 29 0100 29")
    [answer] = Thing().ask(Header(1, 0x0C), b"\x01\x00\x08")
    assert answer.data[3:] == bytes.fromhex("01 0100 29 1000 42")


def test_reports_go_out_on_their_period_all_attributes_of_a_cluster_in_one_frame() -> None:
    thing = Thing()
    thing.server.report_every(0x0402, (0x0000,), 5.0)
    [report] = thing.server.on_time(NOW)
    assert report.data[2:] == bytes.fromhex("0a 0000 29 6608")
    assert thing.server.on_time(NOW + 4.9) == []
    due = thing.server.next_due_unix_s()
    assert due == NOW + 5.0
    assert len(thing.server.on_time(due)) == 1


def test_configure_reporting_minimum_maximum_and_change_are_honoured() -> None:
    thing = Thing()
    [answer] = thing.ask(Header(1, 0x06), bytes.fromhex("00 0000 29 0a00 3c00 3200"))
    assert answer.data[3:] == b"\x00"
    thing.temperature += 49
    assert thing.server.on_time(NOW + 20) == []
    thing.temperature += 1
    assert thing.server.on_time(NOW + 9) == []
    assert len(thing.server.on_time(NOW + 20)) == 1
    assert thing.server.on_time(NOW + 79) == []
    assert len(thing.server.on_time(NOW + 80)) == 1
    [read] = thing.ask(Header(1, 0x08), bytes.fromhex("00 0000"))
    assert read.data[3:] == bytes.fromhex("00 00 0000 29 0a00 3c00 3200")
    again = Thing()
    again.server.restore(thing.server.save())
    assert again.ask(Header(1, 0x08), bytes.fromhex("00 0000"))[0].data == read.data
    thing.ask(Header(1, 0x06), bytes.fromhex("00 0000 29 0000 ffff 0000"))
    assert thing.server.next_due_unix_s() is None


def test_configure_reporting_refuses_what_cannot_be_reported_and_keeps_the_rest() -> None:
    payload = bytes.fromhex("00 0100 29 0000 3c00 0000  00 0000 29 0000 3c00 0000  00 0000 21 0000 3c00 0000")
    [answer] = Thing().ask(Header(1, 0x06), payload)
    refused = bytes([Status.UNREPORTABLE_ATTRIBUTE, 0, 1, 0, Status.INVALID_DATA_TYPE, 0, 0, 0])
    assert answer.data[3:] == refused


def test_a_device_that_is_a_client_reads_and_takes_the_answer_only_when_secured() -> None:
    thing = Thing()
    request = thing.server.read_request(0x000A, (0x0000,))
    assert request.secured
    assert request.data[2:] == b"\x00\x00\x00"
    answer = bytes.fromhex("0000 00 e2 01020304")
    thing.ask(Header(1, 0x01, from_server=True), answer, cluster=0x000A)
    assert thing.time == {}
    thing.ask(Header(1, 0x01, from_server=True), answer, cluster=0x000A, secured=True)
    assert thing.time == {0: 0x04030201}
