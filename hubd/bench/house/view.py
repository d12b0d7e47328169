"""The live view of the virtual house in a terminal."""

import asyncio
from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hubd.bench.house.house import House
from hubd.bench.house.layout import LAB_METER, METER
from hubd.errors import HubdError
from hubd.model.money import format_e5

REFRESH_S = 1.0
LOG_LINES = 12
TOP_UPS = 5
ENDED_LINES = 3


async def show(house: House, ended: Sequence[str]) -> None:
    """Draw until cancelled. `ended`: what is to be shown of processes that ended by themselves, newest last."""
    with Live(Text("looking ..."), refresh_per_second=4) as live:
        while True:
            try:
                drawn: Group | Panel = await picture(house)
            except HubdError as error:
                drawn = Panel(Text(str(error), style="red"), title="the hub does not answer; it should be back soon")
            live.update(Group(_ended(ended), drawn) if ended else drawn)
            await asyncio.sleep(REFRESH_S)


def _ended(lines: Sequence[str]) -> Panel:
    return Panel(Text("\n".join(lines[-ENDED_LINES:]), style="red"), title="what ended by itself")


async def picture(house: House) -> Group:
    """One frame of the view."""
    status = await house.ask({"do": "status"}, timeout_s=2.0)
    devices = await house.ask({"do": "devices"}, timeout_s=2.0)
    top_ups = await house.ask({"do": "vend", "most": TOP_UPS}, timeout_s=2.0)
    shown = [await house.display(display, timeout_s=2.0) for display in house.displays]
    displays = [_display(each) for each in shown if each["message"]]
    return Group(_status(status), _meters(devices), *displays, _top_ups(top_ups), _log(house), _hints(house))


def _status(status: dict[str, Any]) -> Panel:
    waiting = ", ".join(f"{count} {lane}" for lane, count in status["backlog"].items() if count) or "nothing"
    text = Text.assemble(
        ("radio ", "dim"),
        (status["radio"]["state"], "green" if status["radio"]["state"] == "up" else "red"),
        ("   WAN ", "dim"),
        ("connected", "green") if status["wan"]["connected"] else ("away", "red"),
        ("   waits for the head-end: ", "dim"),
        waiting,
        ("   top-ups under way: ", "dim"),
        str(status["top_ups_under_way"]),
        ("   supply ", "dim"),
        _supply(status["supply"]),
    )
    return Panel(text, title=f"hub {status['hub']}")


def _supply(supply: dict[str, Any]) -> tuple[str, str]:
    outage = "" if supply.get("outage") is None else f", {str(supply['phase']).replace('_', ' ')}"
    return f"{supply['state']}{outage}", "green" if supply["state"] == "on" else "red"


def _meters(devices: list[dict[str, Any]]) -> Panel:
    table = Table(box=None, expand=True)
    for name in ("meter", "joined", "import kWh", "export kWh", "power W", "gas m3", "supply", "balance", "heard"):
        table.add_column(name)
    for device in devices:
        table.add_row(
            device["alias"],
            "yes" if device["joined"] else "no",
            _kwh(device.get("import_wh")),
            _kwh(device.get("export_wh")),
            _or_dash(device.get("power_w")),
            _kwh(device.get("volume_l")),
            _or_dash(device.get("supply")),
            "-" if device.get("balance_e5") is None else format_e5(device["balance_e5"]),
            "-" if device["heard_s_ago"] is None else f"{device['heard_s_ago']:.0f} s ago",
        )
    return Panel(table, title="utility HAN")


def _display(shown: dict[str, Any]) -> Panel:
    return Panel(Text(shown["message"], style="bold" if shown["importance"] == "high" else ""), title="display")


def _top_ups(rows: list[dict[str, Any]]) -> Panel:
    table = Table(box=None, expand=True)
    for name in ("order", "code ends", "outcome", "reason", "tries"):
        table.add_column(name)
    for row in rows:
        table.add_row(row["order"], row["token_ends"], row["outcome"], row["reason"] or "", str(row["attempts"]))
    return Panel(table if rows else Text("none yet", style="dim"), title="top-ups")


def _log(house: House) -> Panel:
    return Panel(Text("\n".join(house.children["head-end"].last_lines(LOG_LINES))), title="what the head-end hears")


def _hints(house: House) -> Panel:
    home, root = house.layout.headend, house.layout.root
    lines = (
        "From a second terminal:",
        f"  .venv/bin/hubctl head vend --home {home} --meter {METER.pan} --amount 10.00",
        f"  .venv/bin/hubctl read electricity-1 --socket {house.layout.console}",
        f"  .venv/bin/hubctl top-up electricity-2 59386323472137426967 --socket {house.layout.console}",
        f"  .venv/bin/hubctl bench grid trip lock-out --house {root}",
        f"  mosquitto_sub -p {house.layout.consumer_port} -v -t 'homeassistant/#' -t 'hubd/#'",
        f"  logs: {root / 'logs'}    meters: {METER.ieee} {LAB_METER.ieee}    Ctrl-C ends everything",
    )
    return Panel(Text("\n".join(lines), style="dim"))


def _kwh(wh: int | None) -> str:
    return "-" if wh is None else f"{wh / 1000:.3f}"


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)
