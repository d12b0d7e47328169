"""`hubctl head vend`: sell credit to a meter, and follow the token until the meter has answered."""

import argparse
from typing import Any

from hubd.cli.argument_types import checked
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import add_meter
from hubd.cli.hubctl.head_standing import order_fields, standing
from hubd.cli.output import print_json, say
from hubd.headend import vending
from hubd.headend.orders import Order
from hubd.headend.vending import Vend
from hubd.model.money import exact_e5, format_pence, parse_pence

HELP = "sell credit: debt first, the rest as a token to the meter; prints the token, then the receipt"
EXAMPLES = """\
  hubctl head vend --meter 000001000000000082 --amount 10.00 --request till-7-0001
  hubctl head vend --meter 00:0d:6f:00:0a:90:69:e7 --amount 10 --wait 0 --json
  hubctl head vend --meter 600727000000000009 --token 59386323472137426967

What was not answered is not lost: the listener goes on; ask again with the same --request.
"""
EXITS = follow.FOLLOWED | {0: "on the meter (or queued, with --wait 0)", 1: "refused or rejected"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter, and what goes to it."""
    add_meter(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--amount", type=checked(parse_pence), metavar="10.00", help="what the customer pays")
    parser.add_argument(
        "--hold",
        action="store_true",
        help="book it, but neither show nor send it before the same vend without --hold",
    )
    what.add_argument("--token", metavar="DIGITS", help="send this code as it is: nothing is issued or booked")
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 on the meter (or queued), 1 refused or rejected, 5 no answer in time."""
    return _send_given(args) if args.token is not None else _sell(args)


def _sell(args: argparse.Namespace) -> int:
    request = follow.request_of(args)
    sold: Vend | None = follow.commit(
        args, lambda c, cfg, now: vending.vend(c, request, args.meter, args.amount, cfg, now, held=args.hold)
    )
    if sold is None:
        return Exit.REFUSED
    if not args.json:
        print_sale(sold)
    order = sold.order if sold.held else follow.follow(args, sold.order)
    if args.json:
        print_json(sale_fields(sold) | order_fields(order))
    else:
        say(f"receipt      {standing(order)}")
    return Exit.OK if sold.held else follow.exit_code(args, order)


def _send_given(args: argparse.Namespace) -> int:
    request = follow.request_of(args)
    digits = "".join(args.token.split())
    order: Order | None = follow.commit(
        args, lambda c, cfg, now: vending.send_token(c, request, args.meter, digits, cfg, now)
    )
    if order is None:
        return Exit.REFUSED
    return follow.show(args, follow.follow(args, order))


def print_sale(sold: Vend) -> None:
    """What the customer takes home. A held sale has no code to show yet."""
    if sold.repeated:
        say(f"request {sold.request} was made before; this is what it got")
    say(f"tendered     {format_pence(sold.tendered_pence):>8} {sold.currency}")
    if len(sold.deductions) < 2:
        say(f"to debt      {format_pence(sold.debt_pence):>8}")
    for one in sold.deductions if len(sold.deductions) > 1 else ():
        say(f"to {one.debt:<10}{format_pence(one.pence):>8}   ({format_pence(one.remaining_pence)} left)")
    say(f"debt left    {format_pence(sold.debt_remaining_pence):>8}")
    say(f"credit       {format_pence(sold.credit_pence):>8}   (the token carries {exact_e5(sold.encoded_e5)})")
    groups = " ".join(sold.token[i : i + 4] for i in range(0, 20, 4))
    say(f"token        {'held: neither shown nor sent' if sold.held else groups}")
    say(f"order        {sold.order.jti}, request {sold.request}")


def sale_fields(sold: Vend) -> dict[str, Any]:
    """The sale for --json; without its code while it is held."""
    names = "pan currency tendered_pence deductions debt_pence debt_remaining_pence credit_pence encoded_e5 tid "
    fields = {name: getattr(sold, name) for name in f"{names} repeated held".split()}
    return fields | {"token": None if sold.held else sold.token}
