"""zigpy's application with the edges a supervisor needs: a loss is one future, an ending is safe, secrets stay in."""

import asyncio
import contextlib
import logging
import sqlite3
import time
from typing import Any

import zigpy_znp.commands as c  # type: ignore[import-untyped]
import zigpy_znp.types as znp_t  # type: ignore[import-untyped]
from zigpy.types import ZigbeeGpPacket
from zigpy_znp.zigbee.application import ControllerApplication  # type: ignore[import-untyped]

from hubd.errors import StoreError
from hubd.model.identity import Eui64
from hubd.zigbee.early_frames import EarlyFrames

_CLOSE_S = 5.0


def quieten_zigpy() -> None:
    """Turn zigpy's own log off where nobody has set its level: it prints whole frames, with keys and tokens in them.
    What matters of it is said by the session in its own words.
    """
    for name in ("zigpy", "zigpy_znp", "aiosqlite", "serialx"):
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.CRITICAL)


class SupervisedApplication(ControllerApplication):  # type: ignore[misc]
    """One life of a radio: built, started, watched, shut down once. After a loss a new one is built.

    `lost` is done, with the reason, as soon as the radio cannot be relied on any more.
    """

    lost: asyncio.Future[str]
    _znp: Any
    """zigpy-znp's line to the radio; None while there is none."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.lost = asyncio.get_running_loop().create_future()
        self._early = EarlyFrames()

    async def _load_db(self) -> None:
        """Open zigpy's database. One that cannot be loaded is closed again, which zigpy does not do: its thread would
        keep the process from ending. Raises StoreError.
        """
        try:
            await super()._load_db()
        except Exception as error:
            if self._dblistener is not None:
                with contextlib.suppress(Exception):
                    await self._dblistener.shutdown()
            cure = "see that the card has room and is sound"
            if not isinstance(error, sqlite3.OperationalError):
                cure = "remove zigbee.sqlite from the state folder, and admit the devices anew"
            raise StoreError(
                f"the devices of the network cannot be read ({type(error).__name__}). Cure: {cure}"
            ) from error

    async def on_af_message(self, msg: Any) -> None:
        """A frame of an application came. While the radio is not up it has to wait (`early_frames`)."""
        if not self._early.keep(msg, time.monotonic()):
            await super().on_af_message(msg)

    def hear(self) -> None:
        """The radio is up: hear what came before, and from now on everything at once."""
        for early in self._early.take(time.monotonic()):
            self.create_task(self.on_af_message(early), "a frame of the start")

    def lose(self, reason: str) -> None:
        """This life is over. The first reason stands."""
        if not self.lost.done():
            self.lost.set_result(reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the serial transport: the port vanished, or the other end closed it."""
        self.lose("the radio's port closed" if exc is None else f"the radio's port was lost: {exc}")

    def watch_for_resets(self) -> None:
        """From now on, a reset of the radio is a loss: it forgets that it was on its network, and still answers
        pings. Called after the start, whose resets are asked for.
        """
        self._znp.callback_for_response(
            c.SYS.ResetInd.Callback(partial=True), lambda _: self.lose("the radio restarted by itself")
        )

    async def hardware_address(self) -> Eui64:
        """The radio's own address, also while it holds no network."""
        info = await self._znp.request(c.UTIL.GetDeviceInfo.Req())
        return Eui64(str(info.IEEE))

    async def ping(self) -> None:
        """Ask the radio whether it lives, which raises whatever zigpy raises where it does not; and whether it still
        is on its network, in case its word of a restart went missing.
        """
        await self._znp.request(c.SYS.Ping.Req())
        with contextlib.suppress(Exception):  # a firmware without this command is not lost
            state = (await self._znp.request(c.UTIL.GetDeviceInfo.Req())).DeviceState
            if state != znp_t.DeviceState.StartedAsCoordinator:
                self.lose("the radio is on no network any more")

    async def disconnect(self) -> None:
        """Close the port whatever state the radio is in; never raises, and returns within seconds."""
        znp, self._znp = self._znp, None
        if znp is None:
            return
        with contextlib.suppress(Exception):
            await znp.reset(wait_for_reset=False)
        _end_the_waiting(znp)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await znp.disconnect()

    async def permit_gp(self, time_s: int) -> None:
        """Green Power devices join without a key of their own: never here."""

    def gp_packet_received(self, packet: ZigbeeGpPacket) -> None:
        """See `permit_gp`."""


def _end_the_waiting(znp: Any) -> None:
    """Whoever waits for an answer of this radio is told that none comes. zigpy-znp would cancel the futures: a task
    that waits for one would then end as if somebody had ended it, and nobody would hear of that.
    """
    for listener in [each for listeners in znp._listeners.values() for each in listeners]:
        future = getattr(listener, "future", None)
        if future is not None and not future.done():
            future.set_exception(ConnectionError("the radio's port was closed"))
            future.exception()  # heard of, also where nobody waits
