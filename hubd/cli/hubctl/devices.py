"""`hubctl devices`: the devices of the utility HAN."""

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from hubd import console
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.output import add_json, columns, print_json, say
from hubd.model.money import format_e5

HELP = "the devices of the utility HAN and their latest values"
EXAMPLES = """\
  hubctl devices
  hubctl devices --json
  hubctl devices --removed
"""
EXITS = NO_DAEMON | {0: "shown"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The socket, and whether those that are gone are asked for."""
    parser.add_argument("--removed", action="store_true", help="the last 15 devices that were removed, newest first")
    add_socket(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """A table, or the list as JSON."""
    if args.removed:
        return _run_removed(args)
    devices = console.ask(socket_of(args), {"do": "devices"})
    if args.json:
        print_json(devices)
        return Exit.OK
    if not devices:
        print("no devices yet: the security centre admits them (`hubctl head admit`)")
        return Exit.OK
    _print(devices)
    return Exit.OK


def _run_removed(args: argparse.Namespace) -> int:
    removed = console.ask(socket_of(args), {"do": "removed_devices"})
    if args.json:
        print_json(removed)
        return Exit.OK
    for device in removed:
        at = datetime.fromtimestamp(device["removed_unix_s"], UTC).strftime("%Y-%m-%d %H:%M UTC")
        print(f"{device['alias']:<16}{device['address']}  {device['kind']:<20}removed {at}")
    if not removed:
        print("no device was removed yet")
    return Exit.OK


_COLUMNS = (
    "alias",
    "address",
    "joined",
    "heard",
    "import kWh",
    "export kWh",
    "power W",
    "gas m3",
    "supply",
    "balance",
    "emergency",
    "credit",
)
_WIDTHS = (14, 23, 6, 9, 11, 11, 8, 9, 6, 9, 9, 26)


def _print(devices: list[dict[str, Any]]) -> None:
    width = columns(sys.stdout)
    if width is None or width >= sum(_WIDTHS) + 2 * len(_WIDTHS):
        _print_table(devices)
    else:
        _print_blocks(devices)


def _print_table(devices: list[dict[str, Any]]) -> None:
    _print_row(_COLUMNS)
    for device in devices:
        heard = device["heard_s_ago"]
        _print_row(
            (
                device["alias"],
                device["address"],
                "yes" if device["joined"] else "no",
                "-" if heard is None else f"{heard:.0f} s ago",
                *_values(device),
            )
        )


def _print_blocks(devices: list[dict[str, Any]]) -> None:
    """For a terminal that is too narrow for the table: what is known of each, below its name."""
    for device in devices:
        heard = device["heard_s_ago"]
        joined = "joined" if device["joined"] else "not joined"
        say(
            f"{device['alias']}  {device['address']}  {joined}"
            + ("" if heard is None else f", heard {heard:.0f} s ago")
        )
        known = [f"{name} {value}" for name, value in zip(_COLUMNS[4:], _values(device), strict=True) if value != "-"]
        if known:
            say(f"    {', '.join(known)}")


def _values(device: dict[str, Any]) -> tuple[str, ...]:
    """The columns from the first register on."""
    return (
        kwh(device.get("import_wh")),
        kwh(device.get("export_wh")),
        shown(device.get("power_w")),
        kwh(device.get("volume_l")),
        shown(device.get("supply")),
        money(device.get("balance_e5")),
        money(device.get("emergency_credit_e5")),
        _credit(device),
    )


def _credit(device: dict[str, Any]) -> str:
    """The meter's own word, and until when the credit lasts where that is only hours."""
    words = shown(device.get("credit_status")).replace("_", " ")
    if device.get("credit_until") is None:
        return words
    return f"{words}, lasts until {datetime.fromtimestamp(device['credit_until'], UTC):%H:%M} UTC"


def _print_row(cells: tuple[str, ...]) -> None:
    print("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip())


def kwh(wh: int | None) -> str:
    """A register in kWh, or m3 from litres; a dash where it was not read."""
    return "-" if wh is None else f"{wh / 1000:.3f}"


def money(amount_e5: int | None) -> str:
    """An amount with two decimals; a dash where it was not read."""
    return "-" if amount_e5 is None else format_e5(amount_e5)


def shown(value: object) -> str:
    """A value; a dash where it was not read."""
    return "-" if value is None else str(value)
