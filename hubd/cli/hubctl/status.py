"""`hubctl status`: radio, WAN, backlog."""

import argparse
from typing import Any

from hubd import console
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.output import add_json, print_json, say

HELP = "how the hub stands: radio, WAN, backlog, top-ups under way"
EXAMPLES = """\
  hubctl status
  hubctl status --json
"""
EXITS = NO_DAEMON | {0: "radio and WAN are up", 1: "one of them is not"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The socket."""
    add_socket(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 1 where the radio or the WAN is down, so that a script can wait for both."""
    status = console.ask(socket_of(args), {"do": "status"})
    up = status["radio"]["state"] == "up" and status["wan"]["connected"]
    if args.json:
        print_json(status)
        return Exit.OK if up else Exit.REFUSED
    radio = status["radio"]
    say(f"hub        {status['hub']}  (hubd {status['software']})")
    say(f"radio      {radio['state']}" + (f"  {radio['reason']}" if radio["reason"] else ""))
    say(f"WAN        {'connected' if status['wan']['connected'] else 'not connected; what waits is kept on disk'}")
    say(f"devices    {status['devices']}")
    say(f"top-ups    {status['top_ups_under_way']} under way")
    waiting = ", ".join(f"{count} {lane}" for lane, count in status["backlog"].items() if count)
    say(f"backlog    {waiting or 'nothing waits for the head-end'}")
    if status["not_written"]:
        say(f"card       {status['not_written']}. Meters and orders stand still")
    say(f"time       {status['time_trust']}")
    say(f"supply     {_supply(status['supply'])}")
    return Exit.OK if up else Exit.REFUSED


def _supply(supply: dict[str, Any]) -> str:
    """The hub's own supply. Whether a meter lets energy through is another fact: `hubctl devices`."""
    if not supply["sensed"]:
        return "not sensed: no [supply] in the configuration"
    if supply["state"] == "unknown":
        return "not looked at yet"
    words = [f"{supply['state']} for {supply['since_s_ago']:.0f} s", str(supply["phase"]).replace("_", " ")]
    if supply["outage"] is not None:
        words.append(f"{supply['operations']} losses in this event")
    if supply["alert"] is not None:
        words.append(f"{supply['alert']} {'stored by the head-end' if supply['alert_stored'] else 'not stored yet'}")
    if supply["unwritten"]:
        words.append("NOT WRITTEN DOWN")
    if "capacitor" in supply:
        age = {"unknown": "age unknown"}.get(supply["capacitor"], str(supply["capacitor"]).replace("_", " "))
        words.append(f"capacitor {supply['capacitor_v']:.2f} V, {age}")
    not_shed = [
        name for name, said in supply["shed"].items() if said not in ("done", "nothing to do by configuration")
    ]
    if not_shed:
        words.append(f"could not be shed: {', '.join(not_shed)}")
    return ", ".join(words)
