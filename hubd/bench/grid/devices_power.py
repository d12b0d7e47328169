"""The devices around a hub lose their power with it: mains meters and plugs go off the air, batteries go on."""

import asyncio
import logging
from pathlib import Path

from hubd import console
from hubd.errors import HubdError

log = logging.getLogger(__name__)

ON_BATTERY = frozenset({"gas_meter", "temperature_sensor"})
PATIENCE_S = 5.0


class DevicesPower:
    """One air. Only the latest level counts: what blinks faster than it can be told is told the last of it."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._on = True
        self._changed = asyncio.Event()

    def put(self, on: bool) -> None:
        """Supply goes or comes."""
        self._on = on
        self._changed.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await asyncio.to_thread(self._switch, self._on)
            except HubdError as error:
                log.warning("the devices behind %s keep their power as it is: %s", self._control, error)

    def _switch(self, on: bool) -> None:
        for device in console.ask(self._control, {"do": "devices"}, PATIENCE_S):
            if device["kind"] not in ON_BATTERY and device["powered"] is not on:
                console.ask(self._control, {"do": "power", "ieee": device["ieee"], "on": on}, PATIENCE_S)
