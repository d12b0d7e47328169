"""The installer's visit to the virtual house: all devices in one signed command, then a trial token for each meter.

A house that has been visited is left alone: its devices are in service and come back by themselves.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hubd.bench.house.layout import HUB, HouseDisplay, HouseMeter
from hubd.errors import LinkError
from hubd.model.secret import Secret
from hubd.sts import MeterKey, issue_currency, tid_at

if TYPE_CHECKING:
    from hubd.bench.house.house import House

VISIT = "first-visit"
WITHIN_S = 120.0
_PAST_BASE = 1993
"""Identifiers of this base ended in 2024: a meter on it takes tokens of its own time, and the office issues none."""
_ITS_TIME = datetime(2004, 2, 1)


async def commission(house: "House", meters: Sequence[HouseMeter], displays: Sequence[HouseDisplay] = ()) -> None:
    """Bring those devices into service that are not yet. Raises LinkError that says what is in the way."""
    standing = await _standing(house)
    everyone: list[HouseMeter | HouseDisplay] = [*meters, *displays]
    strangers = [device for device in everyone if device.ieee not in standing]
    if strangers:
        house.say(f"the security centre admits {len(strangers)} devices (one signed command)")
        await _admit(house, strangers)
    to_test = [meter for meter in meters if not standing.get(meter.ieee, {}).get("vend_test_passed")]
    if to_test:
        await _until(house, to_test, lambda device: bool(device.get("step") == "vend_test" or device.get("done")))
        house.say("the vending office sends each meter a trial token")
        await asyncio.gather(*(_trial(house, meter) for meter in to_test))
    await _until(house, everyone, lambda device: bool(device.get("done")))


async def _standing(house: "House") -> dict[str, dict[str, Any]]:
    visits = (await house.ask({"do": "pair"}))["visits"]
    return {device["address"]: device for visit in visits for device in visit["devices"]}


async def _admit(house: "House", devices: Sequence[HouseMeter | HouseDisplay]) -> None:
    form = house.layout.headend / "visit.toml"
    form.touch(mode=0o600)
    form.write_text("".join(_entry(device) for device in devices))
    words = ["--home", str(house.layout.headend), "--hub", HUB, "--devices", str(form), "--visit", VISIT]
    await house.head("admit", *words, "--wait", "0")


def _entry(device: HouseMeter | HouseDisplay) -> str:
    lines = ["[[device]]", f'address = "{device.ieee}"', f'kind = "{device.kind}"']
    lines.append(f'install_code = "{device.install_code}"')
    if isinstance(device, HouseMeter):
        lines += [f'supplier = "{device.supplier}"', f'token_scheme = "{device.token_scheme}"']
    return "\n".join([*lines, "", ""])


async def _trial(house: "House", meter: HouseMeter) -> None:
    given = ["--token", zero_token(meter)] if meter.base == _PAST_BASE else []
    await house.head("trial", "--home", str(house.layout.headend), "--meter", meter.pan, *given, "--wait", "60")


def zero_token(meter: HouseMeter, moment: datetime = _ITS_TIME) -> str:
    """A credit of nothing for a meter, as its own office would have issued it at that moment."""
    octets = Secret(bytes.fromhex(meter.vending_key))
    key = MeterKey(meter.pan, octets, meter.sgc, meter.krn, meter.kt, meter.ti, meter.base)
    return issue_currency(key, 4, 0, tid_at(moment, meter.base))


async def _until(house: "House", devices: Sequence[HouseMeter | HouseDisplay], holds: Any) -> None:
    give_up_at_s = time.monotonic() + WITHIN_S
    wanted = {device.ieee for device in devices}
    while True:
        standing = await _standing(house)
        if all(holds(standing.get(address, {})) for address in wanted):
            return
        if time.monotonic() > give_up_at_s:
            told = "; ".join(f"{a}: {standing.get(a, {}).get('words') or 'under way'}" for a in sorted(wanted))
            raise LinkError(f"the devices are not in service within {WITHIN_S:g} s: {told}; see {house.layout.logs}")
        await asyncio.sleep(0.05)
