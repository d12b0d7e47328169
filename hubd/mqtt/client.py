"""aiomqtt's client, made safe to cancel and clean to lose (docs/adr/0003)."""

import asyncio
import math
from collections.abc import Awaitable
from types import TracebackType
from typing import Self, TypeVar

import aiomqtt

from hubd.mqtt import paho_doors

T = TypeVar("T")


class Client(aiomqtt.Client):
    """As aiomqtt.Client, and used as it is: `async with Client(...)`. Beyond it:

    A cancellation always arrives. aiomqtt waits with asyncio.wait_for, which in Python 3.11 forgets a cancellation
    that falls together with the end of what it waits for: a task that was told to end would go on for ever.
    A broker that hangs up on us is noticed at once, and no socket stays behind a connection that failed.
    """

    async def __aenter__(self) -> Self:
        paho_doors.notice_refused_connection(self)
        paho_doors.own_the_loss(self)
        try:
            return await super().__aenter__()
        except BaseException:
            paho_doors.abandon(self)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        except aiomqtt.MqttError:
            pass  # it is gone either way; whatever ended the session is told by who used it
        finally:
            paho_doors.abandon(self)

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:
        limit_s = self.timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(None if limit_s == math.inf else limit_s):
                return await fut
        except TimeoutError:
            raise aiomqtt.MqttError("no answer in time") from None
