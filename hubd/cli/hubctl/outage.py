"""`hubctl outage replay`: run a written sequence of losses through the last-gasp rules."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.hubctl import supply_input as given
from hubd.cli.output import add_json, fail, print_json
from hubd.power import sequence
from hubd.power.replay import Supplied, Told, replay
from hubd.power.rules import Policy, Rules

HELP = "what the hub tells of a sequence of losses of supply"
EXAMPLES = """\
  hubctl outage replay recloser.toml
  hubctl outage replay recloser.toml --policy earliest --json
  hubctl outage replay recloser.toml --capacitor 20 --load 3/1.5/3.5/2 --aged

  recloser.toml:  supply = [[5, 0.1], [5, 0.1], [5, 2], ["off"]]
"""
_SAID = {
    "alert": "alert: the supply is gone",
    "provisional": "provisional alert: no energy to wait for more",
    "restored": "restored: supply has held for 60 s",
    "momentary": "momentary event closed: supply has held for 60 s",
    "silent": "the hub goes down without an alert: no energy",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One verb below this one."""
    below = parser.add_subparsers(metavar="WHAT", required=True)
    player = below.add_parser(
        "replay",
        **page(
            "run a sequence file through the rules",
            EXAMPLES,
            {0: "played", 3: "the file cannot be used, or figures that do not go together"},
            description="Run a sequence file through the rules. Without --capacitor and --load energy is sufficient.",
        ),
    )
    player.add_argument("file", type=Path, metavar="FILE", help='TOML: supply = [[off, on], ..., ["off"]]')
    player.add_argument(
        "--policy", choices=[policy.value for policy in Policy], default="confirmed", help="(default: %(default)s)"
    )
    player.add_argument("--capacitor", type=given.farads, metavar="F", help="its capacitance when new")
    player.add_argument("--load", type=given.watts, metavar="W", help="watts: one, or usual/shed/sending/shutdown")
    player.add_argument("--aged", action="store_true", help="the capacitor is at the end of its life")
    player.add_argument("--charge", type=given.not_negative, default=5.0, metavar="W", help="while on (%(default)s)")
    given.add_capacitor(player)
    add_json(player)


def run(args: argparse.Namespace) -> int:
    """Print what is told, in order."""
    if (args.capacitor is None) != (args.load is None):
        words = "--capacitor and --load go together. Cure: name both, or neither for energy enough"
        return fail(args, words, Exit.USAGE)
    told = replay(sequence.read(args.file), Rules(Policy(args.policy)), _supplied(args))
    if args.json:
        print_json([item for item in told if item.event != "silent"])
        return Exit.OK
    for item in told:
        print(_line(item))
    if not told:
        print("nothing is told")
    return Exit.OK


def _supplied(args: argparse.Namespace) -> Supplied | None:
    if args.capacitor is None:
        return None
    capacitor = given.capacitor(args, args.capacitor).aged(float(args.aged)).at(args.temperature)
    return Supplied(capacitor, args.load, charge_w=args.charge)


def _line(item: Told) -> str:
    losses = "1 loss of supply" if item.operations == 1 else f"{item.operations} losses of supply"
    return f"{item.t:10.3f} s  {_SAID[item.event]} ({losses})"
