"""`hubd bench`: the virtual house, or one virtual coordinator by itself."""

import argparse
import asyncio
import importlib
import json
from pathlib import Path
from typing import Any

from hubd.cli.exit_codes import Exit
from hubd.errors import ConfigurationError, HubdError, LinkError
from hubd.model.identity import Eui64, parse_eui64

HELP = "run the virtual house, or one virtual Zigbee coordinator with devices behind it"
EXAMPLES = """  hubd bench                                     the whole house, with a live view; Ctrl-C ends it
  hubd bench --plain --for 60                    the same for a minute, one line an event
  hubd bench --capture air.pcap                  what goes over the air, for Wireshark
  hubd bench coordinator --listen tcp://127.0.0.1:6638 --devices house.toml
  hubd bench coordinator --pty /tmp/ttyBench --devices house.toml --nv nv.json --state house.json
  hubd bench coordinator --listen tcp://127.0.0.1:6638 --devices house.toml --loss 0.1 --latency 0.02 --seed 7"""

_COORDINATOR_EXAMPLES = """examples:
  hubd bench coordinator --listen tcp://127.0.0.1:6638 --devices house.toml
      any Zigbee client for TI radios can open it: zigpy (socket://127.0.0.1:6638), zigbee2mqtt (tcp://127.0.0.1:6638)
  hubd bench coordinator --pty /tmp/ttyBench --devices house.toml --nv nv.json --state house.json
      as a serial port; the network and the devices are still there after a restart
The devices file is described in docs/virtual-coordinator.md."""

_LONGEST_SOCKET_PATH = 107
"""What fits `sockaddr_un` (unix(7))."""

_ASK_EXAMPLES = """examples:
  hubd bench ask /tmp/air.sock devices
  hubd bench ask /tmp/air.sock fault kind=freeze for_s=20
  hubd bench ask /tmp/air.sock fault kind=confirm_failed count=3 ieee=kettle
  hubd bench ask /tmp/air.sock burst per_s=50 count=500
  hubd bench ask /tmp/air.sock power ieee=kettle on=false"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The house's options, and the verb below it."""
    parser.add_argument("--state", type=Path, default=Path(".bench"), metavar="DIR", help="where it keeps everything")
    parser.add_argument("--plain", action="store_true", help="no live view: one line an event")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="all chance comes from it (default 1)")
    _add_capture(parser, "write the utility HAN's air here, as a pcap that Wireshark opens")
    parser.add_argument("--for", dest="for_s", type=float, metavar="SECONDS", help="end by itself after this time")
    below = parser.add_subparsers(metavar="VERB")
    coordinator = below.add_parser(
        "coordinator",
        help="one virtual coordinator: Z-Stack 3 over a TCP port or a pty",
        description="A virtual Zigbee coordinator (Z-Stack 3 on a CC26x2) with devices behind it. Ends on Ctrl-C.",
        epilog=_COORDINATOR_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    coordinator.set_defaults(run=_run_coordinator)
    _add_coordinator_arguments(coordinator)
    grid = below.add_parser("grid", help="a grid whose reclosers take supply away from hubs (docs/outage.md)")
    grid.set_defaults(run=_run_grid)
    grid.add_argument("file", type=Path, metavar="FILE", help="the hubs on it, as TOML")
    ask = below.add_parser(
        "ask",
        help="ask a coordinator's control socket: faults, load, devices",
        description="Put one question to the control socket of a virtual coordinator. Prints the answer as JSON.",
        epilog=_ASK_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.set_defaults(run=_run_ask)
    ask.add_argument("socket", type=Path, metavar="SOCKET", help="the path given to --control")
    ask.add_argument(
        "what", metavar="WHAT", help="devices, fault, faults, burst, sent, meter, power, set, leave, rekey or keys"
    )
    ask.add_argument("values", nargs="*", metavar="KEY=VALUE", help="what the question needs")


def _add_coordinator_arguments(parser: argparse.ArgumentParser) -> None:
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--listen", metavar="tcp://HOST:PORT", help="the TCP port to offer (port 0: any free one)")
    end.add_argument("--pty", type=Path, metavar="PATH", help="make PATH a link to a pseudo-terminal")
    parser.add_argument("--devices", type=Path, required=True, metavar="FILE", help="the devices, as TOML")
    parser.add_argument("--nv", type=Path, metavar="FILE", help="keep the coordinator's memory here (JSON)")
    # Its own name in the result: the house has a --state too, which is a directory.
    parser.add_argument(
        "--state", dest="devices_state", type=Path, metavar="FILE", help="keep the devices' memory here (JSON)"
    )
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="a Unix socket for faults and load")
    parser.add_argument("--ieee", metavar="ADDR", help="address of the hardware (default: from seed and end)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="all chance comes from it (default 1)")
    parser.add_argument(
        "--loss", type=float, default=0.0, metavar="P", help="chance that one transmission is not heard, 0 to below 1"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="mean time one way (default 0)")
    _add_capture(parser, "write the air here, as a pcap that Wireshark opens")


def _add_capture(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--capture", type=Path, metavar="FILE", help=f"{what}; its keys go to FILE.keys")


def run(args: argparse.Namespace) -> int:
    """The whole house."""
    _writable(args.capture, "--capture")
    house = importlib.import_module("hubd.bench.house")
    return int(house.main(args))


def _run_coordinator(args: argparse.Namespace) -> int:
    from hubd.bench.coordinator.serve import CoordinatorOptions, serve
    from hubd.bench.devices.devices_file import load_devices

    options = CoordinatorOptions(
        nodes=tuple(load_devices(args.devices, args.seed)),
        listen=_tcp(args.listen) if args.listen else None,
        pty=args.pty,
        nv=_writable(args.nv, "--nv"),
        state=_writable(args.devices_state, "--state"),
        control=_socket(args.control),
        ieee=_ieee(args.ieee),
        seed=args.seed,
        loss=_between(args.loss, 0.0, 0.99, "--loss"),
        latency_s=_between(args.latency, 0.0, 60.0, "--latency"),
        capture=_writable(args.capture, "--capture"),
    )
    try:
        asyncio.run(serve(options, lambda address: print(f"listening on {address}", flush=True)))
    except* HubdError as group:
        raise _first(group) from None
    except* OSError as group:
        raise LinkError(f"{args.control}: cannot be listened on: {_first(group)}") from None
    return Exit.OK


def _run_grid(args: argparse.Namespace) -> int:
    from hubd.bench.grid import grid_file
    from hubd.bench.grid.serve import serve

    grid = grid_file.load(args.file)
    asyncio.run(serve(grid))
    return Exit.OK


def _run_ask(args: argparse.Namespace) -> int:
    from hubd import console
    from hubd.cli.output import print_json

    question: dict[str, Any] = {"do": args.what}
    for word in args.values:
        key, equals, value = word.partition("=")
        if not equals:
            raise ConfigurationError(f"{word!r} is not of the form KEY=VALUE")
        question[key] = _value(value)
    print_json(console.ask(args.socket, question))
    return Exit.OK


def _value(text: str) -> object:
    """A number, true or false, where it is one; else the text itself."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _tcp(address: str) -> tuple[str, int]:
    scheme, _, rest = address.rpartition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in ("tcp", "") or not host or not port.isdigit() or int(port) > 65_535:
        raise ConfigurationError(f"--listen: {address!r} is not of the form tcp://HOST:PORT")
    return host.strip("[]"), int(port)


def _ieee(text: str | None) -> Eui64 | None:
    try:
        return parse_eui64(text) if text else None
    except ValueError as error:
        raise ConfigurationError(f"--ieee: {error}") from None


def _writable(path: Path | None, option: str) -> Path | None:
    if path is not None and not path.absolute().parent.is_dir():
        raise ConfigurationError(f"{option}: there is no directory {path.absolute().parent}. Cure: make it first")
    return path


def _socket(path: Path | None) -> Path | None:
    if path is not None and len(str(path).encode()) > _LONGEST_SOCKET_PATH:
        raise ConfigurationError(f"--control: {path} is too long for a socket: {_LONGEST_SOCKET_PATH} octets at most")
    return _writable(path, "--control")


def _between(value: float, low: float, high: float, option: str) -> float:
    if not low <= value <= high:
        raise ConfigurationError(f"{option}: {value:g} is not between {low:g} and {high:g}")
    return value
