"""The line to one device, hop by hop: host to radio, radio to device, and the device's own answer.

A Read Attributes goes out, under the link key where the device serves a Smart Energy cluster, and each station on
its way is timed: the radio's echo over its own line, the radio's data confirm (the device's APS layer acknowledged,
or did not), the answer. A confirm is found by its sequence number alone, as MT has no other mark: with another frame
under the same number on the air at that moment it may be the other's.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import zigpy.types as t
import zigpy_znp.commands as c  # type: ignore[import-untyped]

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.zigbee.se import profile
from hubd.zigbee.zcl.general import GeneralCommand, read_attributes

_PROBED: Final = ((profile.METERING, 0x0200), (profile.PREPAYMENT, 0x0000), (profile.BASIC, 0x0000))
"""Where to ask, best first: Status, Payment Control Configuration, ZCLVersion. Any answer will do."""
_ECHO_WITHIN_S: Final = 2.0
_NEIGHBOURS_WITHIN_S: Final = 1.5
_PAGES: Final = 24


@dataclass(frozen=True, slots=True)
class LineTest:
    """What was found. Times in seconds; None: that station was not reached, or does not tell. `lqi` from 0 to 255."""

    device: Eui64
    answered: bool
    attempts: int
    secured: bool
    host_to_radio_s: float | None
    radio_to_device_s: float | None
    device_answer_s: float | None
    """From the device's acknowledgement (or, without one, from the sending) to its answer."""
    end_to_end_s: float | None
    confirm: str | None
    """The radio's word on the delivery, as MT names it."""
    lqi: int | None
    """Of the answer, as the radio heard it."""
    last_hop: str | None
    """`direct`, or the short address of the router that handed the answer over."""
    lqi_at_radio: int | None
    """In the radio's table of neighbours."""
    lqi_at_device: int | None
    """Of the radio, in the device's table of neighbours; sleeping devices have none."""


class Line(Protocol):
    """What the test needs of the application."""

    def endpoint_serving(self, device: Eui64, cluster_id: int) -> int | None:
        """The endpoint to ask."""

    async def send_secured(self, device: Eui64, endpoint: int, cluster_id: int, tsn: int, data: bytes) -> None:
        """Send under the link key. Raises LinkError."""

    async def send_unsecured(self, device: Eui64, endpoint: int, cluster_id: int, tsn: int, data: bytes) -> None:
        """Send under the network key. Raises LinkError."""


@dataclass(slots=True)
class _Marks:
    """Moments of one attempt, on the monotonic clock."""

    sent_s: float = 0.0
    taken_s: float | None = None
    confirmed_s: float | None = None
    confirm: str | None = None
    answered_s: float | None = None
    lqi: int | None = None
    last_hop: str | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)


async def run(
    znp: Any, line: Line, device: Eui64, nwk: t.NWK, next_tsn: Callable[[], int], timeout_s: float, attempts: int
) -> LineTest:
    """Test the line, but for the tables of neighbours (`lqi_of`). Raises LinkError where the device serves nothing
    that can be asked, or the radio takes nothing.
    """
    endpoint, cluster_id, attribute = _place(line, device)
    echo_s = await _echo(znp)
    secured = profile.needs_link_key(cluster_id)
    send = line.send_secured if secured else line.send_unsecured
    marks, attempt = _Marks(), 0
    while attempt < attempts and marks.answered_s is None:
        attempt += 1
        tsn = next_tsn()
        data = read_attributes(tsn, (attribute,)).encode()
        marks = _Marks()
        with _listening(znp, marks, nwk, cluster_id, tsn, secured=secured):
            marks.sent_s = time.monotonic()
            await send(device, endpoint, cluster_id, tsn, data)
            marks.taken_s = time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await marks.done.wait()
    return _result(device, marks, attempt, echo_s, secured=secured)


def _result(device: Eui64, marks: _Marks, attempts: int, echo_s: float | None, *, secured: bool) -> LineTest:
    since_s = marks.confirmed_s if marks.confirmed_s is not None else marks.taken_s
    return LineTest(
        device=device,
        answered=marks.answered_s is not None,
        attempts=attempts,
        secured=secured,
        host_to_radio_s=echo_s,
        radio_to_device_s=_between(marks.taken_s, marks.confirmed_s if marks.confirm == "SUCCESS" else None),
        device_answer_s=_between(since_s, marks.answered_s),
        end_to_end_s=_between(marks.sent_s, marks.answered_s),
        confirm=marks.confirm,
        lqi=marks.lqi,
        last_hop=marks.last_hop,
        lqi_at_radio=None,
        lqi_at_device=None,
    )


def _between(start_s: float | None, end_s: float | None) -> float | None:
    return None if start_s is None or end_s is None else max(0.0, end_s - start_s)


def _place(line: Line, device: Eui64) -> tuple[int, int, int]:
    for cluster_id, attribute in _PROBED:
        if (endpoint := line.endpoint_serving(device, cluster_id)) is not None:
            return endpoint, cluster_id, attribute
    raise LinkError(f"{device} is not on the network, or serves nothing that could be asked")


async def _echo(znp: Any) -> float | None:
    started_s = time.monotonic()
    try:
        async with asyncio.timeout(_ECHO_WITHIN_S):
            await znp.request(c.SYS.Ping.Req())
    except Exception:  # whatever zigpy raises over a radio that is silent
        return None
    return time.monotonic() - started_s


@contextlib.contextmanager
def _listening(znp: Any, marks: _Marks, nwk: t.NWK, cluster_id: int, tsn: int, *, secured: bool) -> Any:
    def confirmed(told: Any) -> None:
        if marks.confirm is None:
            marks.confirmed_s, marks.confirm = time.monotonic(), str(told.Status.name)

    def came(told: Any) -> None:
        data = bytes(told.Data)
        is_answer = len(data) > 2 and data[1] == tsn and data[2] == GeneralCommand.READ_ATTRIBUTES_RESPONSE
        if is_answer and marks.answered_s is None and (told.SecurityUse or not secured):
            marks.answered_s, marks.lqi = time.monotonic(), int(told.LQI)
            marks.last_hop = "direct" if told.MacSrcAddr in (nwk, 0xFFFF) else f"0x{told.MacSrcAddr:04x}"
            marks.done.set()

    listeners = [
        znp.callback_for_response(
            c.AF.DataConfirm.Callback(partial=True, TSN=tsn, Endpoint=profile.ENDPOINT), confirmed
        ),
        znp.callback_for_response(c.AF.IncomingMsg.Callback(partial=True, SrcAddr=nwk, ClusterId=cluster_id), came),
    ]
    try:
        yield
    finally:
        for listener in listeners:
            znp.remove_listener(listener)


async def lqi_of(neighbour: t.EUI64, ask: Callable[[int], Awaitable[Any]]) -> int | None:
    """The link quality of a neighbour in somebody's table, by Mgmt_Lqi_req; `ask` takes the start index. None where
    it does not stand there, or nobody answers in time.
    """
    with contextlib.suppress(Exception):  # optional in the specification, and zigpy raises of every kind
        async with asyncio.timeout(_NEIGHBOURS_WITHIN_S):
            start = 0
            for _ in range(_PAGES):
                _, table = await ask(start)
                for entry in table.NeighborTableList:
                    if entry.ieee == neighbour:
                        return int(entry.lqi)
                start += len(table.NeighborTableList)
                if not table.NeighborTableList or start >= table.Entries:
                    return None
    return None
