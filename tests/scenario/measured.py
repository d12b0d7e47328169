"""What the meters measured, by the coordinator's own account of the frames that it handed to the hub, and what the
head-end and Home Assistant have of it.

A burst raises each meter's import register by 1 Wh a report, so two marks enclose frames and readings alike: what has
a register between them was sent between them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiomqtt

from hubd.bench.devices.zcl.data_type import Value, decode, known, take
from hubd.bench.devices.zcl.global_commands import read_response
from hubd.bench.devices.zcl.header import decode_header
from hubd.bench.house.house import House
from hubd.bench.house.layout import LAB_METER, METER
from hubd.console import ConsoleRefusedError
from tests.scenario.air_account import account_after
from tests.scenario.headend_book import eventually, messages

ALIAS = {METER.ieee: "electricity-1", LAB_METER.ieee: "electricity-2"}
METERS = tuple(ALIAS)
WITHIN_S = 60.0
_METERING, _ANSWER, _REPORT = 0x0702, 0x01, 0x0A
_IMPORT, _EXPORT, _SUPPLY, _DEMAND = 0x0000, 0x0001, 0x0014, 0x0400
_SUPPLIES = {0: "off", 1: "armed", 2: "on"}

Values = tuple[Any, ...]
"""Import and export register (Wh), power (W), supply, as the meter said them in one frame."""
Mark = Mapping[str, int]
"""Each meter's import register (Wh) at a moment."""


@dataclass(frozen=True)
class Frames:
    """The distinct frames of one meter that the hub was given: its reports, and its answers to the hub's asking."""

    reported: Counter[Values]
    answered: Counter[Values]


async def burst(house: House, per_s: float, each: int) -> None:
    """So many reports of each meter. Waits for an earlier burst to be over, not for this one."""

    async def begun() -> bool:
        try:
            question = {"do": "burst", "per_s": per_s, "count": each * len(METERS)}
            told = await house.ask_air(question)
        except ConsoleRefusedError:
            return False
        assert set(told["sources"]) == set(METERS)
        return True

    await eventually(begun, WITHIN_S, "the burst before is over")


async def mark(house: House) -> Mark:
    """One report of each meter, behind all bursts before it."""
    await burst(house, 100.0, 1)
    sent: list[Any] = await eventually(lambda: _all_sent(house), WITHIN_S, "each meter has sent its mark")
    return {ieee: wh for ieee, wh, _ in sent}


async def _all_sent(house: House) -> list[Any] | None:
    sent = await house.ask_air({"do": "sent"})
    return sent if len(sent) == len(METERS) else None


async def handed_over(house: House, ieee: str, number: int, low: Mark, high: Mark) -> Frames:
    """The frames after that number whose register is between the marks."""
    found = Frames(Counter(), Counter())
    for entry in await account_after(house, number):
        said = None if entry["down"] or entry["device"] != ieee else _values(entry)
        if said is not None and low[ieee] < said[1][0] < high[ieee]:
            (found.reported if said[0] == _REPORT else found.answered)[said[1]] += 1
    return found


def _values(entry: Mapping[str, Any]) -> tuple[int, Values] | None:
    header, payload = decode_header(bytes.fromhex(entry["data"]))
    if entry["cluster_id"] != _METERING or header.cluster_specific or header.command not in (_ANSWER, _REPORT):
        return None
    read = read_response(payload) if header.command == _ANSWER else _reported(payload)
    if _IMPORT not in read:
        return None
    supply = read.get(_SUPPLY)
    named = _SUPPLIES[supply] if isinstance(supply, int) else None
    return header.command, (read[_IMPORT], read.get(_EXPORT), read.get(_DEMAND), named)


def _reported(payload: bytes) -> dict[int, Value]:
    read: dict[int, Value] = {}
    while payload:
        head, payload = take(payload, 3)
        read[int.from_bytes(head[:2], "little")], payload = decode(known(head[2]), payload)
    return read


async def stored(house: House, ieee: str, low: Mark, high: Mark) -> Counter[Values]:
    """The head-end's readings of a meter with a register between the marks."""
    rows = [row["body"] for row in await messages(house, device=ieee) if row["kind"] == "reading"]
    of_registers = [body for body in rows if body.get("import_wh") is not None]
    return Counter(
        tuple(body.get(name) for name in ("import_wh", "export_wh", "power_w", "supply"))
        for body in of_registers
        if low[ieee] < body["import_wh"] < high[ieee]
    )


async def all_stored(house: House) -> Mark:
    """Another mark, and the head-end has it: so it has all that the hub has taken before. The hub takes reports in
    turn, and sends its readings in order.
    """
    last = await mark(house)

    async def has_them() -> bool:
        rows = await messages(house)
        found = {(row["device"], row["body"].get("import_wh")) for row in rows if row["kind"] == "reading"}
        return set(last.items()) <= found

    await eventually(has_them, WITHIN_S, "the head-end has the marks")
    return last


@asynccontextmanager
async def shown_registers(house: House) -> AsyncIterator[dict[str, list[int]]]:
    """Each import register (Wh) that Home Assistant was shown, a meter, in the order in which it was."""
    shown: dict[str, list[int]] = {ieee: [] for ieee in METERS}
    subscribed = asyncio.Event()

    async def watch() -> None:
        async with aiomqtt.Client("127.0.0.1", house.layout.consumer_port) as client:
            await client.subscribe("hubd/+/import")
            subscribed.set()
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                alias = str(message.topic).split("/")[1]
                ieee = next((ieee for ieee in METERS if ALIAS[ieee] == alias), None)
                if ieee:
                    shown[ieee].append(round(1000 * float(message.payload)))

    watching = asyncio.ensure_future(watch())
    try:
        await eventually(subscribed.is_set, WITHIN_S, "the consumer's broker is listened to")
        yield shown
    finally:
        watching.cancel()
        await asyncio.wait({watching})
