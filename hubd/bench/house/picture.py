"""The live view of the house as it is drawn: panels that fit into the terminal, whatever its size."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hubd.bench.house.layout import METER, Layout
from hubd.model.money import format_e5

TOP_UPS = 5
ENDED = 3
FRAME = 2
"""Lines that a panel needs besides what stands in it."""
LEAST_LOG = 4
_COLUMNS = ("meter", "import\nkWh", "export\nkWh", "power\nW", "gas\nm3", "\nsupply", "\nbalance", "heard\nago")


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to draw. `status` is None while the hub does not answer, `why_not` says why then."""

    status: dict[str, Any] | None
    why_not: str = ""
    devices: Sequence[dict[str, Any]] = ()
    top_ups: Sequence[dict[str, Any]] = ()
    displays: Sequence[dict[str, Any]] = ()
    heard: Sequence[str] = ()
    """What the head-end has logged, oldest first."""
    ended: Sequence[str] = ()
    """A line for each process that ended by itself, newest last."""


def drawn(seen: Seen, layout: Layout, height: int) -> Group:
    """One frame of at most `height` lines, where that is at least 24. What the household sees comes first."""
    above = list(_above(seen))
    room = height - sum(panel.height or 0 for panel in above)
    below: list[Panel] = []
    hints = _lines(_hints(layout), "from a second terminal", style="dim")
    if room >= (hints.height or 0) + FRAME + LEAST_LOG:
        below, room = [hints], room - (hints.height or 0)
    if room > FRAME:
        above.append(_lines(seen.heard[-(room - FRAME) :], "what the head-end hears", rows=room - FRAME))
    return Group(*above, *below)


def _above(seen: Seen) -> Iterator[Panel]:
    if seen.ended:
        yield _lines(seen.ended[-ENDED:], "what ended by itself", style="red")
    if seen.status is None:
        yield _lines([seen.why_not], "the hub does not answer; it should be back soon", style="red")
        return
    yield _status(seen.status)
    yield _meters(seen.devices)
    for shown in seen.displays:
        if shown["message"]:
            yield _lines([shown["message"]], "display", style="bold" if shown["importance"] == "high" else "")
    yield _top_ups(seen.top_ups[:TOP_UPS])


def _lines(lines: Sequence[str], title: str, style: str = "", rows: int | None = None) -> Panel:
    """A panel with a row for each line: what is too long for the terminal is cut, and says so."""
    text = Text("\n".join(lines), style=style, no_wrap=True, overflow="ellipsis")
    return Panel(text, title=title, height=FRAME + (len(lines) if rows is None else rows))


def _status(status: dict[str, Any]) -> Panel:
    waiting = ", ".join(f"{count} {lane}" for lane, count in status["backlog"].items() if count) or "nothing"
    text = Text.assemble(
        ("radio ", "dim"),
        (status["radio"]["state"], "green" if status["radio"]["state"] == "up" else "red"),
        ("   WAN ", "dim"),
        ("connected", "green") if status["wan"]["connected"] else ("away", "red"),
        ("   supply ", "dim"),
        _supply(status["supply"]),
        (f"   {status['top_ups_under_way']} top-ups under way", "dim"),
        ("   backlog ", "dim"),
        waiting,
        no_wrap=True,
        overflow="ellipsis",
    )
    return Panel(text, title=f"hub {status['hub']}", height=FRAME + 1)


def _supply(supply: dict[str, Any]) -> tuple[str, str]:
    outage = "" if supply.get("outage") is None else f", {str(supply['phase']).replace('_', ' ')}"
    return f"{supply['state']}{outage}", "green" if supply["state"] == "on" else "red"


def _meters(devices: Sequence[dict[str, Any]]) -> Panel:
    table = Table(box=None, expand=True)
    for name in _COLUMNS:
        table.add_column(name, no_wrap=True)
    for device in devices:
        table.add_row(
            device["alias"],
            _thousandth(device.get("import_wh")),
            _thousandth(device.get("export_wh")),
            _or_dash(device.get("power_w")),
            _thousandth(device.get("volume_l")),
            _or_dash(device.get("supply")),
            "-" if device.get("balance_e5") is None else format_e5(device["balance_e5"]),
            _heard(device),
        )
    return Panel(table, title="utility HAN", height=FRAME + 2 + len(devices))


def _heard(device: dict[str, Any]) -> Text:
    if not device["joined"]:
        return Text("away", style="red")
    return Text("-" if device["heard_s_ago"] is None else f"{device['heard_s_ago']:.0f} s")


def _top_ups(rows: Sequence[dict[str, Any]]) -> Panel:
    if not rows:
        return _lines(["none yet"], "top-ups", style="dim")
    return _lines([_top_up(row) for row in rows], "top-ups (hubctl vend tells more)")


def _top_up(row: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(row["received_at"], UTC).strftime("%H:%M:%S")
    return f"{at}  ...{row['token_ends']}  {row['outcome']:<9}  {row['reason'] or ''}".rstrip()


def _hints(layout: Layout) -> list[str]:
    hubctl, root = ".venv/bin/hubctl", Path(os.path.relpath(layout.root))
    here = root == Path(".bench")
    elsewhere = [f"export HUBD_SOCKET={layout.console} HUBD_HEADEND={layout.headend}"]
    return [
        *([] if here else elsewhere),
        f"{hubctl} head vend --meter {METER.pan} --amount 10.00",
        f"{hubctl} read electricity-1",
        f"{hubctl} top-up electricity-2 59386323472137426967",
        f"{hubctl} bench grid trip lock-out" + ("" if here else f" --house {layout.root}"),
        f"mosquitto_sub -p {layout.consumer_port} -v -t 'homeassistant/#' -t 'hubd/#'",
        f"logs: {(root if here else layout.root) / 'logs'}    Ctrl-C ends everything",
    ]


def _thousandth(value: int | None) -> str:
    return "-" if value is None else f"{value / 1000:.3f}"


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)
