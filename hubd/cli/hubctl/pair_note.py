"""`hubctl pair note`: what only the installer knows, from words or from a form."""

import argparse
from pathlib import Path

import msgspec

from hubd import console
from hubd.cli.daemon_socket import socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.output import print_json
from hubd.configuration import load_toml
from hubd.errors import ConfigurationError
from hubd.utility.commissioning import notes
from hubd.wan.statement import OldMeter, OldReading, VisitNotes

_EXAMPLES = """\
  hubctl pair note --installer "A. Fitter" --remarks "key with the neighbour"
  hubctl pair note --old-meter-serial S95A12345 --old-meter-reading day=12345.6kWh
  hubctl pair note --file visit.toml

visit.toml:
"""
FORM = """\
  installer = "A. Fitter"
  remarks = "cupboard key with the neighbour"
  [[old_meters]]
  serial = "S95A12345"
  replaced_by = "electricity-1"
  balance = "3.20"
  debt = "12.00"
  [[old_meters.readings]]
  register = "day"
  value = "12345.6"
  unit = "kWh"
"""
HELP_PAGE = (
    _EXAMPLES + FORM,
    {0: "noted", 1: "no visit is open or was lately", 3: "a figure that is none, too many words, or a bad form"},
)
"""Its examples, and how it ends."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One old meter by its words, or all of them by a form."""
    parser.add_argument(
        "--visit",
        metavar="NAME",
        help="where several are open, or one that is closed (default: the open one, else the latest)",
    )
    parser.add_argument("--file", type=Path, help="the form")
    parser.add_argument("--installer", metavar="NAME", help="who was there")
    parser.add_argument("--remarks", metavar="WORDS", help="for the statement")
    parser.add_argument("--old-meter-serial", metavar="NUMBER", help="as printed on the old meter")
    parser.add_argument(
        "--old-meter-reading",
        action="append",
        default=[],
        metavar="[REGISTER=]VALUE[UNIT]",
        help="its last reading; may stand several times",
    )
    parser.add_argument("--old-meter-balance", metavar="AMOUNT", help="the credit that was left on it")
    parser.add_argument("--old-meter-debt", metavar="AMOUNT", help="the debt that was left on it")
    parser.add_argument("--replaced-by", metavar="DEVICE", help="the new meter: alias or address")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 noted, 1 no visit is open or was lately, 3 a figure that is none, or too many words."""
    given = _from_form(args.file) if args.file else _from_words(args)
    if (words := notes.objection(given)) is not None:
        raise ConfigurationError(words)
    question = {"do": "pair_note", "visit": args.visit, "notes": msgspec.to_builtins(given)}
    answer = console.ask(socket_of(args), question)
    if args.json:
        print_json(answer)
    else:
        count = len(answer["notes"]["old_meters"])
        again = "; the visit is closed, so its statement is sent again" if answer["sent_again"] else ""
        print(f"noted for visit {answer['visit']}: {count} old meter{'s' if count != 1 else ''}{again}")
    return Exit.OK


def _from_form(path: Path) -> VisitNotes:
    return load_toml(path, VisitNotes, cure="see that --file names the form")


def _from_words(args: argparse.Namespace) -> VisitNotes:
    readings = [_reading(each) for each in args.old_meter_reading]
    meter = OldMeter(args.old_meter_serial, args.replaced_by, readings, args.old_meter_balance, args.old_meter_debt)
    given = VisitNotes(args.installer, args.remarks, [] if meter == OldMeter() else [meter])
    if given == VisitNotes():
        raise ConfigurationError("nothing to note: name a figure, a remark, or a form with --file")
    return given


def _reading(words: str) -> OldReading:
    register, equals, value = words.partition("=")
    if not equals:
        register, value = "total", words
    unit = next((each for each in notes.UNITS if value.endswith(each)), None)
    return OldReading(register.strip(), value.removesuffix(unit or "").strip(), unit or "kWh")
