"""A million random histories against the oracle and the invariants

    python tests/power/million.py --count 1000000 --seed 1

Prints how many histories, steps, alerts and crashes there were and how long it took; stops at the first history that
breaks a rule, and prints it.
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[2]))
    __package__ = "tests.power"

from hubd.cli.argument_types import seed, whole
from hubd.power.rules import Policy, Rules

from .histories import Run, check, losses, with_spread
from .oracle import US, Loss, expected

SPREADS_US = (0, 0, 5 * US, 30 * US)


def one(number: int, seed: int, counted: Counter[str]) -> None:
    """History `number` of a seed: plain against the oracle, or disturbed against the invariants, by its number."""
    chance = random.Random(f"{seed}/{number}")
    policy = chance.choice(tuple(Policy))
    spread_us = chance.choice(SPREADS_US)
    history = losses(chance)
    rules = with_spread(Rules(policy), spread_us)
    kind = ("plain", "plain", "energy", "crashes", "energy and crashes")[number % 5]
    run = Run(
        rules,
        chance,
        stores=chance.random() < 0.5,
        crashes=0.5 if "crashes" in kind else 0.0,
        energy="energy" in kind,
    )
    try:
        run.through(history)
        check(run, history)
        if kind == "plain":
            _same_as_oracle(run, history, policy, spread_us)
        if kind == "energy":
            _alerted_where_energy_sufficed(run, history)
    except AssertionError as error:
        error.add_note(
            f"history {number} of seed {seed}, {kind}, {policy}, spread {spread_us}: {history}\n{run.told}"
        )
        raise
    counted.update(item[1] for item in run.told)
    counted[kind] += 1
    counted["steps"] += run.steps
    counted["kills"] += run.crashed


def _same_as_oracle(run: Run, history: list[Loss], policy: str, spread_us: int) -> None:
    told = [(now, event, operations) for now, event, operations, _ in run.told]
    assert told == expected(history, policy, spread_us), expected(history, policy, spread_us)
    assert len(set(run.opened)) == sum(1 for item in told if item[1] != "alert") + (history[-1].end is None)


def _alerted_where_energy_sufficed(run: Run, history: list[Loss]) -> None:
    """A final loss that the hub lives to see is alerted if 15 s and the least send window are covered."""
    final = history[-1]
    if final.end is not None or run.state.outage is None or run.state.outage.off_since_s != final.begin / US:
        return
    begin_s = final.begin / US
    if run.send_by - begin_s >= 15 + 1e-3 or run.down_by - begin_s >= 15 + run.rules.least_send_s + 1e-3:
        assert run.state.outage.alert is not None, "the energy sufficed and no alert was sent"


def main() -> None:
    """Run them all."""
    parser = argparse.ArgumentParser(description="random histories through the last-gasp rules")
    parser.add_argument("--count", type=whole(1, 1_000_000_000), default=1_000_000)
    parser.add_argument("--seed", type=seed, default=1)
    args = parser.parse_args()
    counted: Counter[str] = Counter()
    begun_s = time.monotonic()
    for number in range(args.count):
        one(number, args.seed, counted)
    print(f"{args.count} histories in {time.monotonic() - begun_s:.1f} s, seed {args.seed}: no rule broken")
    for name, count in sorted(counted.items()):
        print(f"  {name:20} {count}")


if __name__ == "__main__":
    main()
