"""`hubctl ca`: a bench's own certificate authority, and a look into certificates."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import Exits, page
from hubd.cli.hubctl import ca_files
from hubd.cli.output import add_json, complain, fail, print_json
from hubd.model.identity import Eui64, parse_eui64
from hubd.zigbee.cbke.certificate_text import CertificateText
from hubd.zigbee.cbke.suite import Suite

HELP = "certificates for key establishment: a bench's own authority, and a look into files of certificates"
EXAMPLES = """\
  hubctl ca init ca
  hubctl ca issue ca 00:0d:6f:00:0a:90:69:e7
  hubctl ca issue ca 000d6f000a9069e7 --suite 2 --out meter.txt
  hubctl ca show meter.txt
"""
BENCH_ISSUER = "4855424454455354"
"""The letters HUBDTEST: nobody takes such a certificate for one of a real authority."""
_NOBODY = (Eui64("00:00:00:00:00:00:00:00"), Eui64("ff:ff:ff:ff:ff:ff:ff:ff"))
_SUITES = {"1": (Suite.ONE,), "2": (Suite.TWO,)}
_INIT = """\
  hubctl ca init ca                       an authority of each suite, in the directory ca
  hubctl ca init ca --suite 2 --issuer 0a0b0c0d0e0f1011

An authority that is there already is kept as it is.
"""
_ISSUE = """\
  hubctl ca issue ca 00:0d:6f:00:0a:90:69:e7                      of each suite, in ca/devices
  hubctl ca issue ca 000d6f000a9069e7 --suite 1 --out meter.txt   of one suite, in this file

The file holds the device's private key; it is written with mode 0600.
"""
_SHOW = """\
  hubctl ca show ca/devices/000d6f000a9069e7-suite1.txt
  hubctl ca show --json from-the-test-service.txt

The private key is not printed.
"""
_NO_FILE = {int(Exit.CONFIGURATION): "a file cannot be used, or not written"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three verbs below this one."""
    below = parser.add_subparsers(metavar="VERB", required=True)
    init = _verb(below, "init", "found an authority", _INIT, {0: "founded, or there already"})
    init.add_argument("directory", type=Path, metavar="DIR", help="where the authorities stand")
    init.add_argument("--issuer", type=_address, default=BENCH_ISSUER, metavar="ADDR", help="its name, as an address")
    issue = _verb(below, "issue", "issue a certificate to a device", _ISSUE, {0: "issued"})
    issue.add_argument("directory", type=Path, metavar="DIR", help="where the authorities stand")
    issue.add_argument("subject", type=_address, metavar="ADDR", help="the device's IEEE address")
    issue.add_argument("--out", type=Path, metavar="FILE", help="write it there (with --suite)")
    issue.add_argument("--replace", action="store_true", help="write over a certificate that is there")
    for each in (init, issue):
        each.add_argument("--suite", choices=sorted(_SUITES), help="of this suite alone (default: both)")
    about = "read a file of a certificate and its keys, and check that they fit"
    misfit = "a key in it does not fit, or the certificate is of no kind that can be used here"
    show = _verb(below, "show", about, _SHOW, {0: "all fits", 1: misfit})
    show.add_argument("file", type=Path, metavar="FILE", help="the certificate with its keys")
    for each, run_it in ((init, _init), (issue, _issue), (show, _show)):
        each.set_defaults(ca_verb=run_it)


def run(args: argparse.Namespace) -> int:
    """Do what the verb below says."""
    return int(args.ca_verb(args))


def _verb(
    below: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, examples: str, exits: Exits
) -> argparse.ArgumentParser:
    parser = below.add_parser(name, **page(about, examples, _NO_FILE | dict(exits)))
    add_json(parser)
    return parser


def _address(text: str) -> Eui64:
    try:
        address = parse_eui64(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if address in _NOBODY:
        raise argparse.ArgumentTypeError(f"{address}: no device has this address. It stands on the device's label")
    return address


def _init(args: argparse.Namespace) -> int:
    suites = _SUITES.get(args.suite, tuple(Suite))
    founded = [ca_files.found(args.directory, suite, args.issuer) for suite in suites]
    told = [
        {
            "suite": each.authority.suite.number,
            "issuer": each.authority.issuer,
            "public_key": each.authority.suite.curve.compress(each.authority.public).hex(),
            "file": str(each.file),
            "founded": each.new,
        }
        for each in founded
    ]
    if args.json:
        print_json({"authorities": told})
        return Exit.OK
    for line in told:
        print(f"suite {line['suite']}: {'founded' if line['founded'] else 'already there'}, {line['file']}")
    return Exit.OK


def _issue(args: argparse.Namespace) -> int:
    if args.out is not None and args.suite is None:
        return fail(args, "--out takes one certificate. Cure: say which with --suite 1 or --suite 2", Exit.USAGE)
    told = []
    for authority in ca_files.authorities(args.directory, _SUITES.get(args.suite, tuple(Suite)), bool(args.suite)):
        file = args.out or ca_files.device_file(args.directory, args.subject, authority.suite)
        text = ca_files.issue(authority, args.subject, file, replace=args.replace)
        told.append({**_as_json(text), "file": str(file)})
    if args.json:
        print_json({"issued": told})
        return Exit.OK
    for each in told:
        print(f"suite {each['suite']}: {each['file']}")
    return Exit.OK


def _show(args: argparse.Namespace) -> int:
    told = _as_json(ca_files.load(args.file))
    if args.json:
        print_json(told)
    else:
        print("\n".join(_lines(told)))
    if ca_files.is_open_to_others(args.file):
        complain(
            f"{args.file} holds a private key and others on this machine can read it. Cure: chmod 600 {args.file}"
        )
    sound = told["key_matches"] is not False and told["stated_public_key_matches"] is not False
    return Exit.OK if sound and told["public_key"] and not told["unsupported"] else Exit.REFUSED


def _as_json(text: CertificateText) -> dict[str, object]:
    public = text.public_key()
    return {
        "suite": text.suite.number,
        "subject": text.certificate.subject,
        "issuer": text.certificate.issuer,
        "public_key": public.hex() if public else None,
        "key_matches": text.key_matches(),
        "stated_public_key_matches": None if text.stated_public is None else text.stated_public == public,
        "unsupported": text.certificate.unsupported(),
    }


def _lines(told: dict[str, object]) -> list[str]:
    words = {True: "fits", False: "DOES NOT FIT", None: "not in the file"}
    unsupported = [f"not usable here: {told['unsupported']}"] if told["unsupported"] else []
    return [
        f"suite        {told['suite']}",
        f"subject      {told['subject']}",
        f"issuer       {told['issuer']}",
        f"public key   {told['public_key'] or 'none follows from this certificate and this authority'}",
        f"private key  {words[told['key_matches']]}",  # type: ignore[index]
        f"stated public key  {words[told['stated_public_key_matches']]}",  # type: ignore[index]
        *unsupported,
    ]
