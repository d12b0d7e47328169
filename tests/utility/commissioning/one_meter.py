"""A hub in reach of one electricity meter, and the signed commands of its visit."""

from pathlib import Path
from typing import Any

from hubd.bench.devices.electricity_meter import ElectricityMeter
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.roles import Role
from hubd.model.secret import Secret
from hubd.sts import MeterKey, issue_currency
from hubd.zigbee.cbke.suite import Suite

from .hub import MortalHub, signed

ADDRESS = parse_eui64("00:0d:6f:00:0a:90:69:e7")
ABSENT = parse_eui64("00:0d:6f:00:0a:90:69:ee")
"""A device that nobody has switched on."""
CODE = "83FED3407A939723A5C639B26916D505C3B5"
PAN, OTHER_PAN = "000001000000000082", "600727000000000009"
KEY: dict[str, Any] = {"sgc": "123457", "krn": 4, "kt": 2, "ti": "01", "base": 2014}
VENDING_KEY = "abababababababab949494949494949401234567"


def token(tid: int, pan: str = PAN, amount_e5: int = 0) -> str:
    return issue_currency(MeterKey(pan, Secret(bytes.fromhex(VENDING_KEY)), **KEY), 4, amount_e5, tid)


def electricity_meter() -> ElectricityMeter:
    prepayment = {"pan": PAN, "vending_key": VENDING_KEY, "balance": "5.00", **KEY}
    table = {"ieee": ADDRESS, "install_code": CODE, "prepayment": prepayment, "load": {"curve": "flat"}}
    return ElectricityMeter.from_table(table, 1)


def admission(
    counter: int = 1, visit: str = "v-1", devices: tuple[Eui64, ...] = (ADDRESS,), window_s: int = 240
) -> tuple[Role, bytes]:
    of_each = {"kind": "electricity_meter", "install_code": CODE, "supplier": "Northern"}
    args = {"devices": [{"device": device, **of_each} for device in devices], "visit": visit, "window_s": window_s}
    return signed(Role.SECURITY_CENTRE, f"admit-{counter}", counter, "admit", args)


def trial(digits: str, counter: int = 1) -> tuple[Role, bytes]:
    return signed(
        Role.VENDING, f"trial-{counter}", counter, "vend", {"device": ADDRESS, "token": digits, "trial": True}
    )


def hub_with(
    tmp_path: Path, *orders: tuple[Role, bytes], suite: Suite | None = None
) -> tuple[MortalHub, ElectricityMeter]:
    meter = electricity_meter()
    hub = MortalHub(tmp_path, {meter: CODE}, suite)
    hub.coordinator.open()
    hub.undelivered += orders
    return hub, meter


def bodies(hub: MortalHub, kind: str, **wanted: object) -> list[dict[str, Any]]:
    return [body for k, body in hub.said() if k == kind and all(body.get(key) == v for key, v in wanted.items())]
