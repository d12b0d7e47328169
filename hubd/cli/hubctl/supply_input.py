"""The capacitor and the load, as options: what `outage replay` and `supply size` share."""

import argparse

from hubd.cli.argument_types import above_nothing, number
from hubd.power.energy import COLDEST_C, HOTTEST_C, REFERENCE_C, Capacitor
from hubd.power.reserve import Loads

NEW = Capacitor(1.0)
MUCH = 1e9

positive = above_nothing(MUCH)
not_negative = number(0, MUCH)


def watts(text: str) -> Loads:
    """`3` for all, or `3/1.5/3.5/2`: as usual, with load shed, sending, shutting down."""
    parts = [positive(part) for part in text.split("/")]
    if len(parts) == 1:
        parts *= 4
    if len(parts) != 4:
        raise argparse.ArgumentTypeError(
            f"{text}: one figure, or four as usual/shed/sending/shutdown, as 3/1.5/3.5/2"
        )
    return Loads(*parts)


def farads(text: str) -> float:
    """`50` or `50F`."""
    return positive(text[:-1] if text[-1:] in ("F", "f") else text)


def add_capacitor(parser: argparse.ArgumentParser) -> None:
    """What a capacitor is made of, but for its capacitance."""
    group = parser.add_argument_group("the capacitor and its converter")
    group.add_argument(
        "--esr", type=not_negative, default=NEW.resistance_ohm, metavar="OHM", help="new (%(default)s)"
    )
    group.add_argument("--full", type=positive, default=NEW.full_v, metavar="V", help="charged to (%(default)s)")
    group.add_argument("--cut-off", type=positive, default=NEW.cutoff_v, metavar="V", help="used to (%(default)s)")
    group.add_argument("--efficiency", type=positive, default=NEW.efficiency, metavar="E", help="(%(default)s)")
    group.add_argument(
        "--temperature",
        type=number(COLDEST_C, HOTTEST_C),
        default=REFERENCE_C,
        metavar="C",
        help="the coldest that the capacitor gets (%(default)s)",
    )


def capacitor(args: argparse.Namespace, capacitance_f: float) -> Capacitor:
    """The capacitor, new and warm. ConfigurationError where the figures do not go together."""
    return Capacitor(capacitance_f, args.esr, args.full, args.cut_off, args.efficiency)
