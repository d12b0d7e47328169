"""`hubctl head statements`: what installers' visits left behind (R16)."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, book_of
from hubd.cli.output import fail, print_json, say
from hubd.cli.written_file import write_document
from hubd.headend import statements
from hubd.headend.statements import Kept
from hubd.wan.statement import StatementBody
from hubd.wan.statement_page import page

HELP = "the statements of installers' visits, newest first; one of them as JSON or as a page to print"
EXAMPLES = """\
  hubctl head statements
  hubctl head statements --visit 2026-11-23-a --json
  hubctl head statements --visit 2026-11-23-a --html statement.html
"""
EXITS = NO_HOME | {0: "shown", 1: "there is none", 3: "no head-end, or the page cannot be written"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which."""
    parser.add_argument("--hub", help="of this hub")
    parser.add_argument("--visit", metavar="NAME", help="of this visit")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the newest of them as a page to print")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0, 1 where there is none, 3 the page cannot be written."""
    with book_of(args) as connection:
        kept = statements.every(connection, args.hub, args.visit)
    if not kept:
        return fail(
            args, "no statement yet. Cure: hubctl head listen takes them when visits are closed", Exit.REFUSED
        )
    if args.html is not None:
        write_document(args.html, page(kept[0].body, kept[0].hub))
    if args.json:
        print_json([{"hub": each.hub, "received_unix_s": each.received_unix_s, "body": each.body} for each in kept])
    for each in [] if args.json else kept:
        say(_line(each))
    return Exit.OK


def _line(kept: Kept) -> str:
    body = kept.body
    closed = datetime.fromtimestamp(body.closed_at.unix_s, UTC).strftime("%Y-%m-%d %H:%M")
    state = "complete" if body.complete else "not complete"
    due = f"; to be followed up by {body.follow_up_due or 'a day still to be set'}" if _is_open(body) else ""
    return f"{closed}  {kept.hub}  visit {body.visit}  {len(body.equipment) - 1} devices, {state}{due}"


def _is_open(body: StatementBody) -> bool:
    return body.follow_up_needed or body.follow_up_due is not None
