"""`hubctl head key-change`: bring an STS meter onto another key."""

import argparse
import time

from hubd.cli.argument_types import whole
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import add_meter, book_of
from hubd.cli.hubctl.head_reprint import add_by, whom
from hubd.cli.hubctl.head_standing import order_fields, standing
from hubd.cli.output import print_json, say
from hubd.errors import ConfigurationError
from hubd.headend import key_change, key_change_end
from hubd.headend.key_change import Wanted
from hubd.headend.key_change_end import State
from hubd.headend.orders import Order
from hubd.model.secret import Secret

HELP = "change an STS meter's key: four sections and a code of no value that proves it, as one order"
EXAMPLES = """\
  hubctl head key-change --meter 000001000000000082 --krn 5
  hubctl head key-change --meter 600727000000000009 --krn 4 --rollover   to the next base date
  hubctl head key-change --meter 000001000000000082 --probe

--probe finds out which key the meter is on, after an end that is open or doubted.
Nothing is sold to the meter until the meter has proven the new key.
"""
EXITS = follow.FOLLOWED | {0: "proven (or queued, with --wait 0)"}

_WORDS = {
    State.UNDER_WAY: "the key is being changed: nothing is sold to the meter before that is over",
    State.PROVEN: "the meter is on the new key, and so is the book",
    State.FAILED: "the meter is on the key it had, as far as is known, and codes are sold under that. "
    "If it refuses them: hubctl head key-change --probe",
    State.UNKNOWN: "nobody knows which key the meter is on. Cure: hubctl head key-change --probe",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter, and what of its key is to change."""
    add_meter(parser)
    parser.add_argument("--probe", action="store_true", help="find out whether the meter is on the new key")
    parser.add_argument("--vending-key-file", metavar="FILE", help="40 hexadecimal digits in a file of mode 0600")
    parser.add_argument("--sgc", help="supply group code, 6 digits")
    parser.add_argument("--krn", type=whole(1, 9), help="key revision number, 1 to 9")
    parser.add_argument("--kt", type=whole(0, 3), help="key type, 0 to 3")
    parser.add_argument("--ti", help="tariff index, 2 digits")
    parser.add_argument("--ken", type=whole(0, 255), default=255, help="key expiry number (default %(default)s)")
    parser.add_argument("--rollover", action="store_true", help="to the next base date")
    add_by(parser)
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 proven (or queued), 1 refused, 5 no answer in time."""
    request, by = follow.request_of(args), whom(args)
    if args.probe:
        order: Order | None = follow.commit(
            args, lambda c, config, now: key_change.probe(c, request, args.meter, by, config, now)
        )
    else:
        wanted = Wanted(_key(args), args.sgc, args.krn, args.kt, args.ti, args.ken, args.rollover)
        order = follow.commit(
            args, lambda c, config, now: key_change.change(c, request, args.meter, wanted, by, config, now)
        )
    return Exit.REFUSED if order is None else _show(args, follow.follow(args, order))


def _show(args: argparse.Namespace, order: Order) -> int:
    """How the order stands, and what that means for the book: a proof may be refused and yet prove the key."""
    with book_of(args) as connection:
        state = key_change_end.of_request(connection, order.request, time.time()).state
    if args.json:
        print_json(order_fields(order) | {"key_change": state})
    else:
        say(f"{order.cmd} to {order.hub}: {standing(order)}")
        say(_WORDS[state])
    return Exit.OK if state is State.PROVEN else follow.exit_code(args, order)


def _key(args: argparse.Namespace) -> Secret[bytes] | None:
    if args.vending_key_file is None:
        return None
    try:
        return Secret(bytes.fromhex(follow.secret_line(args.vending_key_file)))
    except ValueError:
        raise ConfigurationError(f"{args.vending_key_file}: a vending key is 40 hexadecimal digits") from None
