"""Whatever a host sends, each request has one answer and the coordinator goes on."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubd.bench.coordinator.unpi import MtFrame

PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "plug"}
SENSOR = {
    "kind": "temperature_sensor",
    "ieee": "00:12:4b:00:00:00:00:02",
    "open": True,
    "name": "sensor",
    "poll_interval_s": 3,
}
requests = st.tuples(st.sampled_from([1, 4, 5, 7, 15]), st.integers(0, 0x7F), st.binary(max_size=60))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(requests, max_size=25), st.booleans())
def test_each_request_has_one_answer(make_host, asked, started):
    host = make_host(PLUG, SENSOR)
    if started:
        host.start()
        host.permit()
        host.clock.turn(0.5)
    for subsystem, command, data in asked:
        before = len(host.heard)
        host.coordinator.receive(MtFrame(0x20 | subsystem, command, data))
        answers = [frame for frame in host.heard[before:] if frame.command0 & 0xE0 == 0x60]
        assert len(answers) == 1
        if answers[0].command0 != 0x60:
            assert (answers[0].command0, answers[0].command1) == (0x60 | subsystem, command)
        host.clock.turn(0.1)
    assert host.ask(1, 1).data == b"\x59\x06"
