"""`hubctl read`: ask a meter now."""

import argparse
from typing import Any

from hubd import console
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.devices import kwh, money, shown
from hubd.cli.output import add_json, fail, print_json, say

HELP = "ask a meter now, over the radio; one that sleeps at its next wake"
EXAMPLES = """\
  hubctl read electricity-1
  hubctl read 00:0d:6f:00:0a:90:69:e7 --json
"""
EXITS = NO_DAEMON | {0: "read", 1: "no such meter", 5: "it does not answer"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter."""
    parser.add_argument("meter", help="alias (electricity-1) or IEEE address")
    add_socket(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 5 where the meter does not answer."""
    answer = console.ask(socket_of(args), {"do": "read", "device": args.meter}, timeout_s=60.0)
    if "no_answer" in answer:
        return fail(args, answer["no_answer"], Exit.NO_ANSWER)
    if args.json:
        print_json(answer)
        return Exit.OK
    say(f"{answer['alias']}  {answer['address']}")
    if answer.get("asleep"):
        _print_asleep(answer)
    if answer.get("volume_l") is not None:
        say(f"  gas      {kwh(answer['volume_l'])} m3")
    else:
        say(f"  import   {kwh(answer.get('import_wh'))} kWh")
    if answer.get("export_wh") is not None:
        say(f"  export   {kwh(answer['export_wh'])} kWh")
    if answer.get("power_w") is not None:
        say(f"  power    {answer['power_w']} W")
    say(f"  supply   {shown(answer.get('supply'))}")
    if answer.get("balance_e5") is not None:
        say(f"  balance  {money(answer['balance_e5'])}")
    return Exit.OK


def _print_asleep(answer: dict[str, Any]) -> None:
    woke = answer.get("woke_s_ago")
    last = "it has not woken yet" if woke is None else f"last {woke:.0f} s ago"
    say(f"  asleep   wakes every {answer['wakes_every_s']:.0f} s, {last}; the reading is ordered for its next wake")
    if answer.get("age_s") is not None:
        say(f"  below    what is known, {answer['age_s']:.0f} s old")
