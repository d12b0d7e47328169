"""The files of the house's supply: where the hub hangs on the grid, what it lives on, who is told to go down."""

import json
import sys
from pathlib import Path

from hubd.bench.grid.clock import ClockFile
from hubd.bench.house.layout import HUB, Layout

TOPOLOGY = "f1/s1/t1/h1"
NEIGHBOUR = "hub-0002"
NEIGHBOUR_TOPOLOGY = "f1/s2/t9/h7"
"""A hub of the same feeder on another spur. Nobody lives there; the grid shows what its supply does."""
MAINS_PIN = 17
CHARGE_W = 100
"""A hub's capacitor counts as empty after each boot. Nobody wants to wait minutes before the first story."""


def write(layout: Layout) -> None:
    """The grid's file, and the clock of daemons that are run on the bench's."""
    layout.grid.parent.mkdir(mode=0o700, exist_ok=True)
    layout.grid.write_text(_grid(layout))
    ClockFile().write(layout.clock)


def environment(layout: Layout) -> dict[str, str]:
    """What gpiozero in the utility daemon is told: pins that the grid drives."""
    return {"GPIOZERO_PIN_FACTORY": "hubdgrid", "HUBD_GRID": str(layout.grid_pins), "HUBD_GRID_HUB": HUB}


def utility(layout: Layout) -> str:
    """`[supply]` of the utility daemon."""
    return f"""
[supply]
mains_pin = {MAINS_PIN}
topology = "{TOPOLOGY}"
sentinel = true
spread_s = 5
shutdown = {_order(layout, "poweroff")}
restart = {_order(layout, "reboot")}

[supply.shed]
consumer_stop = {_order(layout, "stop", "name=hubd-consumer")}
consumer_start = {_order(layout, "start", "name=hubd-consumer")}

[supply.capacitor]
capacitance_f = 100
riding_w = 3
shed_w = 1.5
sending_w = 3.5
shutdown_w = 2
charge_w = {CHARGE_W}
"""


def _order(layout: Layout, *words: str) -> str:
    hubd = Path(sys.executable).with_name("hubd")
    return json.dumps([str(hubd), "bench", "ask", str(layout.services), *words])


def _grid(layout: Layout) -> str:
    return f"""\
# The grid of the virtual house.
pins = "{layout.grid_pins}"
console = "{layout.grid_console}"

[[hub]]
name = "{HUB}"
topology = "{TOPOLOGY}"
mains_pin = {MAINS_PIN}
airs = ["{layout.air_console("utility")}", "{layout.air_console("consumer")}"]

[[hub]]
name = "{NEIGHBOUR}"
topology = "{NEIGHBOUR_TOPOLOGY}"
mains_pin = {MAINS_PIN}
"""
