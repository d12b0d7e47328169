"""How `hubctl pair` shows a visit: live on a terminal, else a line a change, as JSON with --json."""

import argparse
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

from hubd.cli.output import print_json

MARKS = {"done": "[green]✔[/]", "now": "[cyan]▶[/]", "held": "[red]✖[/]", "ahead": "[dim]·[/]"}


class Shown(Protocol):
    """Takes each answer to the question `pair`."""

    def __enter__(self) -> Any: ...
    def __exit__(self, *details: object) -> None: ...
    def show(self, answer: dict[str, Any]) -> None:
        """The visits as they stand now."""


def for_arguments(args: argparse.Namespace) -> Shown:
    """The way that fits."""
    if args.json:
        return Lines(as_json=True)
    return Live() if sys.stdout.isatty() else Lines(as_json=False)


class Lines(AbstractContextManager["Lines"]):
    """One line a change of a device, or one JSON document a change."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._said: dict[str, str] = {}

    def __exit__(self, *details: object) -> None:
        pass

    def show(self, answer: dict[str, Any]) -> None:
        """Say what is new."""
        if self._as_json:
            print_json(answer)
            return
        for visit in answer["visits"]:
            for device in visit["devices"]:
                self._say(device["address"], f"{device['alias']:<15}{standing(device)}")
            if visit["closed_at"] is not None:
                self._say(visit["visit"], f"visit {visit['visit']} is closed")
        for due in answer["follow_ups"]:
            self._say(f"due {due['visit']}", _due(due))

    def _say(self, about: str, line: str) -> None:
        if self._said.get(about) != line:
            self._said[about] = line
            print(f"{datetime.now(UTC):%H:%M:%S}  {line}", flush=True)


def _due(follow_up: dict[str, Any]) -> str:
    day = follow_up["due"] or "a day that is set when the hub's clock is right"
    return f"visit {follow_up['visit']} is to be followed up by {day}"


def standing(device: dict[str, Any]) -> str:
    """One device in words."""
    step = device["step"].replace("_", " ")
    if device["done"]:
        return "in service"
    if device["held"]:
        return f"{step}: held. {device['words']}. To do: {device['cure']}"
    return f"{step}: waits for {device['waits_for']}"


class Live(AbstractContextManager["Live"]):
    """The whole visit on a terminal, redrawn at each change."""

    def __init__(self) -> None:
        from rich.live import Live as RichLive

        self._live = RichLive(auto_refresh=False)

    def __enter__(self) -> "Live":
        self._live.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, answer: dict[str, Any]) -> None:
        """Redraw."""
        self._live.update(drawn(answer), refresh=True)


def drawn(answer: dict[str, Any]) -> Any:
    """The visits as panels."""
    from rich.console import Group
    from rich.text import Text

    latest = [each for each in answer["visits"] if each["closed_at"] is None] or answer["visits"][:1]
    if not latest:
        return Text("no visit yet: the security centre's admission opens one (hubctl head admit)", style="dim")
    due = [Text(_due(each), style="yellow") for each in answer["follow_ups"]]
    return Group(*(_visit(each) for each in latest), *due)


def _visit(visit: dict[str, Any]) -> Any:
    from rich.console import Group
    from rich.markup import escape
    from rich.panel import Panel
    from rich.table import Table

    closed = visit["closed_at"] is not None
    parts: list[Any] = []
    for device in visit["devices"]:
        table = Table.grid(padding=(0, 1))
        supplier = f"  [dim]{escape(device['supplier'])}[/]" if device["supplier"] else ""
        table.add_row("", f"[bold]{device['alias']}[/]  [dim]{device['address']}[/]{supplier}")
        for name, mark in marks(device):
            words = name.replace("_", " ")
            table.add_row(MARKS[mark], f"[bold]{words}[/]" if mark in ("now", "held") else words)
            if mark == "now":
                left = device["seconds_left"]
                clock = "" if left is None else f" [dim]({left // 60}:{left % 60:02d} left)[/]"
                table.add_row("", f"  waits for {device['waits_for']}{clock}")
            if mark == "held":
                table.add_row("", f"  [red]{escape(device['words'])}[/]")
                table.add_row("", f"  [yellow]to do:[/] {escape(device['cure'])}")
        parts.append(table)
    if not visit["notes"].get("old_meters"):
        until = "; it is taken for five days after the end" if closed else ""
        parts.append(f"[dim]old meters: nothing entered yet (hubctl pair note{until})[/]")
    if closed:
        parts.append("[green]closed[/]; the statement: hubctl pair statement --html statement.html")
    return Panel(Group(*parts), title=f"visit {visit['visit']}", title_align="left")


def marks(device: dict[str, Any]) -> list[tuple[str, str]]:
    """Every step of the device with its mark: done, now, held or ahead."""
    steps: list[str] = device["steps"]
    at = steps.index(device["step"])
    present = "held" if device["held"] else "now"
    named = [(name, "done" if number < at else "ahead") for number, name in enumerate(steps)]
    named[at] = (steps[at], "done" if device["done"] else present)
    return named
