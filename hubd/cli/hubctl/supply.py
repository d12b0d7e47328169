"""`hubctl supply size`: the capacitor that a build needs."""

import argparse

from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.hubctl import supply_input as given
from hubd.cli.hubctl.supply_plot import plot
from hubd.cli.output import add_json, complain, print_json
from hubd.power import sizing
from hubd.power.energy import Capacitor, Leg
from hubd.power.rules import Policy

HELP = "the supercapacitor that a build needs"
EXAMPLES = """\
  hubctl supply size --load 3/1.5/3.5/2
  hubctl supply size --load 1.5 --policy sustained --json
  hubctl supply size --load 3/1.5/3.5/2 --spread 10 --temperature -20
"""
_DEFAULT = sizing.Durations()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One verb below this one."""
    below = parser.add_subparsers(metavar="WHAT", required=True)
    sizer = below.add_parser(
        "size",
        **page(
            "reckon the capacitance for the worst way down, at the end of the capacitor's life",
            EXAMPLES,
            {0: "a usual bank carries it", 1: "none does", 3: "figures that do not go together"},
        ),
    )
    sizer.add_argument(
        "--load", type=given.watts, required=True, metavar="W", help="watts: one, or usual/shed/sending/shutdown"
    )
    sizer.add_argument(
        "--policy", choices=[policy.value for policy in Policy], default="confirmed", help="(default: %(default)s)"
    )
    for name, value, about in (
        ("reclosers", _DEFAULT.riding_s, "losses before the last one"),
        ("spread", _DEFAULT.spread_s, "the longest share of the spread"),
        ("send", _DEFAULT.send_s, "the send window"),
        ("shutdown", _DEFAULT.shutdown_s, "the orderly shutdown"),
    ):
        sizer.add_argument(
            f"--{name}", type=given.not_negative, default=value, metavar="S", help=f"{about} (%(default)s)"
        )
    given.add_capacitor(sizer)
    add_json(sizer)


def run(args: argparse.Namespace) -> int:
    """Exit code 1 where no usual bank, or no capacitor at all, carries the load."""
    legs = sizing.way_down(
        args.load, Policy(args.policy), sizing.Durations(args.reclosers, args.spread, args.send, args.shutdown)
    )
    like = given.capacitor(args, 1.0)
    needed = sizing.needed_f(like, legs, args.temperature)
    found = sizing.banks(like, legs, args.temperature)
    chosen = next((bank for bank in found if bank.covers), None)
    if args.json:
        print_json(_document(legs, needed, found, chosen))
        return Exit.OK if chosen else Exit.REFUSED
    _print_legs(legs)
    if needed is None:
        complain("no capacitance carries this: the voltage sags below the cut-off. Lower the load or the resistance.")
        return Exit.REFUSED
    span = f"{like.full_v:g} V to {like.cutoff_v:g} V, at the end of life and {args.temperature:g} degrees"
    print(f"\nneeded: {needed:.1f} F when new ({span})\n")
    _print_banks(found, sum(leg.time_s for leg in legs))
    if chosen is None:
        complain("none of the usual banks carries it")
        return Exit.REFUSED
    _print_plot(given.capacitor(args, chosen.capacitance_f).aged().at(args.temperature), legs, chosen)
    return Exit.OK


def _document(
    legs: tuple[Leg, ...], needed_f: float | None, found: tuple[sizing.Bank, ...], chosen: sizing.Bank | None
) -> dict[str, object]:
    return {
        "legs": legs,
        "time_s": sum(leg.time_s for leg in legs),
        "energy_j": sum(leg.time_s * leg.load_w for leg in legs),
        "needed_f": None if needed_f is None else round(needed_f, 2),
        "chosen": chosen,
        "banks": found,
    }


def _print_legs(legs: tuple[Leg, ...]) -> None:
    print("the worst way down, without charging in between:")
    for leg in legs:
        print(f"  {leg.name:18} {leg.time_s:6.1f} s at {leg.load_w:5.2f} W")
    total_s, energy_j = sum(leg.time_s for leg in legs), sum(leg.time_s * leg.load_w for leg in legs)
    print(f"  {'together':18} {total_s:6.1f} s,   {energy_j:7.1f} J out of the converter")


def _print_banks(found: tuple[sizing.Bank, ...], total_s: float) -> None:
    print(f"  two cells of   makes     new carries   old carries   of {total_s:g} s")
    for bank in found:
        verdict = f"enough, {bank.end_v:.2f} V left" if bank.covers else "too small when old"
        old, new = f"{bank.old_lasts_s:8.1f} s", f"{bank.new_lasts_s:8.1f} s"
        print(f"  {bank.cell_f:8d} F  {bank.capacitance_f:6.1f} F    {new}    {old}    {verdict}")


def _print_plot(old: Capacitor, legs: tuple[Leg, ...], bank: sizing.Bank) -> None:
    print(f"\nvoltage inside two cells of {bank.cell_f} F, old:\n")
    print(plot(old, legs))
