"""`hubctl ping`: the line to a device, hop by hop."""

import argparse
import time
from datetime import datetime
from typing import Any

from hubd import console
from hubd.cli.argument_types import seconds
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.output import add_json, complain, fail, print_json

HELP = "test the line to a device, hop by hop; of one that sleeps, at its next wake"
EXAMPLES = """\
  hubctl ping electricity-1
  hubctl ping electricity-1 --json
  hubctl ping gas-1 --wait 3600
"""
EXITS = NO_DAEMON | {0: "it answered", 1: "it did not", 5: "it did not wake in time"}

_ASK_FOR_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The device, and patience."""
    parser.add_argument("device", help="alias (electricity-1) or IEEE address")
    parser.add_argument(
        "--wait", type=seconds, metavar="S", help="patience (default: 40 s; twice its interval for one that sleeps)"
    )
    add_socket(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 it answered, 1 it did not, 5 it did not wake within the time."""
    begun = console.ask(socket_of(args), {"do": "ping", "device": args.device, "wait_s": args.wait})
    if begun["asleep"]:
        complain(_when(begun))
    elif begun["polls"]:
        complain(f"{begun['alias']} sleeps between polls; it hears this at its next one, seconds from now")
    patience_s = begun["patience_s"]
    result = _await_result(args, begun["test"], time.monotonic() + patience_s)
    if result is None or result.get("withdrawn"):
        words = f"{begun['alias']} was not tested within {patience_s:g} s. Cure: ask again"
        return fail(args, words, Exit.NO_ANSWER)
    if args.json:
        print_json(result)
    else:
        _show(result)
    return Exit.OK if result["answered"] else Exit.REFUSED


def _when(begun: dict[str, Any]) -> str:
    every_s, at = begun["wakes_every_s"], begun["next_wake_unix_s"]
    expected = f"about {datetime.fromtimestamp(at).astimezone():%H:%M:%S}" if at else "a time that is not known yet"
    return f"{begun['alias']} sleeps and wakes every {every_s / 60:g} min; its next wake is expected at {expected}"


def _await_result(args: argparse.Namespace, test: str, give_up_at_s: float) -> dict[str, Any] | None:
    while True:
        wait_s = max(0.0, min(_ASK_FOR_S, give_up_at_s - time.monotonic()))
        result: dict[str, Any] = console.ask(
            socket_of(args), {"do": "ping_result", "test": test, "wait_s": wait_s}, timeout_s=wait_s + 10.0
        )
        if result.pop("done"):
            return result
        if not wait_s:
            return None


def _show(result: dict[str, Any]) -> None:
    if "reason" in result:
        print(f"{result['alias']}: {result['reason']}")
        return
    way = "" if result["last_hop"] in (None, "direct") else f" by way of {result['last_hop']}"
    secured = "under the link key" if result["secured"] else "under the network key"
    print(f"host -> radio     {_ms(result['host_to_radio_s'])}")
    print(
        f"radio -> device   {_ms(result['radio_to_device_s'])}  {result['confirm'] or 'the radio said nothing'}{way}"
    )
    print(f"device's answer   {_ms(result['device_answer_s'])}  {secured}")
    print(f"end to end        {_ms(result['end_to_end_s'])}  {_attempts(result)}".rstrip())
    heard = {
        "answer": result["lqi"],
        "radio's table": result["lqi_at_radio"],
        "device's table": result["lqi_at_device"],
    }
    told = [f"{lqi} ({where})" for where, lqi in heard.items() if lqi is not None]
    print(f"link quality      {', '.join(told) or 'not told'}  of 255")


def _ms(seconds: float | None) -> str:
    return "       -  " if seconds is None else f"{seconds * 1000:7.1f} ms"


def _attempts(result: dict[str, Any]) -> str:
    if not result["answered"]:
        return f"no answer in {result['attempts']} attempts"
    return "" if result["attempts"] == 1 else f"at attempt {result['attempts']}"
