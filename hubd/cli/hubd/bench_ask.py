"""`hubd bench ask`: one question to a part of the virtual house."""

import argparse
import json
from pathlib import Path
from typing import Any

from hubd import console
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.output import print_json
from hubd.errors import ConfigurationError

_EXAMPLES = """\
  hubd bench ask /tmp/air.sock devices
  hubd bench ask /tmp/air.sock fault kind=freeze for_s=20
  hubd bench ask /tmp/air.sock fault kind=confirm_failed count=3 ieee=kettle
  hubd bench ask /tmp/air.sock burst per_s=50 count=500
  hubd bench ask /tmp/air.sock power ieee=kettle on=false
"""
_EXITS = {0: "answered", 1: "refused", 3: "a word is not KEY=VALUE", 4: "nobody answers on SOCKET"}


def add(below: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The verb."""
    about = "ask a coordinator's control socket: faults, load, devices"
    words = "Put one question to the control socket of a virtual coordinator. Prints the answer as JSON."
    parser = below.add_parser("ask", **page(about, _EXAMPLES, _EXITS, description=words))
    parser.set_defaults(run=_run)
    parser.add_argument("socket", type=Path, metavar="SOCKET", help="the path given to --control")
    parser.add_argument(
        "what",
        metavar="WHAT",
        help="devices, fault, faults, burst, sent, meter, power, set, leave, rekey, loss, octets, keys or account",
    )
    parser.add_argument("values", nargs="*", metavar="KEY=VALUE", help="what the question needs")
    parser.add_argument("--json", action="store_true", help="an error as JSON too")


def _run(args: argparse.Namespace) -> int:
    question: dict[str, Any] = {"do": args.what}
    for word in args.values:
        key, equals, value = word.partition("=")
        if not equals:
            raise ConfigurationError(f"{word!r} is not of the form KEY=VALUE. Cure: as for_s=20")
        question[key] = _value(value)
    print_json(console.ask(args.socket, question))
    return Exit.OK


def _value(text: str) -> object:
    """A number, true or false, where it is one; else the text itself."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
