"""`hubctl pair`: the installer's console. Shows the visit live, and takes what only the installer knows."""

import argparse
from pathlib import Path
from typing import Any

from hubd import console
from hubd.cli.argument_types import seconds
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import Exits, page
from hubd.cli.hubctl import pair_note, pair_watch
from hubd.cli.output import add_json, print_json
from hubd.cli.written_file import write_document

HELP = "the installer's visit, live: each device, each step, what is waited for, and what to do when it fails"
EXAMPLES = """\
  hubctl pair                         wait for a visit and watch it; Ctrl-C leaves it running
  hubctl pair --visit 2026-11-23-a    this one; of one that is closed, tell how it ended
  hubctl pair --wait 300 --json       one JSON line a change, for at most five minutes
  hubctl pair retry electricity-1     try the step again that holds a device up
  hubctl pair note --file visit.toml  old meters' figures; until five days after the end
  hubctl pair close                   end the visit with what it has come to
  hubctl pair statement --html statement.html

Devices come in by the security centre's signed command only (hubctl head admit); trial tokens come from the vending
office (hubctl head trial). The visit goes on in the daemon whether anybody watches or not; a restart of the daemon is
waited through.
"""
EXITS = NO_DAEMON | {
    0: "the visit is closed, every device in service",
    1: "closed with devices that are not, or one is held and the time is over",
    5: "under way or still to come when the time was over",
}
_RETRY = ("  hubctl pair retry electricity-1\n", {0: "asked for", 1: "there is nothing to retry"})
_CLOSE = (
    "  hubctl pair close\n  hubctl pair close --visit 2026-11-23-a --json\n",
    {0: "closed", 1: "no such visit is open"},
)
_STATEMENT = (
    "  hubctl pair statement\n  hubctl pair statement --visit 2026-11-23-a --html statement.html\n",
    {0: "shown or written", 1: "there is none yet", 3: "the page cannot be written"},
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Watching is the verb without a verb below it."""
    parser.add_argument(
        "--wait", type=seconds, metavar="S", help="watch at most so long (default: until it is closed)"
    )
    parser.add_argument(
        "--visit", metavar="NAME", help="watch this one (default: the one that is open, else the next)"
    )
    add_socket(parser)
    add_json(parser)
    below = parser.add_subparsers(metavar="VERB", required=False)
    retry = _below(below, "retry", "try the step again that holds a device up", _RETRY, run_retry)
    retry.add_argument("device", help="alias (electricity-1) or IEEE address")
    note = _below(below, "note", "the old meters' figures, and remarks", pair_note.HELP_PAGE, pair_note.run)
    pair_note.add_arguments(note)
    about = "end the visit with what it has come to; its statement is made and sent"
    close = _below(below, "close", about, _CLOSE, run_close)
    close.add_argument("--visit", metavar="NAME", help="where several are open")
    statement = _below(below, "statement", "the statement of the latest closed visit", _STATEMENT, run_statement)
    statement.add_argument("--visit", metavar="NAME", help="of this visit")
    statement.add_argument("--html", type=Path, metavar="FILE", help="write it as a page to print")


def _below(below: Any, name: str, words: str, told: tuple[str, Exits], run_it: Any) -> argparse.ArgumentParser:
    examples, exits = told
    parser: argparse.ArgumentParser = below.add_parser(name, **page(words, examples, NO_DAEMON | dict(exits)))
    parser.set_defaults(run=run_it)
    add_socket(parser)
    add_json(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Watch. Exit codes: 0 closed and complete, 1 closed or held, 4 no daemon, 5 under way when the time was over."""
    return pair_watch.watch(args)


def run_retry(args: argparse.Namespace) -> int:
    """Exit codes: 0 asked for, 1 there is nothing to retry."""
    answer = console.ask(socket_of(args), {"do": "pair_retry", "device": args.device})
    if args.json:
        print_json(answer)
    else:
        print(f"{args.device}: {answer['step'].replace('_', ' ')} begins again")
    return Exit.OK


def run_close(args: argparse.Namespace) -> int:
    """Exit codes: 0 closed, 1 no such visit is open."""
    answer = console.ask(socket_of(args), {"do": "pair_close", "visit": args.visit})
    if args.json:
        print_json(answer)
    else:
        print(f"visit {answer['visit']} is closed; its statement: hubctl pair statement --visit {answer['visit']}")
    return Exit.OK


def run_statement(args: argparse.Namespace) -> int:
    """Exit codes: 0, or 1 where there is none yet."""
    import msgspec

    from hubd.wan.statement import StatementBody
    from hubd.wan.statement_page import page

    statement = console.ask(socket_of(args), {"do": "pair_statement", "visit": args.visit})
    if args.html is None:
        told = msgspec.json.encode(statement)
        print((told if args.json else msgspec.json.format(told)).decode(), flush=True)
        return Exit.OK
    hub = console.ask(socket_of(args), {"do": "status"})["hub"]
    write_document(args.html, page(msgspec.convert(statement, StatementBody), hub))
    if args.json:
        print_json({"written": str(args.html)})
    else:
        print(f"written: {args.html} (print it from any browser, on A4)")
    return Exit.OK
