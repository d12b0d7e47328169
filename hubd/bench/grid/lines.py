"""The line to the hubs' pins: who connects is told every level, and every change."""

import asyncio
import json
from pathlib import Path

from hubd.bench.grid.grid_file import HubTable


class PinLines:
    """Levels of the mains pins, and those who want to know them."""

    def __init__(self, hubs: dict[str, HubTable]) -> None:
        self._hubs = hubs
        self._on = dict.fromkeys(hubs, True)
        self._listeners: dict[str, set[asyncio.StreamWriter]] = {name: set() for name in hubs}

    def on(self, hub: str) -> bool:
        """Whether the hub has supply."""
        return self._on[hub]

    def put(self, hub: str, on: bool) -> None:
        """Supply goes or comes."""
        self._on[hub] = on
        for writer in self._listeners[hub]:
            writer.write(self._word(hub))

    async def serve(self, path: Path) -> None:
        """For ever."""
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._converse, path=str(path))
        try:
            async with server:
                await server.serve_forever()
        finally:
            path.unlink(missing_ok=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hub = ""
        try:
            hub = str(json.loads(await reader.readline()).get("hub"))
            if hub in self._hubs:
                self._listeners[hub].add(writer)
                writer.write(self._word(hub))
                await reader.read()
        except (ConnectionError, ValueError):
            pass  # it went away, or is no pin
        finally:
            self._listeners.get(hub, set()).discard(writer)
            writer.close()

    def _word(self, hub: str) -> bytes:
        table = self._hubs[hub]
        return json.dumps({str(table.mains_pin): self._on[hub] is table.mains_on_high}).encode() + b"\n"
