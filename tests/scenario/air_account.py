"""The coordinator's own account of its frames (`account` of its control socket): it misses none, whenever asked."""

from typing import Any

from hubd.bench.devices.zcl.header import decode_header
from hubd.bench.house.house import House

_PREPAYMENT, _CONSUMER_TOP_UP = 0x0705, 0x04


async def account_at(house: House) -> int:
    """The number of the coordinator's last frame."""
    return int((await house.ask_air({"do": "account"}))["frames"])


async def account_after(house: House, number: int) -> list[dict[str, Any]]:
    """The frames after that number; none is missing."""
    told = await house.ask_air({"do": "account", "after": number})
    assert told["frames"] >= number, "the coordinator has begun anew"
    assert told["whole_from"] <= number + 1, "the account does not reach back so far"
    return list(told["entries"])


async def codes_sent(house: House, number: int) -> list[str]:
    """The codes of all Consumer Top Ups that the hub asked its radio to send after that number, to any device."""
    return [code for entry in await account_after(house, number) if (code := _code(entry)) is not None]


def _code(entry: dict[str, Any]) -> str | None:
    if not entry["down"] or entry["cluster_id"] != _PREPAYMENT:
        return None
    header, payload = decode_header(bytes.fromhex(entry["data"]))
    if not header.cluster_specific or header.from_server or header.command != _CONSUMER_TOP_UP:
        return None
    return payload[2 : 2 + payload[1]].decode(errors="replace")  # originating device, length, code
