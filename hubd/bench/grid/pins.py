"""Pins that the grid drives: gpiozero's mock pins, with the levels of a virtual house on them.

gpiozero finds this factory by its entry point, where the environment says GPIOZERO_PIN_FACTORY=hubdgrid; the daemon
above gpiozero is not changed and does not know. HUBD_GRID names the grid's socket, HUBD_GRID_HUB whose pins these
are. The grid sends the level of every pin when one connects, and every change; the pins change in a thread of their
own, as real ones do.
"""

import json
import os
import socket
import threading
import time
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from hubd.errors import ConfigurationError, LinkError

FIRST_WORD_WITHIN_S = 10.0
TRY_AGAIN_S = 0.05


class GridPin(MockPin):  # type: ignore[misc]
    """A pin that the grid holds: a pull resistor, set later, does not move it."""

    held: bool | None = None

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.hold(self.held)

    def hold(self, level: bool | None) -> None:
        """Put the grid's level on it; None: the grid does not know this pin."""
        self.held = level
        if level is None or self.function != "input":
            return
        if level:
            self.drive_high()
        else:
            self.drive_low()


class GridFactory(MockFactory):  # type: ignore[misc]
    """Connects when it is made; a grid that goes away leaves the pins as they are, and is found again."""

    def __init__(self) -> None:
        super().__init__(pin_class=GridPin)
        try:
            self._path, self._hub = os.environ["HUBD_GRID"], os.environ["HUBD_GRID_HUB"]
        except KeyError as error:
            raise ConfigurationError(f"the bench's pins need {error.args[0]} in the environment") from None
        self._levels: dict[int, bool] = {}
        self._guard = threading.Lock()
        self._told = threading.Event()
        threading.Thread(target=self._listen_for_ever, name="grid", daemon=True).start()
        if not self._told.wait(FIRST_WORD_WITHIN_S):
            raise LinkError(f"{self._path}: the grid says nothing. Cure: start it first")

    def pin(self, name: Any, pin_class: Any = None, **kwargs: Any) -> Any:
        """The pin, at the level that the grid has put on it."""
        pin = super().pin(name, pin_class, **kwargs)
        if isinstance(pin, GridPin):
            with self._guard:
                pin.hold(self._levels.get(_number(pin)))
        return pin

    def _listen_for_ever(self) -> None:
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as link:
                    link.connect(self._path)
                    link.sendall(json.dumps({"hub": self._hub}).encode() + b"\n")
                    for line in link.makefile("rb"):
                        self._take(json.loads(line))
            except (OSError, ValueError):
                pass
            time.sleep(TRY_AGAIN_S)

    def _take(self, levels: dict[str, bool]) -> None:
        with self._guard:
            self._levels |= {int(number): bool(level) for number, level in levels.items()}
            for pin in list(self.pins.values()):
                if isinstance(pin, GridPin):
                    pin.hold(self._levels.get(_number(pin)))
        self._told.set()


def _number(pin: Any) -> int:
    """The BCM number: GPIO17 is 17."""
    return int(str(pin.info.name).removeprefix("GPIO"))
