"""Everything said to one device, one thing at a time, and which of its frames is the answer.

One request is on the air for a device at any moment, so an answer can only be to that one. An answer is a frame of
the same endpoint and cluster, the other way than the request (from the server, unless the hub itself spoke as one),
under the request's sequence number, that the request's own parser takes whole; a frame that does not parse is no
answer, and the wait goes on. The radio's word that a frame was delivered is not heard.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hubd.errors import LinkError, WireError
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.topup import NoAnswer, NotReady, NotSent, TopUpAnswer
from hubd.zigbee.se import prepayment
from hubd.zigbee.top_up_answers import TopUpAnswers
from hubd.zigbee.turns import Turns
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.general import GeneralCommand, parse_default_response, status_name

T = TypeVar("T")
Parse = Callable[[bytes], T]


class Air(Protocol):
    """The way out: `SmartEnergyApplication` while it is up."""

    def endpoint_serving(self, device: Eui64, cluster_id: int) -> int | None:
        """The endpoint to ask something of."""

    def endpoint_using(self, device: Eui64, cluster_id: int) -> int | None:
        """The endpoint to tell something to."""

    async def send_secured(self, device: Eui64, endpoint: int, cluster_id: int, tsn: int, data: bytes) -> None:
        """Raises LinkError where the frame certainly did not go out, MaybeSentError where nobody knows."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What would be an answer: this command, and the parser that makes the value of it. The parser raises WireError
    for what is no answer at all, LinkError for an answer that says no.
    """

    command_id: int
    cluster_command: bool
    parse: Parse[T]


@dataclass(slots=True)
class _Waiting:
    """A request on the air."""

    endpoint: int
    cluster_id: int
    answer: Answer[object]
    future: asyncio.Future[object]
    tsns: set[int] = field(default_factory=set)
    command_id: int = 0
    to_client: bool = True
    """Which way an answer comes."""

    def on_the_air(self, frame: ZclFrame) -> None:
        """The request goes out, in this frame."""
        self.tsns.add(frame.tsn)
        self.command_id, self.to_client = frame.command_id, not frame.to_client


class DeviceRefusedError(LinkError):
    """The device answered that it does not do this (a Default Response with an error)."""


class DeviceSilentError(LinkError):
    """Nothing came, however often the device was asked."""


class MaybeSentError(LinkError):
    """The radio fell silent over a frame: it may have gone out, or not."""


class DeviceLink:
    """One device. Made once and kept through losses of the radio: what a meter still owes outlives them."""

    def __init__(self, device: Eui64, late_answer_s: float) -> None:
        self._device = device
        self._turns = Turns()
        self._tsn = random.SystemRandom().randrange(256)  # so that numbers from before a restart are not met again
        self._waiting: _Waiting | None = None
        self._top_up: tuple[int, int, asyncio.Future[TopUpAnswer]] | None = None
        self._top_up_answers = TopUpAnswers(late_answer_s, since_s=time.monotonic())

    def turn(self) -> AbstractAsyncContextManager[None]:
        """The device's turn, for a test of its line: nothing else is said to it within the block."""
        return self._turns.turn()

    async def ask(
        self,
        air: Air,
        cluster_id: int,
        build: Callable[[int], ZclFrame],
        answer: Answer[T],
        timeout_s: float,
        attempts: int,
        *,
        to_client: bool = False,
    ) -> T:
        """Send what `build` makes for a sequence number until the answer comes. Raises DeviceSilentError where it
        does not, DeviceRefusedError at once where the device says no, LinkError where the radio cannot. For requests
        that do no harm when they arrive twice. `to_client`: the hub serves the cluster, and the device uses it.
        """
        async with self._turns.turn():
            endpoint = self._endpoint(air, cluster_id, to_client)
            future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            waiting = _Waiting(endpoint, cluster_id, answer, future)  # type: ignore[arg-type]
            self._waiting = waiting
            try:
                for _ in range(attempts):
                    frame = build(self.next_tsn())
                    waiting.on_the_air(frame)
                    await air.send_secured(self._device, endpoint, cluster_id, frame.tsn, frame.encode())
                    await asyncio.wait({future}, timeout=timeout_s)
                    if future.done():
                        return future.result()
            finally:
                self._waiting = None
                future.cancel()
        raise DeviceSilentError(f"{self._device} did not answer: {attempts} times {timeout_s:g} s")

    async def top_up(
        self, air: Air, code: Secret[str], timeout_s: float
    ) -> TopUpAnswer | NoAnswer | NotSent | NotReady:
        """Send a token once, before anything else that waits, and wait for the meter's own answer to it
        (`top_up_answers` says which that is).
        """
        async with self._turns.turn(urgent=True):
            future: asyncio.Future[TopUpAnswer] = asyncio.get_running_loop().create_future()
            try:
                endpoint = self._endpoint(air, prepayment.CLUSTER_ID)
                frame = prepayment.consumer_top_up(self.next_tsn(), code)
            except (LinkError, ValueError) as error:
                return NotSent(str(error))
            self._top_up = (endpoint, frame.tsn, future)
            self._top_up_answers.sent(frame.tsn, code, time.monotonic())
            unsent = True
            try:
                await air.send_secured(self._device, endpoint, prepayment.CLUSTER_ID, frame.tsn, frame.encode())
                unsent = False
                async with asyncio.timeout(timeout_s):
                    return await future
            except TimeoutError:
                return NoAnswer(f"the meter did not answer within {timeout_s:g} s")
            except DeviceRefusedError as error:
                return NotReady(str(error))
            except MaybeSentError as error:
                unsent = False
                return NoAnswer(str(error))
            except LinkError as error:
                return NotSent(str(error)) if unsent else NoAnswer(str(error))
            finally:
                if not future.done() or future.cancelled() or future.exception():
                    self._top_up_answers.gave_up(unsent=unsent)
                self._top_up = None

    def radio_lost(self, reason: str) -> None:
        """No answer can come any more: end the waiting."""
        error = LinkError(f"the radio was lost before {self._device} answered: {reason}")
        if self._waiting is not None and not self._waiting.future.done():
            self._waiting.future.set_exception(error)
        if self._top_up is not None and not self._top_up[2].done():
            self._top_up[2].set_exception(error)

    def hear(self, endpoint: int, cluster_id: int, frame: ZclFrame) -> bool:
        """A frame of this device: whether it was the answer to something. To be called with each, in order."""
        if self._is_top_up_response(cluster_id, frame):
            self._hear_top_up_response(endpoint, frame)
            return True
        if self._refuses_top_up(endpoint, cluster_id, frame):
            return True
        waiting = self._waiting
        if waiting is None or (endpoint, cluster_id) != (waiting.endpoint, waiting.cluster_id):
            return False
        if frame.tsn not in waiting.tsns or frame.to_client is not waiting.to_client or waiting.future.done():
            return False
        return self._answers(waiting, frame)

    def _answers(self, waiting: _Waiting, frame: ZclFrame) -> bool:
        if (refusal := _refusal(frame, waiting.command_id)) is not None:
            waiting.future.set_exception(DeviceRefusedError(f"{self._device} refuses: {refusal}"))
            return True
        wanted = waiting.answer
        if (frame.command_id, frame.cluster_command) != (wanted.command_id, wanted.cluster_command):
            return False
        try:
            with contextlib.suppress(WireError):
                waiting.future.set_result(wanted.parse(frame.payload))
        except LinkError as no:
            waiting.future.set_exception(no)
        return True

    @staticmethod
    def _is_top_up_response(cluster_id: int, frame: ZclFrame) -> bool:
        return (
            cluster_id == prepayment.CLUSTER_ID
            and frame.cluster_command
            and frame.to_client
            and frame.manufacturer is None
            and frame.command_id == prepayment.Response.CONSUMER_TOP_UP_RESPONSE
        )

    def _hear_top_up_response(self, endpoint: int, frame: ZclFrame) -> None:
        try:
            response = prepayment.parse_consumer_top_up_response(frame.payload)
        except WireError:
            return
        if response.source in (prepayment.OriginatingDevice.METER, prepayment.OriginatingDevice.IN_HOME_DISPLAY):
            return  # somebody typed a code at the meter or its display
        waited_for = self._top_up
        if not self._top_up_answers.takes(frame.tsn, time.monotonic()) or waited_for is None:
            return
        if endpoint == waited_for[0] and not waited_for[2].done():
            waited_for[2].set_result(response.answer)

    def _refuses_top_up(self, endpoint: int, cluster_id: int, frame: ZclFrame) -> bool:
        waited_for = self._top_up
        if (
            waited_for is None
            or not frame.to_client
            or (endpoint, cluster_id, frame.tsn) != (*_place(waited_for), waited_for[1])
        ):
            return False
        refusal = _refusal(frame, prepayment.Command.CONSUMER_TOP_UP)
        if refusal is None or waited_for[2].done():
            return False
        waited_for[2].set_exception(DeviceRefusedError(f"{self._device} refuses Consumer Top Up: {refusal}"))
        return True

    def _endpoint(self, air: Air, cluster_id: int, to_client: bool = False) -> int:
        find, does = (air.endpoint_using, "use") if to_client else (air.endpoint_serving, "serve")
        endpoint = find(self._device, cluster_id)
        if endpoint is None:
            raise LinkError(f"{self._device} is not on the network, or does not {does} cluster 0x{cluster_id:04X}")
        return endpoint

    def next_tsn(self) -> int:
        """The sequence number of a frame of the hub's own."""
        self._tsn = (self._tsn + 1) % 256
        return self._tsn


def _place(waited_for: tuple[int, int, asyncio.Future[TopUpAnswer]]) -> tuple[int, int]:
    return waited_for[0], prepayment.CLUSTER_ID


def _refusal(frame: ZclFrame, command_id: int) -> str | None:
    """The status of a Default Response to this command that says no; None for any other frame. Its direction is the
    caller's to look at.
    """
    if frame.cluster_command or frame.command_id != GeneralCommand.DEFAULT_RESPONSE:
        return None
    try:
        answered, status = parse_default_response(frame.payload)
    except WireError:
        return None
    return status_name(status) if answered == command_id and status else None
