"""`hubctl sts`: issue and open prepayment tokens of IEC 62055-41."""

import argparse
import secrets
from collections.abc import Callable

from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import Exits, page
from hubd.cli.hubctl import sts_input as given
from hubd.cli.hubctl import sts_output
from hubd.cli.output import add_json, complain, fail, print_json
from hubd.sts import (
    MeterKey,
    Rejected,
    decode,
    encoded_e5,
    encoded_tenths,
    issue_credit_units,
    issue_currency,
    issue_display,
    issue_key_change,
    issue_management,
    moment_of,
    tid_at,
)

HELP = "issue and open prepayment tokens (IEC 62055-41, EA11, DKGA04)"
EXAMPLES = """\
  hubctl sts issue --pan 600727000000000009 --vending-key-file vk.hex --sgc 123457 \\
      --krn 4 --kt 2 --ti 01 --base 2014 --class 0 --subclass 4 --amount 8.00
  hubctl sts decode --pan 600727000000000009 --vending-key-file vk.hex --sgc 123457 \\
      --krn 4 --kt 2 --ti 01 --base 2014 --token 71077203206291621629
  hubctl sts key-change --help
"""
_KEY = """
  KEY stands for  --pan 600727000000000009 --vending-key-file vk.hex --sgc 123457
                  --krn 4 --kt 2 --ti 01 --base 2014
"""
_NO_KEY = {int(Exit.CONFIGURATION): "the key's file cannot be used"}
_ISSUE_EXAMPLES = """\
  hubctl sts issue KEY --class 0 --subclass 4 --amount 8.00          8.00 in money, now
  hubctl sts issue KEY --class 0 --subclass 0 --units 25.6 --rnd 5   25.6 kWh
  hubctl sts issue KEY --class 2 --subclass 1 --value FFFF           clear all credit
  hubctl sts issue KEY --class 1 --subclass 0 --control FFFFFFFFF    test everything
"""
_DECODE_EXAMPLES = """\
  hubctl sts decode KEY --token 71077203206291621629
  hubctl sts decode KEY --token '7107 7203 2062 9162 1629' --json
"""
_KEY_CHANGE_EXAMPLES = """\
  hubctl sts key-change KEY --new-ti 02
  hubctl sts key-change KEY --new-base 2035 --new-krn 5 --rollover

It prints four tokens. They may be entered in any order; a credit token on the new key comes after them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three verbs below this one."""
    below = parser.add_subparsers(metavar="VERB", required=True)
    _add_issue(
        _verb(below, "issue", "make a token; prints its 20 digits alone", _ISSUE_EXAMPLES, {0: "made"}, _issue)
    )
    opened = {0: "opened", 1: "refused: another meter's or key's, or above the range"}
    opener = _verb(below, "decode", "open a token, or say why it is refused", _DECODE_EXAMPLES, opened, _decode)
    opener.add_argument(
        "--token", required=True, metavar="T", help="20 digits; blanks and dashes between them are fine"
    )
    about = "make the four tokens of a new key"
    _add_key_change(_verb(below, "key-change", about, _KEY_CHANGE_EXAMPLES, {0: "made"}, _key_change))


def _verb(
    below: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    about: str,
    examples: str,
    exits: Exits,
    run: Callable[[argparse.Namespace, MeterKey], int],
) -> argparse.ArgumentParser:
    parser = below.add_parser(name, **page(about, examples + _KEY, _NO_KEY | dict(exits)))
    parser.set_defaults(sts_verb=run)
    given.add_key_arguments(parser)
    add_json(parser)
    return parser


def _add_issue(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the token")
    group.add_argument("--class", dest="cls", required=True, metavar="C", help="0 credit, 1 display, 2 management")
    group.add_argument(
        "--subclass",
        required=True,
        metavar="N",
        help="credit: 0-3 units, 4-7 money, each electricity, water, gas, time; management: 0 maximum power limit,"
        " 1 clear credit, 2 tariff rate, 5 clear tamper, 6 phase unbalance, 7 water factor; display: 0, 1",
    )
    group.add_argument("--units", metavar="U", help="credit 0-3: units with one decimal, as 25.6")
    group.add_argument(
        "--amount", metavar="A", help="credit 4-7: money, as 8.00; rounded up to what a token can carry"
    )
    group.add_argument("--value", metavar="HEX", help="management: the 16-bit field, as FFFF")
    group.add_argument("--control", metavar="HEX", help="display: the control bits, as 1")
    group.add_argument(
        "--manufacturer", metavar="N", default="0", help="display: the manufacturer's number (default 0)"
    )
    group.add_argument("--at", default="now", metavar="TIME", help="time of issue in UTC, as 2026-11-22T12:00 (now)")
    group.add_argument("--rnd", default="random", metavar="N", help="the random part, 0 to 15 (default: random)")


def _add_key_change(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the new key: what is not named stays as it is")
    group.add_argument("--new-vending-key-file", metavar="FILE", help="a file that holds the new vending key in hex")
    for name, about in (("sgc", "supply group code"), ("krn", "key revision"), ("kt", "key type")):
        group.add_argument(f"--new-{name}", metavar="N", help=f"new {about}")
    group.add_argument("--new-ti", metavar="NN", help="new tariff index")
    group.add_argument("--new-base", metavar="YEAR", help="new base date")
    group.add_argument("--ken", default="255", metavar="N", help="key expiry number, 0 to 255 (default 255: never)")
    group.add_argument("--rollover", action="store_true", help="the meter forgets the token ids it has taken")


def run(args: argparse.Namespace) -> int:
    """Read the key, then do what the verb below says."""
    try:
        return int(args.sts_verb(args, given.meter_key(args)))
    except given.UsageError as error:
        return fail(args, str(error), Exit.USAGE)
    except ValueError as error:
        return fail(args, f"the token cannot be issued: {error}", Exit.USAGE)


# -- issue ----------------------------------------------------------------------------------------------------------

_VALUES = {"units": "--units", "amount": "--amount", "value": "--value", "control": "--control"}


def _issue(args: argparse.Namespace, key: MeterKey) -> int:
    cls, subclass = given.integer("--class", args.cls), given.integer("--subclass", args.subclass)
    wanted = _value_of(cls, subclass)
    _only(args, wanted, f"class {cls} subclass {subclass}")
    if wanted == "control":
        control = given.hexadecimal("--control", args.control, 9)
        token = issue_display(subclass, control, given.integer("--manufacturer", args.manufacturer))
        return _show(args, {"token": token})
    tid, rnd = tid_at(given.moment("--at", args.at), key.base), _rnd(args.rnd)
    told: dict[str, object] = {"tid": tid, "issued_at": f"{moment_of(tid, key.base):%Y-%m-%dT%H:%MZ}"}
    if wanted == "units":
        tenths = given.tenths("--units", args.units)
        token = issue_credit_units(key, subclass, tenths, tid, rnd)
        told["carried"] = f"{encoded_tenths(tenths) / 10:.1f}"
    elif wanted == "amount":
        amount_e5 = given.amount_e5("--amount", args.amount)
        token = issue_currency(key, subclass, amount_e5, tid)
        told["carried"] = sts_output.money(encoded_e5(amount_e5))
    else:
        token = issue_management(key, subclass, given.hexadecimal("--value", args.value, 4), tid, rnd)
    return _show(args, {"token": token, **told})


def _value_of(cls: int, subclass: int) -> str:
    if cls == 0 and 0 <= subclass <= 3:
        return "units"
    if cls == 0 and 4 <= subclass <= 7:
        return "amount"
    if cls == 1 and 0 <= subclass <= 1:
        return "control"
    if cls == 2 and subclass in (3, 4, 8, 9):
        raise given.UsageError("--class 2 --subclass 3, 4, 8, 9 make a key change: use `hubctl sts key-change`")
    if cls == 2 and 0 <= subclass <= 15:
        return "value"
    raise given.UsageError(
        f"--class {cls} --subclass {subclass}: known are class 0 with 0-7, class 1 with 0-1, class 2 with 0-15"
    )


def _only(args: argparse.Namespace, wanted: str, kind: str) -> None:
    if getattr(args, wanted) is None:
        raise given.UsageError(f"{_VALUES[wanted]} is missing: {kind} carries it")
    for name, option in _VALUES.items():
        if name != wanted and getattr(args, name) is not None:
            raise given.UsageError(f"{option} does not go with {kind}: use {_VALUES[wanted]}")


def _rnd(text: str) -> int:
    if text == "random":
        return secrets.randbelow(16)
    value = given.integer("--rnd", text)
    if not 0 <= value <= 15:
        raise given.UsageError(f"--rnd {text}: it is 0 to 15, or random")
    return value


def _show(args: argparse.Namespace, told: dict[str, object]) -> int:
    if args.json:
        print_json(told)
    else:
        print(told["token"])
    return Exit.OK


# -- decode and key change ------------------------------------------------------------------------------------------


def _decode(args: argparse.Namespace, key: MeterKey) -> int:
    opened = decode(key, given.token_digits("--token", args.token))
    if isinstance(opened, Rejected):
        why = sts_output.REASONS[opened.reason]
        if args.json:
            print_json({"refused": opened.reason, "why": why})
        else:
            complain(f"refused ({opened.reason}): {why}")
        return Exit.REFUSED
    if args.json:
        print_json(sts_output.as_json(opened))
    else:
        print("\n".join(sts_output.as_lines(opened)))
    return Exit.OK


def _key_change(args: argparse.Namespace, key: MeterKey) -> int:
    tokens = issue_key_change(key, given.new_key(args, key), given.integer("--ken", args.ken), args.rollover)
    if args.json:
        print_json({"tokens": tokens})
    else:
        print("\n".join(tokens))
    return Exit.OK
