"""`hubctl head meter-add`: enter a meter in the book."""

import argparse
import sqlite3
from typing import Any

from hubd.cli.argument_types import whole
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import NO_HOME
from hubd.cli.hubctl.head_reprint import add_by, whom
from hubd.cli.output import print_json
from hubd.errors import ConfigurationError
from hubd.headend import audit, meters
from hubd.headend.audit import Deed
from hubd.headend.meters import Meter
from hubd.headend.refused import Refused
from hubd.headend.utrn import UtrnKey
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.token_schemes import DEFAULT, SCHEMES
from hubd.sts.meter_key import MeterKey

HELP = "enter a meter: its number, its address, its hub, and what selects its key"
EXAMPLES = """\
  hubctl head meter-add --pan 000001000000000082 --address 00:0d:6f:00:0a:90:69:e7 \\
      --hub hub-0001 --vending-key-file vk.hex --sgc 123457 --krn 4 --kt 2 --ti 01
  hubctl head meter-add --pan 2000012345678 --address 00:0d:6f:00:0a:90:69:e9 --hub hub-0001 \\
      --token-scheme gb_utrn --vending-key-file secret.hex --originator 90b3d51f30010000 \\
      --issuer other-supplier
"""
EXITS = NO_HOME | {0: "entered", 1: "refused", 3: "no head-end, or the key's file cannot be used"}

_BASES = (1993, 2014, 2035)
KINDS = (DeviceKind.ELECTRICITY_METER, DeviceKind.GAS_METER)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What identifies the meter and its key."""
    parser.add_argument(
        "--pan", required=True, help="STS: 18 digits with their check digit; UTRN: the meter's number"
    )
    parser.add_argument("--address", required=True, type=follow.address_of, help="IEEE address on the HAN")
    parser.add_argument("--hub", required=True, type=follow.hub_of, metavar="ID", help="the hub")
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--vending-key-file", metavar="FILE", help="40 hexadecimal digits (UTRN: 64), file of mode 0600")
    key.add_argument("--vending-key", metavar="HEX", help="the same on the command line, where others may read it")
    parser.add_argument(
        "--token-scheme", choices=list(SCHEMES), default=DEFAULT, help="what codes it takes (default %(default)s)"
    )
    parser.add_argument("--sgc", help="STS: supply group code, 6 digits")
    parser.add_argument("--krn", type=whole(1, 9), help="STS: key revision number, 1 to 9")
    parser.add_argument("--kt", type=whole(0, 3), default=2, help="STS: key type (default %(default)s: unique)")
    parser.add_argument("--ti", default="01", help="STS: tariff index, 2 digits (default %(default)s)")
    parser.add_argument(
        "--base", type=whole(*_BASES[::2]), default=2014, choices=_BASES, help="STS: base date (default %(default)s)"
    )
    parser.add_argument("--originator", type=follow.address_of, help="UTRN: the supplier's identifier, 16 digits")
    parser.add_argument(
        "--issuer", default="", metavar="NAME", help="who signs its top-ups (hubctl head init --issuer)"
    )
    parser.add_argument(
        "--kind", default=str(KINDS[0]), choices=[str(kind) for kind in KINDS], help="default %(default)s"
    )
    parser.add_argument("--currency", default="GBP", help="default %(default)s")
    add_by(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 entered, 1 refused, 3 the key's file cannot be used."""

    def work(connection: sqlite3.Connection, _: Any, now: float) -> str | Refused:
        try:
            key = _key(args)
        except ValueError as error:
            return Refused(str(error))
        meter = Meter(Eui64(args.address), args.hub, DeviceKind(args.kind), args.currency, key, issuer=args.issuer)
        before = meters.find(connection, meter.pan)
        done = meters.add(connection, meter)
        if done == "changed" and isinstance(before, Meter):
            audit.note(connection, now, Deed.METER_CHANGED, whom(args), meter.pan, None, _change_words(before, meter))
        return done

    done = follow.commit(args, work)
    if done is None:
        return Exit.REFUSED
    if args.json:
        print_json({"pan": args.pan, "address": args.address, "hub": args.hub, "done": done})
    else:
        print(f"{args.pan} at {args.address} behind {args.hub}: {done}")
    return Exit.OK


def _change_words(before: Meter, after: Meter) -> str:
    was, now = (f"{meter.address} behind {meter.hub}, {meter.key_name}" for meter in (before, after))
    secret = "; another secret key" if before.key != after.key and before.key_name == after.key_name else ""
    return f"{now}; before {was}{secret}"


def _key(args: argparse.Namespace) -> MeterKey | UtrnKey:
    secret = _vending_key(args)
    if args.token_scheme == DEFAULT:
        if args.sgc is None or args.krn is None:
            raise ValueError("an STS meter's key needs --sgc and --krn")
        return MeterKey(args.pan, secret, args.sgc, args.krn, args.kt, args.ti, args.base)
    if args.originator is None:
        raise ValueError("a UTRN's key needs --originator, the supplier's identifier")
    return UtrnKey(args.pan, secret, Eui64(args.originator), Eui64(args.address))


def _vending_key(args: argparse.Namespace) -> Secret[bytes]:
    text = args.vending_key or follow.secret_line(args.vending_key_file)
    try:
        return Secret(bytes.fromhex(text))
    except ValueError:
        raise ConfigurationError(
            f"{args.vending_key_file or '--vending-key'}: a vending key is 40 hexadecimal digits, a UTRN's secret 64"
        ) from None
