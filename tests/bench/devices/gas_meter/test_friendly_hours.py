"""Friendly hours of the virtual gas meter: valve and money are seen to between its wakes, too (R34)."""

from typing import Any

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.gas_meter import GasMeter
from hubd.bench.devices.zcl import Header

CALENDAR = 0x0707
NOW = 1_764_028_800.0  # a Tuesday, 00:00 UTC
WHOSE = "00000000 07000000 07000000"
UNTIL_EIGHT = [
    (0, f"{WHOSE} 00000000 03 00 00 01 01 01"),
    (1, f"{WHOSE} 01 02 00 01 03 0000 01 e001 00"),
    (2, f"{WHOSE} 01 01010101010101"),
    (3, f"{WHOSE} 00 01 ff 01 01 ff 01"),
]
TABLE: dict[str, Any] = {
    "kind": "gas_meter",
    "ieee": "00:0d:6f:00:0a:90:69:f0",
    "open": True,
    "prepayment": {
        "pan": "600727000000000009",
        "vending_key": "abababababababab949494949494949401234567",
        "sgc": "123457",
        "krn": 1,
        "balance": "0.05",
        "price_per_kwh": "0.06",
    },
    "load": {"flat_l_h": 1_000},
}


def test_the_valve_stays_open_until_the_hours_end_and_no_gas_flows_after_r34() -> None:
    meter = GasMeter.from_table(TABLE, 1)
    meter.on_time(NOW)
    for command, payload in UNTIL_EIGHT:
        data = Header(9, command, cluster_specific=True, from_server=True).encode() + bytes.fromhex(payload)
        [answer] = meter.on_frame(ApsFrame(0x0109, CALENDAR, 1, 1, data, True), NOW)
        assert answer.data == bytes((0x10, 9, 0x0B, command, 0x00))
    meter.on_time(NOW + 7 * 3_600)
    view = meter.view()
    assert (view["supply"], view["friendly_now"], view["registers"]) == ("on", True, {"volume_l": 7_000})
    assert meter.account is not None
    assert meter.account.balance_e5 < 0
    again = GasMeter.from_table(TABLE, 1)
    again.restore(meter.save())
    assert again.view()["supply"] == "on"
    for each in (meter, again):
        each.on_time(NOW + 7 * 3_600)
        each.on_time(NOW + 10 * 3_600)
        assert (each.view()["supply"], each.view()["friendly_now"]) == ("off", False)
        assert each.litres == 8_000
