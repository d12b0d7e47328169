"""The live view fits into the terminal, and what somebody is to copy or to recognise is not cut off."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hubd.bench.house.layout import Layout
from hubd.bench.house.picture import Seen, drawn

LONG = "The meter has had this code before; it counts once. Nothing is lost: its credit is on the meter since then."
ALIASES = ("electricity-1", "electricity-2", "gas-1", "display-1")


def device(alias: str) -> dict[str, Any]:
    values = {"import_wh": 12_345_678, "export_wh": 12_345_678, "power_w": -3_000, "volume_l": None}
    return {"alias": alias, "joined": True, "heard_s_ago": 1800.4, "supply": "on", "balance_e5": 12_345_600, **values}


SEEN = Seen(
    status={
        "hub": "hub-0001",
        "backlog": {"event": 2, "reading": 300, "alarm": 0},
        "radio": {"state": "up"},
        "wan": {"connected": True},
        "supply": {"state": "on", "outage": None, "phase": "normal"},
        "top_ups_under_way": 0,
    },
    devices=[device(alias) for alias in ALIASES],
    top_ups=[{"received_at": 0.0, "token_ends": "6967", "outcome": "duplicate", "reason": LONG}] * 5,
    displays=[{"message": "Electricity 1: Top-up accepted.", "importance": "low"}],
    heard=[f"11:22:33  hub-0001  reading {number}  {LONG}" for number in range(100)],
)


def page(seen: Seen, width: int, height: int, root: str = ".bench") -> list[str]:
    layout = Layout(Path(root).absolute(), 8883, 1883)
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(drawn(seen, layout, height - 1))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("height", [24, 30, 50, 100])
@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_frame_fits_and_names_the_devices_whole(width: int, height: int) -> None:
    lines = page(SEEN, width, height)
    assert len(lines) < height
    assert max(map(len, lines)) == width
    for alias in ALIASES:
        assert any(f" {alias} " in line and " 12345.678 " in line for line in lines)
    assert sum("duplicate" in line for line in lines) == 5


@pytest.mark.parametrize("width", [80, 120])
def test_the_commands_to_copy_are_whole_where_there_is_room_for_them(width: int) -> None:
    shown = "\n".join(page(SEEN, width, 50))
    for command in (
        "hubctl head vend --meter 000001000000000082 --amount 10.00 ",
        "hubctl top-up electricity-2 59386323472137426967 ",
        "mosquitto_sub -p 1883 -v -t 'homeassistant/#' -t 'hubd/#' ",
        "hubctl bench grid trip lock-out ",
    ):
        assert command in shown
    assert "export HUBD_SOCKET=" in "\n".join(page(SEEN, 200, 50, "/tmp/other"))


def test_the_newest_of_the_log_is_the_last_line_of_its_panel() -> None:
    assert any("reading 99 " in line for line in page(SEEN, 80, 50))


def test_what_ended_by_itself_stands_on_top_and_so_does_a_hub_that_does_not_answer() -> None:
    ended = [f"11:22:0{number}  hubd-utility was killed by SIGKILL" for number in range(5)]
    lines = page(replace(SEEN, ended=ended), 80, 40)
    assert "what ended by itself" in lines[0]
    assert ["11:22:04" in line for line in lines[1:5]] == [False, False, True, False]
    away = page(Seen(status=None, why_not="no answer", ended=ended, heard=SEEN.heard), 80, 24)
    assert any("the hub does not answer" in line for line in away)
    assert len(away) < 24


def test_a_device_that_is_not_joined_and_one_never_heard_of_are_told_apart() -> None:
    away, silent = device("gas-1") | {"joined": False}, device("gas-2") | {"heard_s_ago": None}
    lines = page(replace(SEEN, devices=[away, silent]), 80, 30)
    assert [any(" gas-1 " in line and "away" in line for line in lines)] == [True]
    assert [any(" gas-2 " in line and "away" in line for line in lines)] == [False]
