"""`hubd bench coordinator`: one virtual coordinator alone, for any Zigbee client."""

import argparse
import asyncio
from pathlib import Path

from hubd.cli.argument_types import checked, loss, number, seed
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.written_file import place_for
from hubd.errors import ConfigurationError, HubdError, LinkError, first_of
from hubd.model.identity import parse_eui64

_EXAMPLES = """\
  hubd bench coordinator --listen tcp://127.0.0.1:6638 --devices house.toml
      any Zigbee client for TI radios can open it: zigpy
      (socket://127.0.0.1:6638), zigbee2mqtt (tcp://127.0.0.1:6638)
  hubd bench coordinator --pty /tmp/ttyBench --devices house.toml \\
      --nv nv.json --state house.json
      as a serial port; network and devices are still there after a restart
  hubd bench coordinator --listen tcp://127.0.0.1:6638 --devices house.toml \\
      --loss 0.1 --latency 0.02 --seed 7

The devices file is described in docs/virtual-coordinator.md.
"""
_EXITS = {
    0: "ended by Ctrl-C or SIGTERM",
    3: "a file cannot be used, or a place not written",
    4: "a port or a socket cannot be listened on",
}
_LONGEST_SOCKET_PATH = 107
"""What fits `sockaddr_un` (unix(7))."""
_LONGEST_LATENCY_S = 60


def add(below: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The verb."""
    about = "one virtual coordinator: Z-Stack 3 over a TCP port or a pty"
    words = "A virtual Zigbee coordinator (Z-Stack 3 on a CC26x2) with devices behind it. Ends on Ctrl-C."
    parser = below.add_parser("coordinator", **page(about, _EXAMPLES, _EXITS, description=words))
    parser.set_defaults(run=_run)
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument(
        "--listen", type=_tcp, metavar="tcp://HOST:PORT", help="the TCP port to offer (port 0: any free one)"
    )
    end.add_argument("--pty", type=Path, metavar="PATH", help="make PATH a link to a pseudo-terminal")
    parser.add_argument("--devices", type=Path, required=True, metavar="FILE", help="the devices, as TOML")
    parser.add_argument("--nv", type=Path, metavar="FILE", help="keep the coordinator's memory here (JSON)")
    # Its own name in the result: the house has a --state too, which is a directory.
    parser.add_argument(
        "--state", dest="devices_state", type=Path, metavar="FILE", help="keep the devices' memory here (JSON)"
    )
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="a Unix socket for faults and load")
    parser.add_argument(
        "--ieee",
        type=checked(parse_eui64),
        metavar="ADDR",
        help="address of the hardware (default: from seed and end)",
    )
    _add_chance(parser)
    add_capture(parser, "write the air here, as a pcap that Wireshark opens")


def _add_chance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="all chance comes from it (default 1)")
    parser.add_argument(
        "--loss", type=loss, default=0.0, metavar="P", help="chance that a transmission is not heard, 0 to 0.99"
    )
    parser.add_argument(
        "--latency",
        type=number(0, _LONGEST_LATENCY_S),
        default=0.0,
        metavar="S",
        help="mean time one way (default 0)",
    )


def add_capture(parser: argparse.ArgumentParser, what: str) -> None:
    """`--capture FILE`."""
    parser.add_argument("--capture", type=Path, metavar="FILE", help=f"{what}; its keys go to FILE.keys")


def _run(args: argparse.Namespace) -> int:
    from hubd.bench.coordinator.serve import CoordinatorOptions, serve
    from hubd.bench.devices.devices_file import load_devices

    options = CoordinatorOptions(
        nodes=tuple(load_devices(args.devices, args.seed)),
        listen=args.listen,
        pty=args.pty,
        nv=place_for(args.nv, "--nv"),
        state=place_for(args.devices_state, "--state"),
        control=_socket(args.control),
        ieee=args.ieee,
        seed=args.seed,
        loss=args.loss,
        latency_s=args.latency,
        capture=place_for(args.capture, "--capture"),
    )
    try:
        asyncio.run(serve(options, lambda address: print(f"listening on {address}", flush=True)))
    except* HubdError as group:
        raise first_of(group) from None
    except* OSError as group:
        raise not_listened_on(str(args.control), group) from None
    return Exit.OK


def not_listened_on(what: str, group: BaseException) -> LinkError:
    """The error of a socket that could not be made."""
    return LinkError(f"{what}: cannot be listened on: {first_of(group)}. Cure: name another place")


def _tcp(address: str) -> tuple[str, int]:
    scheme, _, rest = address.rpartition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in ("tcp", "") or not host or not (port.isascii() and port.isdigit()) or int(port[:6]) > 65_535:
        raise argparse.ArgumentTypeError(f"{address!r} is not of the form tcp://HOST:PORT")
    return host.strip("[]"), int(port)


def _socket(path: Path | None) -> Path | None:
    if path is not None and len(str(path).encode()) > _LONGEST_SOCKET_PATH:
        raise ConfigurationError(
            f"--control: {path} is too long for a socket: {_LONGEST_SOCKET_PATH} octets at most. Cure: a shorter path"
        )
    return place_for(path, "--control")
