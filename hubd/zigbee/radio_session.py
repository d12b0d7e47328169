"""A radio that is always coming back: start, watch, notice every kind of loss, tear down, start anew. zigpy does none
of it.

What ends a life of the radio, and how it is noticed:
    the port vanishes or is closed       the transport says so, within milliseconds
    the radio restarts by itself         it says so once, in a frame that zigpy ignores; pings still pass afterwards,
                                         but it is on no network any more, which it says when asked for its state
    the radio hangs                      a ping goes unanswered: within `watchdog_s` + 2 * `radio_timeout_s`
    the start fails, for any reason      the start's own time limit, or what zigpy raises
Then the application object is shut down, whatever state it is in, and a new one is built after a jittered delay. A
network that exists is resumed in about a second, so the hub is back that much after the radio is.

One WARNING an outage, on its first failure; an INFO when it is over.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Generic, Protocol, TypeVar

from hubd.errors import HubdError
from hubd.zigbee.backoff import delays_s
from hubd.zigbee.radio_config import RadioConfig

log = logging.getLogger(__name__)

_TEAR_DOWN_S = 20.0
"""More than the application takes to give up a radio that does not answer."""


class Radio(Protocol):
    """What the session needs of an application (`SupervisedApplication` is one)."""

    lost: asyncio.Future[str]

    async def ping(self) -> None:
        """Ask the radio whether it lives; raises where it does not."""

    async def shutdown(self) -> None:
        """End this life."""


R = TypeVar("R", bound=Radio)


class RadioSession(Generic[R]):
    """Runs one life after another, for ever."""

    def __init__(
        self,
        config: RadioConfig,
        build: Callable[[], Awaitable[R]],
        start: Callable[[R], Awaitable[None]],
        up: Callable[[R], None],
        lost: Callable[[str], None],
    ) -> None:
        """`build` makes the application without touching the radio, `start` brings it up within its own time limit.
        `up` and `lost` are told of each change: `lost` once an outage.
        """
        self._config = config
        self._build = build
        self._start = start
        self._up = up
        self._lost = lost
        self._outage_since_s: float | None = None
        self._hurry = asyncio.Event()

    def look_again(self) -> None:
        """Whatever keeps the radio from coming up may be gone: do not wait for the next try."""
        self._hurry.set()

    async def run(self) -> None:
        """Until cancelled."""
        delays = self._new_delays()
        while True:
            reason, was_up = await self._live_once()
            self._note_outage(reason)
            if was_up:
                delays = self._new_delays()
            self._hurry.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(next(delays)):
                    await self._hurry.wait()

    def _new_delays(self) -> Iterator[float]:
        return delays_s(self._config.first_retry_s, self._config.longest_retry_s, random.SystemRandom())

    async def _live_once(self) -> tuple[str, bool]:
        """One life, from building to tearing down: why it ended, and whether it was up."""
        app: R | None = None
        was_up = False
        try:
            app = await self._build()
            await self._start(app)
            was_up = True
            self._note_up(app)
            return await self._watch(app), was_up
        except Exception as error:  # zigpy raises everything, AttributeError included; all of it is a lost radio
            log.debug("the radio's life ended", exc_info=True)
            return _in_words(error), was_up
        finally:
            if app is not None:
                await _tear_down(app)

    async def _watch(self, app: R) -> str:
        """Until the radio is lost; returns why."""
        while not app.lost.done():
            await asyncio.wait({app.lost}, timeout=self._config.watchdog_s)
            if app.lost.done():
                break
            try:
                await app.ping()
            except Exception as error:
                log.debug("a ping went unanswered", exc_info=True)
                return app.lost.result() if app.lost.done() else f"the radio hangs ({_in_words(error)})"
        return app.lost.result()

    def _note_up(self, app: R) -> None:
        if self._outage_since_s is not None:
            log.info("%s: the radio is back after %.1f s", self._config.path, time.monotonic() - self._outage_since_s)
        self._outage_since_s = None
        self._up(app)

    def _note_outage(self, reason: str) -> None:
        if self._outage_since_s is not None:
            log.debug("%s: still no radio: %s", self._config.path, reason)
            return
        self._outage_since_s = time.monotonic()
        log.warning("%s: no radio: %s; it is tried again until it is back", self._config.path, reason)
        self._lost(reason)


async def _tear_down(app: Radio) -> None:
    """End it whole, also when cancelled meanwhile: the thread of a database left open keeps the process alive."""
    ending = asyncio.ensure_future(_shut_down(app))
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise


async def _shut_down(app: Radio) -> None:
    try:
        async with asyncio.timeout(_TEAR_DOWN_S):
            await app.shutdown()
    except Exception:
        log.debug("the application did not shut down cleanly", exc_info=True)


def _in_words(error: Exception) -> str:
    """For people, and without zigpy's text where that could be a dump of a frame."""
    if isinstance(error, HubdError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
