"""The rules of last gasp over whole spaces: explored, random, and against an oracle (R41-R44)."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.power.last_gasp import TABLE
from hubd.power.phases import Phase
from hubd.power.rules import Policy, Rules

from .explore import explore, starts
from .histories import OFF_US, ON_US, Run
from .million import one
from .oracle import US, Loss, expected

ENERGIES = ((0.5, 0.5), (20.0, 30.0), (5.0, 40.0))
"""Seconds until sending and shutting down must begin, at the moment they are told."""


@pytest.mark.parametrize("policy", list(Policy))
def test_every_state_reachable_on_a_coarse_grid_keeps_the_rules(policy: Policy) -> None:
    """And every row of the table is used: a rule that nothing can reach would be a lie in the diagram."""
    found = explore(Rules(policy, spread_s=15.0), 15.0, ENERGIES)
    assert len(found.states) > 500
    rows = {(row.before, row.trigger) for row in TABLE if row.before is not Phase.STARTING}
    assert {pair for pair in found.used if pair[1] is not None and pair[0] is not Phase.STARTING} == rows
    assert len({(row.before, row.trigger) for row in TABLE}) == len(TABLE)


def test_a_start_from_any_reachable_state_leads_to_a_phase_of_the_table() -> None:
    found = explore(Rules(spread_s=15.0), 15.0, ())
    reached = {start.phase for state in found.states for start in starts(state)}
    rows = {row.after for row in TABLE if row.before is Phase.STARTING}
    assert reached == rows - {Phase.NORMAL, Phase.DIP}


@st.composite
def _histories(draw: st.DrawFn) -> list[Loss]:
    found: list[Loss] = []
    now = 0
    count = draw(st.integers(1, 8))
    for number in range(count):
        off = draw(st.one_of(st.sampled_from(OFF_US), st.integers(1, 300 * US)))
        stays = number == count - 1 and draw(st.booleans())
        found.append(Loss(now, None if stays else now + off))
        now += off + draw(st.one_of(st.sampled_from(ON_US), st.integers(1, 100 * US)))
    return found


@settings(max_examples=300, deadline=None)
@given(_histories(), st.sampled_from(Policy), st.sampled_from((0, 5 * US, 30 * US)))
def test_any_history_is_told_as_the_oracle_reckons_it(history: list[Loss], policy: Policy, spread_us: int) -> None:
    run = Run(Rules(policy, spread_s=spread_us / US), random.Random(0))
    run.through(history)
    assert [item[:3] for item in run.told] == expected(history, policy, spread_us)


def test_random_histories_with_crashes_and_scarce_energy_keep_the_rules() -> None:
    """A short piece of what `python tests/power/million.py` does at length."""
    counted: Counter[str] = Counter()
    for number in range(3_000):
        one(number, 2, counted)
    assert min(counted[name] for name in ("alert", "provisional", "silent", "kills")) > 100
