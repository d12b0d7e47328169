"""Whether the pins can be opened that the supply is sensed by. The daemon may hold them: they are not opened here."""

import importlib
import os
from pathlib import Path

from hubd.cli.doctor_finding import Finding
from hubd.errors import HubdError
from hubd.power.mains_pin import DEFAULT_FACTORY, FACTORY_VARIABLE, load_gpiozero
from hubd.utility.supply_config import SupplyTable

WHAT = "supply"
SHEDDING = "load shedding"


def supply(table: SupplyTable | None, devices: Path = Path("/dev")) -> Finding:
    """gpiozero, its pin factory, and the GPIO chips of this machine."""
    if table is None:
        return Finding(WHAT, True, "not sensed: no [supply] in the configuration")
    try:
        load_gpiozero()
    except HubdError as error:
        return Finding(WHAT, False, str(error), "pip install 'hubd[pi]'")
    factory = os.environ[FACTORY_VARIABLE]
    if factory != DEFAULT_FACTORY:
        return Finding(WHAT, True, f"pins by {factory}, as {FACTORY_VARIABLE} says")
    return _pins(table, devices)


def shedding(table: SupplyTable) -> Finding:
    """What is stopped during a loss. Empty at first: which commands stop what is the machine's own matter."""
    shed = table.shed
    if (shed.consumer_stop and not shed.consumer_start) or (shed.radio_2_off and not shed.radio_2_on):
        return Finding(SHEDDING, False, "what is stopped is never started again", "name supply.shed.*_start and *_on")
    named = {
        "the consumer daemon": shed.consumer_stop, "radio 2": shed.radio_2_off, "LEDs": shed.leds,
        "the CPU governor": shed.governor,
    }  # fmt: skip
    if any(named.values()):
        return Finding(SHEDDING, True, ", ".join(name for name, how in named.items() if how))
    found = "nothing is shed during a loss: [supply.shed] is empty"
    cure = (
        'consumer_stop = ["systemctl", "stop", "--no-block", "hubd-consumer"], and the rest in docs/configuration.md'
    )
    return Finding(SHEDDING, table.capacitor is None, found, cure)


def _pins(table: SupplyTable, devices: Path) -> Finding:
    try:
        importlib.import_module(DEFAULT_FACTORY)
    except ImportError:
        return Finding(WHAT, False, f"{DEFAULT_FACTORY} is not installed", "pip install 'hubd[pi]'")
    chips = sorted(devices.glob("gpiochip*"))
    if not chips:
        return Finding(WHAT, False, f"no {devices}/gpiochip*", "a machine with GPIO, and its driver loaded")
    if not any(os.access(chip, os.R_OK | os.W_OK) for chip in chips):
        return Finding(WHAT, False, f"{chips[0]} may not be opened", "put the user into the group gpio")
    return Finding(WHAT, True, f"GPIO {table.mains_pin if table.mains_pin is not None else table.power_good_pin}")
