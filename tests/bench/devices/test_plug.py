"""The plain devices by their frames."""

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.plug import Plug
from hubd.bench.devices.temperature import TemperatureSensor

NOW = 1_700_000_000.0


def frame(cluster: int, data: bytes, **changes) -> ApsFrame:
    values = {"profile_id": 0x0104, "src_endpoint": 3, "dst_endpoint": 1, "secured": False} | changes
    return ApsFrame(cluster_id=cluster, data=data, **values)


def test_a_plug_measures_what_flows_while_it_is_on():
    plug = Plug("00:12:4b:00:00:00:00:01", seed=1, base_w=3600)
    plug.on_time(NOW)
    plug.on_time(NOW + 3600)
    assert 3200 < plug.import_wh < 4000
    answers = plug.on_frame(frame(0x0006, b"\x01\x05\x00"), NOW + 3600)
    assert [a.data[2] for a in answers] == [0x0B, 0x0A]
    before = plug.import_wh
    plug.on_time(NOW + 7200)
    assert plug.import_wh == before


def test_a_plug_reports_at_the_rate_it_was_given():
    plug = Plug("00:12:4b:00:00:00:00:01", seed=1, reports_per_s=2)
    first = plug.on_time(NOW)
    assert [(f.cluster_id, f.dst_endpoint, f.secured) for f in first] == [(0x0702, 1, False)]
    assert plug.on_time(NOW + 0.2) == []
    assert plug.next_due_unix_s() == NOW + 0.5
    assert len(plug.on_time(NOW + 0.5)) == 1


def test_a_burst_report_raises_the_register_by_one():
    plug = Plug("00:12:4b:00:00:00:00:01", seed=1)
    readings = [plug.report_import(NOW) for _ in range(3)]
    assert [wh for _, wh in readings] == [1, 2, 3]
    assert readings[-1][0].data[3:12] == b"\x00\x00\x25\x03" + bytes(5)


def test_a_plug_remembers_its_register_and_its_switch():
    plug = Plug("00:12:4b:00:00:00:00:01", seed=1)
    plug.report_import(NOW)
    plug.on_frame(frame(0x0006, b"\x11\x05\x00"), NOW)
    other = Plug("00:12:4b:00:00:00:00:01", seed=1)
    other.restore(plug.save())
    assert other.save() == plug.save()
    assert other.import_wh == 1


def test_frames_for_another_endpoint_or_profile_are_not_its_own():
    read = b"\x00\x01\x00\x00\x00"
    for device in (Plug("00:12:4b:00:00:00:00:01", 1), TemperatureSensor("00:12:4b:00:00:00:00:02", 1)):
        assert device.on_frame(frame(0, read, dst_endpoint=7), NOW) == []
        assert device.on_frame(frame(0, read, profile_id=0x0109), NOW) == []
        assert len(device.on_frame(frame(0, read, src_endpoint=9), NOW)) == 1


def test_a_temperature_sensor_reports_a_plausible_temperature():
    sensor = TemperatureSensor("00:12:4b:00:00:00:00:02", seed=1, reports_per_s=1, poll_interval_s=5)
    report = sensor.on_time(NOW)[0]
    assert report.cluster_id == 0x0402
    assert 1500 < int.from_bytes(report.data[-2:], "little", signed=True) < 2500
    assert not sensor.mains_powered
    other = TemperatureSensor("00:12:4b:00:00:00:00:02", seed=1)
    other.restore(sensor.save())
    assert other.save() == sensor.save()
