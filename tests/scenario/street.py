"""What the tests of misuses ask of a house, and what is seen of it: at the console, the office, Home Assistant and
a display in the home.
"""

import asyncio
import contextlib
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hubd.bench.house.house import House
from hubd.bench.house.layout import DISPLAY, LAB_METER, METER, UTRN_METER, HouseMeter
from hubd.headend import book, orders, vending
from hubd.headend.home import Home
from hubd.headend.vending import Vend
from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.sts.meter_key import MeterKey
from hubd.wan.messages import ReceiptBody
from tests.scenario.headend_book import eventually

T = TypeVar("T")

ALIAS = {METER.ieee: "electricity-1", LAB_METER.ieee: "electricity-2", UTRN_METER.ieee: "electricity-3"}
ON_DISPLAY = {METER.ieee: "Electricity 1: ", LAB_METER.ieee: "Electricity 2: ", UTRN_METER.ieee: "Electricity 3: "}


class HomeAssistantView:
    """What the consumer's broker shows."""

    def __init__(self) -> None:
        self.latest: dict[str, str] = {}

    def said(self, meter: HouseMeter, value: str) -> str | None:
        return self.latest.get(f"hubd/{ALIAS[meter.ieee]}/{value}")


view = HomeAssistantView()


async def by_hand(house: House, meter: HouseMeter, code: str, wait_s: float = 20.0) -> dict[str, Any]:
    """The question that `hubctl top-up` asks."""
    question = {"do": "top_up", "device": ALIAS[meter.ieee], "code": code, "wait_s": wait_s}
    found: dict[str, Any] = await house.ask(question)
    return found


async def hubctl_says(house: House, meter: HouseMeter, code: str, wait_s: float = 20.0) -> str:
    """All that a person reads."""
    socket = ["--socket", str(house.layout.console)]
    return await printed("top-up", ALIAS[meter.ieee], code, "--wait", str(wait_s), *socket)


async def printed(*words: str) -> str:
    """What `hubctl` prints, errors and all."""
    program = str(Path(sys.executable).parent / "hubctl")
    process = await asyncio.create_subprocess_exec(
        program, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return out.decode()


async def signed(house: House, meter: HouseMeter, code: str) -> ReceiptBody:
    """A signed vend of these very digits, as `hubctl head vend --token` queues it; its final receipt."""
    home, request = Home(house.layout.headend), uuid.uuid4().hex
    at_office(home, lambda book, now: vending.send_token(book, request, meter.pan, code, home.config(), now))

    def receipt() -> ReceiptBody | None:
        order = at_office(home, lambda book, now: orders.find(book, request))
        return order.receipt if order.final else None

    found = await eventually(lambda: asyncio.to_thread(receipt), 20.0, "a final receipt")
    assert isinstance(found, ReceiptBody)
    return found


def at_office(home: Home, work: Callable[[sqlite3.Connection, float], T]) -> T:
    """One transaction of the head-end's book."""
    with contextlib.closing(book.open_book(home)) as opened, book.transaction(opened):
        return work(opened, time.time())


async def heard(house: House, meter: HouseMeter) -> int:
    """How many codes the meter has ever judged."""
    return len((await house.meter(meter))["log"])


async def shown(house: House, meter: HouseMeter, case: TopUpCase) -> None:
    """Home Assistant has the words, and the display its short ones."""
    words = WORDS[case].both
    await eventually(lambda: view.said(meter, "last_top_up") == words, 10.0, f"{case} at Home Assistant")
    await on_display(house, meter, case)


async def on_display(house: House, meter: HouseMeter, case: TopUpCase) -> None:
    """The display shows the table's words for this meter, with their importance."""
    words = (ON_DISPLAY[meter.ieee] + WORDS[case].display, WORDS[case].importance.name.lower())

    async def does() -> bool:
        view = await house.display(DISPLAY)
        return (view["message"], view["importance"]) == words

    await eventually(does, 10.0, f"{case} of {ALIAS[meter.ieee]} on the display")


async def newest(house: House, meter: HouseMeter) -> dict[str, Any]:
    """The meter's newest order, as `hubctl vend --json` has it."""
    rows = await house.hubctl("vend", "--socket", str(house.layout.console))
    return next(row for row in rows if row["device"] == meter.ieee)


async def stands(house: House, order: str, case: TopUpCase) -> None:
    """`hubctl vend ORDER` has the words, for people and for programs."""
    (row,) = await house.hubctl("vend", order, "--socket", str(house.layout.console))
    assert (row["case"], row["reason"], row["outcome"]) == (case, WORDS[case].both, "queued")
    assert WORDS[case].both in await printed("vend", order, "--socket", str(house.layout.console))


async def refused_unsent(house: House, meter: HouseMeter, code: str, case: TopUpCase) -> None:
    """By hand and signed: the case's own words, and the meter is not asked."""
    before = await heard(house, meter)
    answer = await by_hand(house, meter, code)
    assert (answer["outcome"], answer["case"], answer["reason"]) == ("refused", case, WORDS[case].both)
    await shown(house, meter, case)
    receipt = await signed(house, meter, code)
    assert receipt.outcome == "refused"
    assert WORDS[case].both in (receipt.reason or "")
    assert await heard(house, meter) == before, "the customer was charged no try"


async def new_code(house: House, meter: HouseMeter, pence: int = 100) -> str:
    """A code that the office has sold and handed over on paper: booked, but not sent to the hub."""
    home, request = Home(house.layout.headend), uuid.uuid4().hex
    config = home.config()
    sold = at_office(home, lambda b, now: vending.vend(b, request, meter.pan, pence, config, now, held=True))
    assert isinstance(sold, Vend)
    return sold.token


def key_of_revision(krn: int) -> MeterKey:
    """The first meter's key."""
    secret = Secret(bytes.fromhex(METER.vending_key))
    return MeterKey(METER.pan, secret, METER.sgc, krn, METER.kt, METER.ti, METER.base)


def changed(code: str, place: int = 19) -> str:
    return code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
