"""`hubctl bench grid`: what the grid does to the supply of a running house."""

import argparse
from pathlib import Path
from typing import Any

from hubd import console
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.output import add_json, print_json

EXAMPLES = """\
  hubctl bench grid trip lock-out
  hubctl bench grid supply on
  hubctl bench grid state
"""
_TRIP = """\
  hubctl bench grid trip recloser-success
  hubctl bench grid trip lock-out
  hubctl bench grid trip blown-fuse --on hub-0001
  hubctl bench grid trip recloser.toml

  recloser.toml:  supply = [[5, 0.1], [5, 2], ["off"]], or [recloser] and [fault]
"""
_SUPPLY = """\
  hubctl bench grid supply off --hub hub-0001
  hubctl bench grid supply on
"""
_STATE = """\
  hubctl bench grid state
  hubctl bench grid state --json
"""
NO_HOUSE = {int(Exit.UNREACHABLE): "no house runs in --house"}
"""Among the exit codes of every verb that speaks to a running house."""


def add(below: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The verb and those below it."""
    about = "take supply away from a running house, as a feeder's recloser does"
    grid = below.add_parser("grid", **page(about, EXAMPLES, NO_HOUSE | {0: "done", 1: "refused"}))
    verbs = grid.add_subparsers(metavar="WHAT", required=True)
    about = "play a story, or a sequence from a file"
    trip = verbs.add_parser(
        "trip", **page(about, _TRIP, NO_HOUSE | {0: "it runs", 1: "another runs, or no such story"})
    )
    trip.add_argument("story", metavar="STORY|FILE", help="recloser-success, lock-out, blown-fuse, or a TOML file")
    trip.add_argument("--on", metavar="HUB", help="the hub that it happens to (default: the first; a sequence: all)")
    trip.set_defaults(run=_trip)
    about = "put supply on or off by hand; it ends a story"
    supply = verbs.add_parser("supply", **page(about, _SUPPLY, NO_HOUSE | {0: "done", 1: "no such hub"}))
    supply.add_argument("level", choices=("on", "off"), metavar="on|off", help="what the supply is from now on")
    supply.add_argument("--hub", metavar="HUB", help="only this hub's (default: everybody's)")
    supply.set_defaults(run=_supply)
    state = verbs.add_parser("state", **page("who has supply", _STATE, NO_HOUSE | {0: "shown"}))
    state.set_defaults(run=_state)
    for verb in (trip, supply, state):
        verb.add_argument(
            "--house", type=Path, default=Path(".bench"), help="the house's folder (default %(default)s)"
        )
        add_json(verb)


def _trip(args: argparse.Namespace) -> int:
    known = Path(args.story)
    story = str(known.absolute()) if known.exists() else args.story
    told = _ask(args, {"do": "trip", "story": story, "on": args.on})
    if args.json:
        print_json(told)
        return Exit.OK
    for hub, edges in told["hubs"].items():
        print(f"{hub}  " + ", ".join(f"{at_s:g} s {level}" for at_s, level in edges))
    print("it runs now; follow it in the house's view, or with hubctl status")
    return Exit.OK


def _supply(args: argparse.Namespace) -> int:
    question = {"do": "supply", "on": args.level == "on"} | ({"hub": args.hub} if args.hub else {})
    return _show(args, _ask(args, question))


def _state(args: argparse.Namespace) -> int:
    return _show(args, _ask(args, {"do": "state"}))


def _show(args: argparse.Namespace, state: Any) -> int:
    if args.json:
        print_json(state)
        return Exit.OK
    for hub, level in state["hubs"].items():
        print(f"{hub}  {level}")
    if state["story"]:
        print(f"being played: {state['story']}")
    return Exit.OK


def _ask(args: argparse.Namespace, question: dict[str, Any]) -> Any:
    return console.ask(args.house / "grid" / "control.sock", question)
