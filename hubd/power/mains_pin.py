"""A digital input through gpiozero: the opto-isolator that says whether mains is there, or a UPS board's power-good.

Which pins there are is gpiozero's business: its factory is lgpio, or what the environment's GPIOZERO_PIN_FACTORY
names (a bench's pins). It never falls back to another: a hub must not sense its supply by accident.
"""

import importlib
import os
from collections.abc import Callable
from typing import Any, Literal, Protocol

from hubd.errors import ConfigurationError, LinkError

FACTORY_VARIABLE = "GPIOZERO_PIN_FACTORY"
DEFAULT_FACTORY = "lgpio"

Pull = Literal["up", "down", "none"]


class DigitalInput(Protocol):
    """A level, and a word at every edge."""

    def on(self) -> bool:
        """The level now. Raises LinkError where it cannot be read."""

    def close(self) -> None:
        """Let go of the pin."""


class MainsPin:
    """One input pin. `on_high`: the level that means supply is there. `edge` is called from another thread."""

    def __init__(self, pin: int, *, on_high: bool, pull: Pull, edge: Callable[[], None], factory: Any = None) -> None:
        self._pin = pin
        self._on_high = on_high
        self._device = _open(pin, pull, factory)
        self._device.when_activated = self._device.when_deactivated = edge

    def on(self) -> bool:
        """The level now."""
        try:
            return bool(self._device.pin.state) is self._on_high
        except Exception as error:  # gpiozero hands through whatever its factory raises
            raise LinkError(f"GPIO {self._pin} cannot be read: {error}") from None

    def close(self) -> None:
        """Let go of the pin."""
        self._device.close()


def _open(pin: int, pull: Pull, factory: Any) -> Any:
    gpiozero = load_gpiozero()
    pull_up = {"up": True, "down": False, "none": None}[pull]
    try:
        return gpiozero.DigitalInputDevice(
            pin, pull_up=pull_up, active_state=True if pull_up is None else None, pin_factory=factory
        )
    except Exception as error:
        raise ConfigurationError(
            f"supply: GPIO {pin} cannot be used as an input: {error}. Cure: see that the pin is free, that the user "
            "is in the group gpio, and that hubd is installed with the extra `pi`"
        ) from None


def load_gpiozero() -> Any:
    """gpiozero with its factory named. Raises ConfigurationError where it is not installed."""
    os.environ.setdefault(FACTORY_VARIABLE, DEFAULT_FACTORY)
    try:
        return importlib.import_module("gpiozero")
    except ImportError:
        raise ConfigurationError(
            "supply: gpiozero is not installed. Cure: pip install 'hubd[pi]', or leave [supply] out"
        ) from None
