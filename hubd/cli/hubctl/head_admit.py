"""`hubctl head admit`: the security centre lets devices into a hub's utility HAN (R15)."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from hubd.cli.argument_types import whole
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.output import fail
from hubd.configuration import load_toml
from hubd.errors import ConfigurationError
from hubd.model.device import DeviceKind
from hubd.model.identity import parse_eui64
from hubd.model.roles import Role
from hubd.model.token_schemes import DEFAULT, SCHEMES
from hubd.wan.messages import AdmitArgs, AdmitDevice

HELP = "let devices into a hub's network, with their install codes (signed by the security centre)"
EXAMPLES = """\
  hubctl head admit --hub hub-0001 --device 00:0d:6f:00:0a:90:69:e7 --kind electricity_meter \\
      --install-code-file code.hex
  hubctl head admit --hub hub-0001 --devices visit.toml --visit 2026-11-23-a --window 600

visit.toml, for several devices in one visit, of one supplier or two:
  [[device]]
  address = "00:0d:6f:00:0a:90:69:e7"
  kind = "electricity_meter"
  install_code = "83FED3407A939723A5C639B26916D505C3B5"
  supplier = "Northern Electricity"
"""
EXITS = follow.FOLLOWED | {0: "all of them have joined (or queued, with --wait 0)", 1: "refused, or not joined"}


@dataclass(frozen=True)
class DeviceEntry:
    """`[[device]]` of the devices file."""

    address: str
    kind: str
    install_code: str
    supplier: str | None = None
    token_scheme: str = DEFAULT


@dataclass(frozen=True)
class DevicesFile:
    """The whole file."""

    device: tuple[DeviceEntry, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Hub, and the devices: one by its words, or several by a file."""
    parser.add_argument("--hub", required=True, type=follow.hub_of, metavar="ID", help="the hub")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--device", type=follow.address_of, help="IEEE address")
    what.add_argument("--devices", type=Path, metavar="FILE", help="TOML list of devices: several in one visit")
    parser.add_argument("--kind", choices=[str(kind) for kind in DeviceKind], help="what it is")
    code = parser.add_mutually_exclusive_group()
    code.add_argument("--install-code", metavar="HEX", help="with its CRC; on the command line others may read it")
    code.add_argument("--install-code-file", metavar="FILE", help="the same in a file of mode 0600")
    parser.add_argument(
        "--token-scheme", choices=list(SCHEMES), default=DEFAULT, help="what codes it takes (default %(default)s)"
    )
    parser.add_argument("--supplier", metavar="NAME", help="whose it is: for the statement")
    parser.add_argument("--visit", metavar="NAME", help="the installer's visit (default: the order's own id)")
    parser.add_argument(
        "--window",
        type=whole(1, 86_400),
        default=240,
        metavar="S",
        help="how long they may join (default %(default)s)",
    )
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 all of them have joined, 1 refused or not joined, 5 no answer in time."""
    if args.devices is None and (args.kind is None or not (args.install_code or args.install_code_file)):
        return fail(
            args,
            "one device is not enough. Cure: --kind, and --install-code or --install-code-file as well",
            Exit.USAGE,
        )
    devices = _from_file(args.devices) if args.devices else [_from_words(args)]
    arguments = AdmitArgs(devices, args.window, args.visit)
    order = follow.command(args, Role.SECURITY_CENTRE, args.hub, "admit", arguments)
    return Exit.REFUSED if order is None else follow.show(args, order)


def _from_words(args: argparse.Namespace) -> AdmitDevice:
    code = args.install_code or follow.secret_line(args.install_code_file)
    return AdmitDevice(args.device, args.kind, code, args.token_scheme, args.supplier)


def _from_file(path: Path) -> list[AdmitDevice]:
    listed = load_toml(path, DevicesFile, cure="see that --devices names the list")
    return [_entry(path, number, each) for number, each in enumerate(listed.device, 1)]


def _entry(path: Path, number: int, entry: DeviceEntry) -> AdmitDevice:
    try:
        address = parse_eui64(entry.address)
    except ValueError as error:
        raise ConfigurationError(f"{path}: device {number}: address: {error}") from None
    if entry.kind not in list(DeviceKind):
        raise ConfigurationError(f"{path}: device {number}: kind {entry.kind!r}; known are {', '.join(DeviceKind)}")
    return AdmitDevice(address, entry.kind, entry.install_code, entry.token_scheme, entry.supplier)
