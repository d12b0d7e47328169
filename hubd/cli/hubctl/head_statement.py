"""`hubctl head statement`: a customer's statement, for reading, printing or a spreadsheet."""

import argparse
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, add_meter, book_of
from hubd.cli.output import fail, say
from hubd.cli.written_file import write_document
from hubd.headend import book, customer_statement, statement_page
from hubd.headend.customer_statement import Line, Statement
from hubd.headend.refused import Refused
from hubd.model.money import exact_e5, format_pence
from hubd.model.outside_text import on_a_terminal

HELP = "what one meter's customer paid, what went to debts, what is still owed; as text, JSON, CSV or a page"
EXAMPLES = """\
  hubctl head statement --meter 000001000000000082
  hubctl head statement --meter 000001000000000082 --from 2026-01-01 --csv > statement.csv
  hubctl head statement --meter 000001000000000082 --html --out statement.html
"""
EXITS = NO_HOME | {0: "made", 1: "no such meter", 3: "no head-end, or the file cannot be written"}

_YEARS = range(1970, 9999)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter, the days, the form."""
    add_meter(parser)
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first day, UTC (default: a year ago)")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day, UTC (default: today)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="comma-separated, a line an event")
    form.add_argument("--html", action="store_true", help="one page for printing")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there (0600) instead of printing")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 made, 1 no such meter, 2 days in the wrong order, 3 the file cannot be written."""
    now = time.time()
    today = datetime.fromtimestamp(now, UTC).date()
    first, last = args.first or today - timedelta(days=365), args.last or today
    if first > last:
        return fail(args, f"--from is after --to: {first} and {last}. Cure: change them over", Exit.USAGE)
    with book_of(args) as connection, book.transaction(connection):
        until_unix_s = _start(last + timedelta(days=1))
        made = customer_statement.of_meter(connection, args.meter, _start(first), until_unix_s, now)
    if isinstance(made, Refused):
        return fail(args, made.words, Exit.REFUSED)
    text = _text(args, made)
    if args.out:
        write_document(args.out, text)
    elif args.json or args.csv or args.html:
        print(text, end="")
    else:
        say(text.rstrip("\n"))
    return Exit.OK


def _text(args: argparse.Namespace, made: Statement) -> str:
    if args.json:
        return msgspec.json.encode(made).decode() + "\n"
    if args.html:
        return statement_page.as_html(made)
    return statement_page.as_csv(made) if args.csv else on_a_terminal(_plain(made))


def _plain(made: Statement) -> str:
    lines = [f"meter {made.pan}; debt at the beginning {format_pence(made.opening_pence)} {made.currency}"]
    lines += [_line(line) for line in made.lines]
    lines += [
        f"paid {format_pence(made.tendered_pence)}, to debts {format_pence(made.to_debts_pence)}, "
        f"credit {format_pence(made.credit_pence)}; debt at the end {format_pence(made.closing_pence)}"
    ]
    lines += [f"debt {one.terms.debt}: {format_pence(one.owed_pence)} owed now" for one in made.debts]
    return "\n".join(lines) + "\n"


def _line(line: Line) -> str:
    at = datetime.fromtimestamp(line.at_unix_s, UTC).strftime("%Y-%m-%d %H:%M")
    words = line.at_the_meter if line.request is None else f"{_amounts(line)}  {line.at_the_meter}"
    return f"{at}  {line.what:<8} {line.request or '':<16} {words}"


def _amounts(line: Line) -> str:
    paid, to_debt, credit = map(format_pence, (line.tendered_pence, -line.change_pence, line.credit_pence))
    amounts = f"paid {paid:>8}, to debts {to_debt:>7}, credit {credit:>8}"
    return (
        amounts if line.code_ends is None else f"{amounts}, code {line.code_ends} carries {exact_e5(line.encoded_e5)}"
    )


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day, as 2026-11-22")
    return day


def _start(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
