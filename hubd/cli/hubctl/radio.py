"""`hubctl radio`: which radio the hub stands on, and to stand on another."""

import argparse
import getpass
import os
import sys
import time
from typing import Any

from hubd import console
from hubd.cli.argument_types import seconds
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.output import add_json, complain, fail, print_json
from hubd.errors import LinkError

HELP = "the radio this hub is bound to; migrate to another one; form its network anew"
EXAMPLES = """\
  hubctl radio show
  hubctl radio show --json
  hubctl radio migrate --by "A. Fitter, visit 4711"
  hubctl radio migrate --by "A. Fitter" --yes --json
  hubctl radio form --by "A. Fitter, visit 4711"   a new network on the same radio
"""

_SHOW = """\
  hubctl radio show
  hubctl radio show --json
"""
_MIGRATE = """\
  hubctl radio migrate --by "A. Fitter, visit 4711"
  hubctl radio migrate --by "A. Fitter" --yes --json

The radio that is there becomes this hub's; what it holds is erased, unless it is this hub's own network. Every device
of the old radio is to be admitted anew.
"""
_FORM = """\
  hubctl radio form --by "A. Fitter, visit 4711"
  hubctl radio form --by "A. Fitter" --yes --wait 300 --json

The network and its key are erased, and every device is to be admitted anew.
"""
_FORMED = NO_DAEMON | {
    0: "the network runs",
    1: "refused, or not confirmed",
    5: "not up in time; the hub keeps trying",
}

ASK_AGAIN_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs below."""
    below = parser.add_subparsers(metavar="WHAT", required=True)
    about = "the radio, its network, and whether it is this hub's"
    show = below.add_parser("show", **page(about, _SHOW, NO_DAEMON | {0: "the radio is up", 1: "it is not"}))
    add_socket(show)
    add_json(show)
    show.set_defaults(run=_show)
    about = "stand on the radio that is there from now on; reported to the utility"
    migrate = below.add_parser("migrate", **page(about, _MIGRATE, _FORMED))
    about = "form a new network, with a new key, on this hub's radio; reported as well"
    form = below.add_parser("form", **page(about, _FORM, _FORMED))
    for each, run_it in ((migrate, _migrate), (form, _form)):
        each.add_argument("--by", default=_login(), help="who asks for it, as reported (default: %(default)s)")
        each.add_argument("--yes", action="store_true", help="do not ask for confirmation")
        each.add_argument(
            "--wait", type=seconds, default=120.0, metavar="S", help="wait for the network (default %(default)s)"
        )
        add_socket(each)
        add_json(each)
        each.set_defaults(run=run_it)


def _login() -> str:
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return ""


def _show(args: argparse.Namespace) -> int:
    """Exit code 1 unless the radio is up."""
    radio = console.ask(socket_of(args), {"do": "radio"})
    if args.json:
        print_json(radio)
    else:
        print(f"radio     {radio['state']}  at {radio['path']}")
        print(f"bound to  {_identity(radio['bound'])}")
        print(f"found     {_identity(radio['found'])}")
        if radio["channel"] is not None:
            print(f"network   PAN {radio['pan_id']}, channel {radio['channel']}")
            print(f"firmware  {radio['firmware']}")
        if radio["reason"]:
            print(f"reason    {radio['reason']}")
    return Exit.OK if radio["state"] == "up" else Exit.REFUSED


def _identity(identity: dict[str, Any] | None) -> str:
    if identity is None:
        return "nothing yet"
    network = identity["extended_pan_id"]
    return f"{identity['coordinator']}  " + (f"network {network}" if network else "no network")


def _migrate(args: argparse.Namespace) -> int:
    """Exit codes: 0 the network runs on the new radio, 1 refused, 5 not up within the time."""
    socket = socket_of(args)
    radio = console.ask(socket, {"do": "radio"})
    found = radio["found"] or {}
    if radio["state"] == "foreign" and not args.yes and not _confirmed(radio):
        return fail(args, "not confirmed: nothing was changed. Cure: type yes, or say --yes", Exit.REFUSED)
    question = {"do": "radio_migrate", "to": found.get("coordinator"), "by": args.by}
    migrated = console.ask(socket, question)
    up = _await_up(args, old=None)
    if args.json:
        print_json({**migrated, "state": up["state"], "network": up["bound"]["extended_pan_id"]})
    elif up["state"] == "up":
        print(f"the utility HAN runs on {migrated['new']}; devices of the old radio are to be admitted anew")
    else:
        complain(f"the radio is not up within {args.wait:g} s; the hub keeps trying (hubctl radio show)")
    return Exit.OK if up["state"] == "up" else Exit.NO_ANSWER


def _form(args: argparse.Namespace) -> int:
    """Exit codes: 0 the new network runs, 1 refused, 5 not up within the time."""
    socket = socket_of(args)
    radio = console.ask(socket, {"do": "radio"})
    if radio["state"] == "up" and not args.yes and not _erasure_confirmed(radio):
        return fail(args, "not confirmed: nothing was changed. Cure: type yes, or say --yes", Exit.REFUSED)
    on = (radio["bound"] or {}).get("coordinator")
    formed = console.ask(socket, {"do": "radio_form", "on": on, "by": args.by})
    up = _await_up(args, old=formed["old_network"])
    if args.json:
        print_json({**formed, "state": up["state"], "network": up["bound"]["extended_pan_id"]})
    elif up["state"] == "up":
        print(f"network {up['bound']['extended_pan_id']} runs; every device is to be admitted anew")
    else:
        complain(f"the radio is not up within {args.wait:g} s; the hub keeps trying (hubctl radio show)")
    return Exit.OK if up["state"] == "up" else Exit.NO_ANSWER


def _erasure_confirmed(radio: dict[str, Any]) -> bool:
    print(f"radio  {_identity(radio['bound'])}", file=sys.stderr)
    print(
        "Its network and key are erased, and another network is formed; every device must be admitted anew.\n"
        "The utility is told who did it.",
        file=sys.stderr,
    )
    return _said_yes("Form anew?")


def _said_yes(question: str) -> bool:
    print(f"{question} Type yes: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    return answer.strip() == "yes"


def _confirmed(radio: dict[str, Any]) -> bool:
    print(f"old radio  {_identity(radio['bound'])}", file=sys.stderr)
    print(f"new radio  {_identity(radio['found'])}", file=sys.stderr)
    print(
        "Every device trusts the old radio and must be admitted anew. What the new radio holds is erased,\n"
        "unless it is this hub's own network. The utility is told who did it.",
        file=sys.stderr,
    )
    return _said_yes("Migrate?")


def _await_up(args: argparse.Namespace, old: str | None) -> dict[str, Any]:
    """Until a network runs that is not the old one, or the time is over: then the state is not `up`."""
    give_up_at_s = time.monotonic() + args.wait
    complain("the network is being brought up ...")
    while True:
        try:
            radio: dict[str, Any] = console.ask(socket_of(args), {"do": "radio"})
        except LinkError:
            radio = {"state": "lost", "bound": {"extended_pan_id": None}}
        if radio["state"] == "up" and radio["bound"]["extended_pan_id"] in (None, old):
            radio["state"] = "lost"
        if radio["state"] == "up" or time.monotonic() > give_up_at_s:
            return radio
        time.sleep(ASK_AGAIN_S)
