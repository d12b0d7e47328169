"""R34: friendly hours on the way to a meter and back: all of a week, or the week before."""

import shutil
from dataclasses import replace

import pytest

from hubd.bench.capture import tshark
from hubd.bench.devices.electricity_meter import ElectricityMeter
from hubd.errors import LinkError
from hubd.model.friendly_hours import NEVER, words_of_week
from hubd.model.prepayment_settings import SetFriendlyHours
from hubd.zigbee.device_link import DeviceRefusedError

METER = "00:0d:6f:00:0a:90:69:e7"
INSTALL_CODE = "83FED3407A939723A5C639B26916D505C3B5"
CALENDAR = 0x0707
NIGHTS, ALWAYS = ((0, 480), (1_080, 1_440)), ((0, 1_440),)
WEEK = (*(NIGHTS,) * 5, ALWAYS, ())
DIFFERENT = tuple(((hour * 60, hour * 60 + 30),) for hour in range(7))
TABLE = {
    "ieee": METER,
    "open": True,
    "prepayment": {
        "pan": "600727000000000009",
        "sgc": "123457",
        "krn": 1,
        "vending_key": "abababababababab949494949494949401234567",
    },
}


@pytest.fixture
async def virtual(make_bench):
    return make_bench([ElectricityMeter.from_table(TABLE, 1)])


@pytest.fixture
async def scripted(make_bench, scripted_meter):
    """A meter with a Calendar, whose answers the test writes."""
    meter = scripted_meter()
    one = meter.endpoints[0]
    meter.endpoints = (
        replace(
            one, input_clusters=(*one.input_clusters, CALENDAR), output_clusters=(*one.output_clusters, CALENDAR)
        ),
    )
    return make_bench([meter])


@pytest.mark.parametrize("week", [WEEK, NEVER, DIFFERENT, (ALWAYS,) * 7], ids=["usual", "never", "seven", "always"])
async def test_a_week_is_obeyed_and_reads_back_r34(virtual, week):
    async with virtual.joined() as network:
        assert await network.set_prepayment(METER, SetFriendlyHours(week), 7) == words_of_week(week)
        assert await network.set_prepayment(METER, SetFriendlyHours(week), 7) == words_of_week(week), "twice is once"
    assert virtual.meter.view()["friendly_hours"] == words_of_week(week)
    assert virtual.meter.view()["dropped_unsecured"] == 0


async def test_the_hub_s_endpoint_lists_the_calendar_for_what_it_publishes_and_for_what_it_asks(bench):
    async with bench.running():
        own = bench.virtual.coordinator.endpoints[1]
        assert CALENDAR in own.input_clusters
        assert CALENDAR in own.output_clusters


async def test_an_order_that_came_too_late_is_refused(virtual):
    async with virtual.joined() as network:
        await network.set_prepayment(METER, SetFriendlyHours(WEEK), 7)
        with pytest.raises(DeviceRefusedError, match="INVALID_FIELD"):
            await network.set_prepayment(METER, SetFriendlyHours(NEVER), 6)
    assert virtual.meter.view()["friendly_hours"] == words_of_week(WEEK)


@pytest.mark.parametrize("until", range(1, 10))
async def test_stopped_after_any_of_its_frames_it_is_begun_again_and_ends_the_same_r34(virtual, until):
    """Ten frames: calendar, seven days, week, season."""
    sent = 0
    heard = virtual.meter.on_frame

    def deaf_from_then_on(frame, unix_s):
        nonlocal sent
        sent += frame.cluster_id == CALENDAR
        return [] if frame.cluster_id == CALENDAR and sent > until else heard(frame, unix_s)

    async with virtual.joined(read_timeout_s=0.1, read_attempts=1) as network:
        await network.set_prepayment(METER, SetFriendlyHours(WEEK), 7)
        virtual.meter.on_frame = deaf_from_then_on
        with pytest.raises(LinkError, match="did not answer"):
            await network.set_prepayment(METER, SetFriendlyHours(DIFFERENT), 8)
        assert virtual.meter.view()["friendly_hours"] == words_of_week(WEEK), "never half a week"
        virtual.meter.on_frame = heard
        said = await network.set_prepayment(METER, SetFriendlyHours(DIFFERENT), 9)
        assert said == words_of_week(DIFFERENT)
    assert virtual.meter.view()["friendly_hours"] == words_of_week(DIFFERENT)


@pytest.mark.parametrize("lost", range(10))
async def test_any_answer_may_be_lost_and_its_frame_is_sent_again_r34(virtual, lost):
    number = 0
    heard = virtual.meter.on_frame

    def loses_one_answer(frame, unix_s):
        nonlocal number
        answers = heard(frame, unix_s)
        number += frame.cluster_id == CALENDAR
        return [] if frame.cluster_id == CALENDAR and number == lost + 1 else answers

    virtual.meter.on_frame = loses_one_answer
    async with virtual.joined(read_timeout_s=0.1, read_attempts=2) as network:
        assert await network.set_prepayment(METER, SetFriendlyHours(DIFFERENT), 8) == words_of_week(DIFFERENT)


def default_response(meter, frame, status=0, control=0x10):
    return meter.frame(CALENDAR, bytes((control, frame.data[1], 0x0B, frame.data[2], status)))


def told(calendar: str, *days: bytes):
    """A meter that takes everything, and tells this."""
    head = bytes.fromhex(f"00000000 {calendar} {calendar}")

    def answer(meter, frame):
        if frame.data[0] & 0x08:
            return [default_response(meter, frame)]
        if frame.data[2] == 0x02:
            return [meter.frame(CALENDAR, bytes((0x19, frame.data[1], 0x02)) + head + b"\x01" + b"\x01" * 7)]
        return [meter.frame(CALENDAR, bytes((0x19, frame.data[1], 0x01)) + head + day) for day in days]

    return answer


async def test_what_the_meter_tells_is_what_is_stated_whatever_was_sent(scripted):
    scripted.meter.on_command = told("07000000", bytes.fromhex("01 02 00 01 03 0000 01 3c00 00"))
    async with scripted.joined() as network:
        said = await network.set_prepayment(METER, SetFriendlyHours(NEVER), 7)
    assert said == dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-01:00")
    sent = scripted.meter.heard_on(CALENDAR)
    assert [(frame.data[0], frame.data[2]) for frame in sent] == [
        (0x09, 0), (0x09, 1), (0x09, 2), (0x09, 3), (0x01, 2), (0x01, 1),
    ]  # fmt: skip
    assert all(frame.secured for frame in sent)


async def test_what_is_said_of_another_calendar_is_no_answer(scripted):
    scripted.meter.on_command = told("08000000")
    async with scripted.joined(read_timeout_s=0.1, read_attempts=1) as network:
        with pytest.raises(LinkError, match="did not answer"):
            await network.set_prepayment(METER, SetFriendlyHours(NEVER), 7)


async def test_a_default_response_from_the_wrong_side_is_no_answer_and_a_refusal_ends_it(scripted):
    async with scripted.joined(read_timeout_s=0.1, read_attempts=1) as network:
        scripted.meter.on_command = lambda meter, frame: [default_response(meter, frame, control=0x18)]
        with pytest.raises(LinkError, match="did not answer"):
            await network.set_prepayment(METER, SetFriendlyHours(NEVER), 7)
        scripted.meter.on_command = lambda meter, frame: [default_response(meter, frame, status=0x81)]
        with pytest.raises(DeviceRefusedError, match="UNSUP_CLUSTER_COMMAND"):
            await network.set_prepayment(METER, SetFriendlyHours(NEVER), 7)


async def test_an_answer_outside_the_link_key_is_not_heard_r6(scripted):
    scripted.meter.on_command = lambda meter, frame: [replace(default_response(meter, frame), secured=False)]
    async with scripted.joined(read_timeout_s=0.1, read_attempts=1) as network:
        with pytest.raises(LinkError, match="did not answer"):
            await network.set_prepayment(METER, SetFriendlyHours(NEVER), 7)


async def test_a_meter_without_a_calendar_is_said_to_have_none(bench):
    async with bench.joined() as network:
        with pytest.raises(LinkError, match="does not serve cluster 0x0707"):
            await network.set_prepayment(METER, SetFriendlyHours(NEVER), 7)


@pytest.mark.skipif(
    shutil.which("tshark") is None,
    reason="tshark is not installed. Cure: sudo apt-get install --no-install-recommends tshark",
)
async def test_wireshark_reads_the_calendar_and_the_meter_s_word_on_it_r34(make_bench, tmp_path):
    capture = tmp_path / "friendly.pcap"
    meter = ElectricityMeter.from_table(TABLE, 1)
    bench = make_bench([meter], codes={METER: INSTALL_CODE}, capture=capture)
    async with bench.joined() as network:
        await network.set_prepayment(METER, SetFriendlyHours(WEEK), 7)
    entry = "zbee_zcl_se.calendar.schedule_entry"
    fields = ["_ws.col.Info", "_ws.malformed", f"{entry}.start_time", f"{entry}.friendly_credit_enable"]
    rows = tshark.read(capture, fields, tshark.keys_beside(capture), only=f"zbee_aps.cluster == {CALENDAR}")
    assert [row for row in rows if row["_ws.malformed"] or "Encrypted" in row["_ws.col.Info"]] == []
    infos = [row["_ws.col.Info"] for row in rows]
    for command in ("Publish Calendar", "Publish Seasons", "Get Week Profiles", "Get Day Profiles"):
        assert any(command in info for info in infos), (command, infos)
    days = [(row[fields[2]], row[fields[3]]) for row in rows if "Publish Day Profile" in row["_ws.col.Info"]]
    assert len(days) == 6
    assert days[:3] == days[3:]
    assert [starts for starts, _ in days[:3]] == ["0,480,1080", "0", "0"]
