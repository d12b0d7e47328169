"""The gas meter by frames: litres, its mirror, its tokens, and that it is not to be reached while it sleeps."""

import struct
from typing import Any

import pytest

from hubd import sts
from hubd.bench.air.air import HELD_AT_MOST_S, Air
from hubd.bench.air.clock import HandClock
from hubd.bench.air.conditions import Conditions
from hubd.bench.air.coordinator_side import Outcome
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.memory import Memory
from hubd.bench.air.node import Node
from hubd.bench.devices.devices_file import devices_of
from hubd.bench.devices.gas_meter import GasMeter
from hubd.bench.devices.zcl import Header
from hubd.bench.devices.zcl.header import decode_header
from hubd.errors import ConfigurationError
from hubd.model.secret import Secret

VENDING_KEY = "abababababababab949494949494949401234567"
KEY = sts.MeterKey("600727000000000009", Secret(bytes.fromhex(VENDING_KEY)), "123457", 1, 2, "01", 2014)
TABLE = {
    "kind": "gas_meter",
    "ieee": "00:0d:6f:00:0a:90:69:f0",
    "open": True,
    "prepayment": {
        "pan": KEY.pan,
        "vending_key": VENDING_KEY,
        "sgc": KEY.sgc,
        "krn": KEY.krn,
        "kt": KEY.kt,
        "ti": KEY.ti,
        "base": KEY.base,
        "balance": "5.00",
        "price_per_kwh": "0.06",
    },
    "load": {"flat_l_h": 1_000},
}
METERING, PREPAYMENT = 0x0702, 0x0705
STAY, SLEEP = b"\x01\x10\x00\x00\x00", b"\x01\x00\x00\x00\x00"
MIRROR = 10


class Hub:
    """The coordinator's side, with a hub that gives a mirror and answers each report of the register."""

    def __init__(self, table: dict[str, Any] = TABLE, memory: Memory | None = None) -> None:
        [self.node] = devices_of({"device": [table]}, "test", 1)
        self.clock = HandClock()
        self.air = Air(self.clock, Conditions(1), [self.node], memory)
        self.heard: list[tuple[int, int, Header, bytes]] = []
        self.flags = SLEEP
        self.gives_mirrors = True
        self.air.begin(self)

    @property
    def meter(self) -> GasMeter:
        assert isinstance(self.node.device, GasMeter)
        return self.node.device

    def network(self) -> str:
        return "hub"

    def admit(self, node: Node) -> Secret[bytes] | str:
        return Secret(bytes(16))

    def joined(self, node: Node) -> None:
        """Nothing to do."""

    left = joined

    def hear_zdo(self, *_: object) -> None:
        raise AssertionError

    def hear(self, node: Node, frame: ApsFrame) -> None:
        header, payload = decode_header(frame.data)
        self.heard.append((frame.cluster_id, frame.dst_endpoint, header, payload))
        if header.cluster_specific and header.command == 0x01 and self.gives_mirrors:
            self.send(METERING, 0x01, MIRROR.to_bytes(2, "little"))
        elif (frame.cluster_id, frame.dst_endpoint, header.command) == (METERING, MIRROR, 0x0A):
            self.send(METERING, 0x09, self.flags)

    def send(self, cluster: int, command: int, payload: bytes) -> list[Outcome]:
        outcomes: list[Outcome] = []
        header = Header(5, command, cluster_specific=True, no_default_response=True)
        frame = ApsFrame(0x0109, cluster, 1, 1, header.encode() + payload, secured=True)
        self.air.unicast(self.node.nwk, frame, True, outcomes.append)
        return outcomes

    def join(self) -> None:
        self.air.open_window(30)
        self.clock.turn(30)

    def commands(self) -> list[int]:
        return [header.command for _, _, header, _ in self.heard if header.cluster_specific]

    def reported(self, cluster: int) -> list[bytes]:
        return [body for at, to, header, body in self.heard if (at, to, header.command) == (cluster, MIRROR, 0x0A)]


def top_up(token: str) -> bytes:
    return bytes((0, len(token))) + token.encode()


def test_a_newcomer_asks_for_a_mirror_says_how_often_it_reports_and_sleeps_once_let_go_r24() -> None:
    hub = Hub()
    hub.join()
    assert hub.commands() == [0x01, 0x08, 0x08]  # once more with the next report, as nothing had answered it yet
    configured = next(body for _, _, header, body in hub.heard if header.command == 0x08)
    assert configured == bytes(4) + (1_800).to_bytes(3, "little") + b"\x01\x01"
    assert len(hub.reported(METERING)) == len(hub.reported(PREPAYMENT)) == 1
    hub.heard.clear()
    hub.clock.turn(1_700)
    assert hub.heard == []
    hub.clock.turn(100)
    assert len(hub.reported(METERING)) == 1


def test_a_frame_for_a_sleeping_meter_is_held_for_7_68_s_and_then_told_as_expired_r24() -> None:
    hub = Hub()
    hub.join()
    outcomes = hub.send(PREPAYMENT, 0x04, top_up("0" * 20))
    hub.clock.turn(HELD_AT_MOST_S - 0.01)
    assert outcomes == []
    hub.clock.turn(0.02)
    assert outcomes == [Outcome(expired=True)]
    assert hub.meter.view()["log"] == []


def test_a_frame_sent_shortly_before_the_wake_is_fetched_at_the_wake_r24() -> None:
    hub = Hub()
    hub.join()
    due = hub.meter.next_due_unix_s()
    assert due is not None
    hub.clock.turn(due - hub.clock.unix_s() - 5)
    hub.send(PREPAYMENT, 0x04, top_up("0" * 20))
    hub.clock.turn(6)
    assert len(hub.meter.view()["log"]) == 1  # type: ignore[arg-type]


def test_kept_awake_it_takes_a_token_within_a_second_and_reports_its_new_balance_r24_r30() -> None:
    hub = Hub()
    hub.join()
    hub.flags = STAY
    hub.meter.set(wake=True)
    hub.air.changed(hub.node)
    hub.clock.turn(2)
    hub.heard.clear()
    hub.send(PREPAYMENT, 0x04, top_up(sts.issue_currency(KEY, 6, 1_000_000, 6_781_680)))
    hub.clock.turn(1)
    answer = next(body for at, _, header, body in hub.heard if (at, header.command) == (PREPAYMENT, 0x03))
    result, value, _, left = struct.unpack("<BiBi", answer)
    assert (result, value) == (0, 1_000_024)
    assert 1_400_000 < left <= 1_500_000
    assert hub.reported(PREPAYMENT)[0][3:7] == left.to_bytes(4, "little", signed=True)


def test_a_token_for_electricity_is_not_taken_and_says_so_as_gb_gas_meters_do_r31() -> None:
    hub = Hub()
    hub.flags = STAY
    hub.join()
    hub.heard.clear()
    hub.send(PREPAYMENT, 0x04, top_up(sts.issue_currency(KEY, 4, 1_000_000, 6_781_680)))
    hub.clock.turn(1)
    assert [body for at, _, header, body in hub.heard if header.command == 0x03] == [
        b"\x03" + b"\xff" * 4 + b"\x00" + b"\xff" * 4
    ]


def test_it_counts_litres_and_charges_cubic_metres_by_their_calorific_value_r25() -> None:
    hub = Hub()
    hub.join()
    begun_l, begun_e5 = hub.meter.litres, hub.meter.view()["balance_e5"]
    hub.clock.turn(3_600)
    assert hub.meter.litres - begun_l == 1_000
    # 1 m3 x 1.02264 x 39.5 / 3.6 = 11.2207 kWh at 0.06
    assert begun_e5 - hub.meter.view()["balance_e5"] == pytest.approx(67_324, abs=2)  # type: ignore[operator]


def test_its_register_says_unit_and_divisor_so_that_litres_can_be_told() -> None:
    hub = Hub()
    hub.flags = STAY
    hub.join()
    hub.heard.clear()
    header = Header(9, 0x00)
    frame = ApsFrame(
        0x0109, METERING, 1, 1, header.encode() + bytes.fromhex("000301030203060308030102"), secured=True
    )
    hub.air.unicast(hub.node.nwk, frame, True, lambda _: None)
    hub.clock.turn(1)
    [(_, _, _, body)] = [each for each in hub.heard if each[2].tsn == 9]
    assert body.startswith(
        bytes.fromhex("0003 00 30 01 0103 00 22 010000 0203 00 22 e80300 0603 00 18 01 0803 00 41")
    )
    assert body.endswith(b"\x01\x02\x00\x20" + bytes((100,)))


def test_an_empty_account_shuts_the_valve_between_wakes_and_nothing_more_flows() -> None:
    hub = Hub()
    hub.join()
    hub.meter.set(balance="0.10")
    hub.clock.turn(4 * 3_600)
    view = hub.meter.view()
    assert view["supply"] == "off"
    assert view["balance_e5"] == pytest.approx(0, abs=2_000)
    shut_l = hub.meter.litres
    hub.clock.turn(3_600)
    assert hub.meter.litres == shut_l


def test_what_it_knows_outlives_the_bench_and_so_does_its_next_wake(tmp_path: Any) -> None:
    first = Hub(memory=Memory(tmp_path / "state.json"))
    first.join()
    first.clock.turn(4_000)
    first.air.end()
    saved = first.meter.save()
    second = Hub(memory=Memory(tmp_path / "state.json"))
    assert second.meter.save() == saved
    assert second.meter.next_due_unix_s() == first.meter.next_due_unix_s()
    assert second.meter.view()["mirror_endpoint"] == MIRROR


def test_refused_a_mirror_it_reports_to_the_hub_itself() -> None:
    hub = Hub()
    hub.gives_mirrors = False
    hub.join()
    assert set(hub.commands()) == {0x01}
    assert any((at, to, header.command) == (METERING, 1, 0x0A) for at, to, header, _ in hub.heard)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"wake_s": 1}, "wake_s"),
        ({"reports_per_s": 1.0}, "reports_per_s"),
        ({"load": {"flat_l_h": -1}}, "flat_l_h"),
        ({"load": {"calorific_value_mj_m3": 1.0}}, "calorific_value"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_by_its_key(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        devices_of({"device": [{**TABLE, **change}]}, "test", 1)


def test_one_that_polls_every_7_5_s_is_reached_within_that_and_asks_for_no_mirror_r12() -> None:
    hub = Hub({**TABLE, "poll_interval_s": 7.5})
    hub.join()
    hub.clock.turn(30)
    assert hub.commands() == []
    outcomes = hub.send(PREPAYMENT, 0x04, top_up("0" * 20))
    hub.clock.turn(7.6)
    assert not outcomes[0].expired
    assert len(hub.meter.view()["log"]) == 1  # type: ignore[arg-type]
