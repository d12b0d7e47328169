"""Running a daemon from the command line: logs for journald or a terminal, an orderly end on SIGTERM."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from hubd.cli.exit_codes import Exit, ended_by
from hubd.cli.output import complain
from hubd.errors import HubdError

_log = logging.getLogger(__name__)

EXITS = {
    0: "ended by SIGTERM or Ctrl-C",
    1: "it cannot go on",
    3: "the configuration cannot be used",
    4: "what it needs is not reached",
    6: "another daemon works on its state",
}
"""How both daemons end."""
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Journald(logging.Formatter):
    """One line a record with the priority prefix that journald reads."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\n", " | ")
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{text}"


def log_to_stderr(verbose: bool, frames: bool = False) -> None:
    """Send the log to stderr: with priorities under a service manager, with times otherwise. `frames`: what the radio
    stack says too, frames with keys and codes in them among it.
    """
    handler = logging.StreamHandler(sys.stderr)
    if "JOURNAL_STREAM" in os.environ:
        handler.setFormatter(_Journald("%(name)s: %(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("hubd").setLevel(logging.DEBUG if verbose else logging.INFO)
    # The radio stack prints frames whole, its errors too: keys and codes reach a log by somebody's wish alone.
    for name in ("zigpy", "zigpy_znp", "serialx", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.DEBUG if frames else logging.CRITICAL)
    logging.getLogger("mqtt").setLevel(logging.WARNING)
    if frames:
        _log.warning("--log-frames: keys and codes are printed from here on; show this log to nobody")


def run_daemon(daemon: Coroutine[Any, Any, None]) -> int:
    """Run until SIGTERM or SIGINT, which cancel it. Returns the exit code; our own errors become a sentence."""
    try:
        asyncio.run(_until_signal(daemon))
    except (HubdError, OSError, BaseExceptionGroup) as raised:
        if (ended := ended_by(raised)) is None:
            raise
        _log.debug("ended by", exc_info=raised)
        words, code = ended
        complain(words)
        return code
    return Exit.OK


async def _until_signal(daemon: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(daemon)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        pass
