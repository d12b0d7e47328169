"""`hubctl head`: the reference head-end, a file a verb."""

import argparse

from hubd.cli.hubctl.head_place import add_home
from hubd.cli.output import add_json
from hubd.cli.verbs import add_verb

HELP = "the reference head-end: vending, signed commands, the ledger, and what hubs have sent"
EXAMPLES = """\
  hubctl head init .bench/headend --hub hub-0001 --broker 127.0.0.1:8883
  hubctl head listen
  hubctl head debt --meter 000001000000000082 --set 50.00 --percent 20
  hubctl head vend --meter 000001000000000082 --amount 10.00 --request till-7-0001
  hubctl head ledger --meter 000001000000000082
  hubctl head outages --watch
"""

VERBS = (
    "init",
    "listen",
    "vend",
    "reprint",
    "reverse-advice",
    "key-change",
    "trial",
    "debt",
    "ledger",
    "statement",
    "statements",
    "audit",
    "backup",
    "restored",
    "orders",
    "meter-add",
    "meters",
    "admit",
    "remove",
    "read",
    "prepayment",
    "status",
    "topology",
    "outages",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A verb below this one for each duty; all but `init` take --home, all take --json."""
    below = parser.add_subparsers(metavar="VERB", required=True)
    for name in VERBS:
        inner = add_verb(below, name, f"hubd.cli.hubctl.head_{name.replace('-', '_')}")
        if name != "init":
            add_home(inner)
        add_json(inner)
