"""`hubctl head prepayment`: one setting of a prepayment meter, signed by management."""

import argparse

from hubd.cli.argument_types import checked
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import friendly_words
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import add_meter, book_of
from hubd.cli.output import fail
from hubd.headend import meters
from hubd.headend.refused import Refused
from hubd.model.money import E5_PER_PENNY, parse_pence
from hubd.model.prepayment_settings import (
    PaymentMode,
    SetDebt,
    SetDebtCap,
    SetEmergencyCredit,
    SetFriendlyHours,
    SetLowCreditWarning,
    SetMaximumCredit,
    SetPaymentMode,
    Setting,
    fault_of,
)
from hubd.model.roles import Role
from hubd.wan.prepayment_args import args_of

HELP = "set a prepayment meter up; the receipt says how the meter reads afterwards (signed by management)"
EXAMPLES = """\
  hubctl head prepayment --meter 000001000000000082 --mode prepayment
  hubctl head prepayment --meter 000001000000000082 --emergency-credit 5.00 1.00
  hubctl head prepayment --meter 000001000000000082 --low-credit 2.00
  hubctl head prepayment --meter 000001000000000082 --maximum 200.00 100.00
  hubctl head prepayment --meter 000001000000000082 --debt 1 50.00 20
  hubctl head prepayment --meter 000001000000000082 --debt-cap 10.00
  hubctl head prepayment --meter 000001000000000082 --friendly "mon-fri 18:00-09:00" \\
      --friendly "sat,sun 00:00-24:00"

Friendly hours are in UTC, all year. In them the meter leaves the supply on though the credit is used up, and charges
what is used. A period that ends at or before its begin runs into the next day. All --friendly of one command are the
week, in place of the one before; --friendly none: no such hours.

A meter is put into prepayment only after it has accepted a trial token (the vend test of commissioning).
"""
EXITS = follow.FOLLOWED | {0: "set and read back (or queued, with --wait 0)", 1: "refused or failed"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter, and exactly one setting."""
    parser.usage = "%(prog)s --meter PAN|ADDRESS SETTING [OPTIONS]"
    add_meter(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--mode", choices=[str(mode) for mode in PaymentMode], help="how the consumer pays")
    what.add_argument(
        "--emergency-credit",
        nargs=2,
        type=checked(_amount_e5),
        metavar=("LIMIT", "BELOW"),
        help="how much, and below which balance",
    )
    what.add_argument(
        "--low-credit", type=checked(_amount_e5), metavar="2.00", help="the balance at which the meter warns"
    )
    what.add_argument(
        "--maximum", nargs=2, type=checked(_amount_e5), metavar=("BALANCE", "TOP-UP"), help="the most the meter takes"
    )
    what.add_argument(
        "--debt", nargs=3, metavar=("NUMBER", "AMOUNT", "PERCENT"), help="a debt (1 to 3), and its share of a top-up"
    )
    what.add_argument(
        "--debt-cap", type=checked(_amount_e5), metavar="10.00", help="the most that debts together take of a top-up"
    )
    what.add_argument(
        "--friendly",
        action="append",
        metavar='"DAYS HH:MM-HH:MM"',
        help="when the supply stays on without credit, in UTC; may stand several times; none: never",
    )
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 set and read back, 1 refused or failed, 5 no answer in time."""
    with book_of(args) as connection:
        meter = meters.find(connection, args.meter)
    if isinstance(meter, Refused):
        return fail(args, meter.words, Exit.REFUSED)
    try:
        setting = _setting(args)
    except ValueError as error:
        return fail(args, str(error), Exit.USAGE)
    if (fault := fault_of(setting)) is not None:
        return fail(args, fault, Exit.USAGE)
    order = follow.command(args, Role.MANAGEMENT, meter.hub, "prepayment", args_of(meter.address, setting))
    return Exit.REFUSED if order is None else follow.show(args, order)


def _setting(args: argparse.Namespace) -> Setting:
    if args.mode is not None:
        return SetPaymentMode(PaymentMode(args.mode))
    if args.emergency_credit is not None:
        return SetEmergencyCredit(*args.emergency_credit)
    if args.low_credit is not None:
        return SetLowCreditWarning(args.low_credit)
    if args.maximum is not None:
        return SetMaximumCredit(*args.maximum)
    if args.debt is not None:
        number, amount, percent = args.debt
        if not (number.isascii() and number.isdigit()):
            raise ValueError(f"--debt {number!r}: a meter has the debts 1, 2 and 3")
        return SetDebt(int(number[:9]), _amount_e5(amount), parse_pence(percent))
    return SetFriendlyHours(friendly_words.week_of(args.friendly)) if args.friendly else SetDebtCap(args.debt_cap)


def _amount_e5(text: str) -> int:
    return parse_pence(text) * E5_PER_PENNY
