"""One question, one answer, over a Unix socket: a line of JSON each way. The daemons' and the bench's consoles.

The socket is made with mode 0600: who may open it is the file system's decision.
"""

import asyncio
import contextlib
import logging
import math
import os
import socket
import stat
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from hubd.errors import ConfigurationError, HubdError, LinkError

log = logging.getLogger(__name__)

MAX_LINE_BYTES = 1_048_576
ASKED_BY_UID = "asked_by_uid"
"""In a question, where `serve` is to say it: the user who asks, as the kernel knows it; -1 where it does not."""

Answerer = Callable[[dict[str, Any]], Awaitable[Any]]
"""Takes the question (`do` names it) and returns what JSON can hold. A HubdError becomes the answer's `error`."""


async def serve(path: Path, answer: Answerer, *, say_who: bool = False) -> None:
    """Answer on the socket until cancelled. A socket left by a dead process is replaced. `say_who`: every question
    carries ASKED_BY_UID, whatever the asker wrote there. Raises ConfigurationError where the socket cannot be made.
    """
    mask = os.umask(0o177)
    try:
        _remove_dead(path)
        server = await asyncio.start_unix_server(
            lambda reader, writer: _converse(reader, writer, answer, say_who), path=str(path), limit=MAX_LINE_BYTES
        )
    except OSError as error:
        cure = "Cure: see that its folder is there and is ours"
        raise ConfigurationError(f"{path}: no console can be opened: {error.strerror or error}. {cure}") from None
    finally:
        os.umask(mask)
    ours = path.stat().st_ino
    try:
        async with server:
            await server.serve_forever()
    finally:
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == ours:  # another's, who came after us, stays
                path.unlink()


def _remove_dead(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ConfigurationError(f"{path}: is no socket; it is left alone. Cure: remove it, or name another")
        path.unlink()


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answerer, say_who: bool
) -> None:
    try:
        known = {ASKED_BY_UID: _peer(writer)} if say_who else {}
        while line := await reader.readline():
            writer.write(msgspec.json.encode(await _answer(line, answer, known)) + b"\n")
            await writer.drain()
    except (ConnectionError, ValueError):
        pass  # the asker went away, or sent a line past the limit
    finally:
        writer.close()


def _peer(writer: asyncio.StreamWriter) -> int:
    """SO_PEERCRED (unix(7)); Linux alone has it."""
    link = writer.get_extra_info("socket")
    option = getattr(socket, "SO_PEERCRED", None)
    if link is None or option is None:
        return -1
    return int(struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))[1])


async def _answer(line: bytes, answer: Answerer, known: dict[str, Any]) -> dict[str, Any]:
    try:
        question = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError as error:
        return {"error": f"not a JSON object: {error}"}
    try:
        return {"ok": await answer({**question, **known})}
    except HubdError as error:
        return {"error": str(error)}
    except (TypeError, ValueError, OverflowError) as fault:  # its own words may hold what stands in the question
        log.warning("a question could not be answered: %s", type(fault).__name__)
        return {"error": f"the question has not its form ({type(fault).__name__}): look at the types of its fields"}


def seconds(question: dict[str, Any], name: str, otherwise: float) -> float:
    """A span of time that the question gives, or the other one. Raises ConsoleRefusedError where it is none."""
    given = question.get(name)
    span_s = otherwise if given is None else float(given)
    if not 0.0 <= span_s < math.inf:
        raise ConsoleRefusedError(f"{name}: {span_s:g} is no span of time: seconds, 0 or more")
    return span_s


class ConsoleRefusedError(HubdError):
    """The daemon understood the question and answered with no."""


def ask(path: Path, question: dict[str, Any], timeout_s: float = 30.0) -> Any:
    """Ask once and return the answer; for commands, not for daemons (it blocks). Raises LinkError where nobody
    listens or no answer comes, ConsoleRefusedError with the daemon's own words where it says no.
    """
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(timeout_s)
            link.connect(str(path))
            link.sendall(msgspec.json.encode(question) + b"\n")
            line = link.makefile("rb").readline()
    except TimeoutError:
        raise LinkError(f"{path}: no answer within {timeout_s:g} s") from None
    except OSError as error:
        raise LinkError(
            f"{path}: nobody answers ({error.strerror}). Cure: start the daemon, or name its socket"
        ) from None
    if not line:
        raise LinkError(f"{path}: the daemon closed the line without an answer")
    reply = msgspec.json.decode(line, type=dict[str, Any])
    if "error" in reply:
        raise ConsoleRefusedError(reply["error"])
    return reply["ok"]
