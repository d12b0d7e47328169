"""The device that a question on the console names."""

from typing import Any

from hubd.console import ConsoleRefusedError
from hubd.model.device import Device
from hubd.utility.household import Household


def named(household: Household, question: dict[str, Any]) -> Device:
    """The device of the field `device`, by alias or address. Raises ConsoleRefusedError, which names those known."""
    name = str(question.get("device", ""))
    device = household.find(name)
    if device is None:
        known = ", ".join(d.alias for d in household.all()) or "none yet"
        raise ConsoleRefusedError(f"no device {name!r} here; known: {known}")
    return device
