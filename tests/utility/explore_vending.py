"""Every history of tokens on their way: `python tests/utility/explore_vending.py`; in short form the tests run it.

Finds every reachable world of a set of rules, and shows: no step breaks a promise (`vending_world.py` asserts them:
no answer taken for another token's, no token lost, at most one final result each, none sent again after its rejection
was heard, first in first out); every end has exactly one final result for each token; and from every reachable world
an end can still be reached, so nothing is ever stuck.
"""

import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.utility.vending_meter import Rules
from tests.utility.vending_world import Explorer, World


@dataclass(frozen=True, slots=True)
class Found:
    """What was explored."""

    states: int
    steps: int
    ends: int
    seconds: float


def explore(rules: Rules) -> Found:
    """Raises AssertionError where a promise is broken, with the steps that led there."""
    began_s, explorer = time.monotonic(), Explorer(rules)
    start = explorer.start()
    numbers: dict[World, int] = {start: 0}
    came_from: list[tuple[int, str]] = [(-1, "start")]
    before: dict[int, list[int]] = defaultdict(list)
    todo, ends, steps = deque([start]), list[int](), 0
    while todo:
        world = todo.popleft()
        number = numbers[world]
        if explorer.is_end(world):
            ends.append(number)
        try:
            for name, after in explorer.steps(world):
                steps += 1
                if (known := numbers.get(after)) is None:
                    known = numbers[after] = len(numbers)
                    came_from.append((number, name))
                    todo.append(after)
                before[known].append(number)
        except AssertionError as broken:
            raise AssertionError(f"{broken.args[0]}\nafter {_history(came_from, number)}") from None
    stuck = _cannot_reach(ends, before, len(numbers))
    assert not stuck, f"stuck after {_history(came_from, min(stuck))}"
    return Found(len(numbers), steps, len(ends), time.monotonic() - began_s)


def _history(came_from: list[tuple[int, str]], number: int) -> str:
    names: list[str] = []
    while number > 0:
        number, name = came_from[number]
        names.append(name)
    return ", ".join(reversed(names))


def _cannot_reach(ends: list[int], before: dict[int, list[int]], count: int) -> set[int]:
    reach, todo = set(ends), list(ends)
    while todo:
        for earlier in before[todo.pop()]:
            if earlier not in reach:
                reach.add(earlier)
                todo.append(earlier)
    return set(range(count)) - reach


QUICK = {
    "three tokens to one meter": Rules((0, 0, 0)),
    "three tokens, a meter that numbers by itself": Rules((0, 0, 0), echoes=False),
    "two tokens to two meters, one frame on each air": Rules((0, 1), most_on_air=1),
    "two tokens, the first is not this meter's": Rules((0, 0), bad=frozenset("a")),
    "two tokens to a meter that sleeps": Rules((0, 0), sleeps=True),
    "one token, and all that can happen to it": Rules((0,), full=True, by_hand=True, time_runs_out=True),
    "a change of key and a credit behind it, one frame on the air": Rules((0, 0), change="a", most_on_air=1),
    "two wrong codes typed, a meter that locks, a paid token": Rules(
        bad=frozenset("ab"), typed=frozenset("ab"), locks_after=1, most_on_air=1
    ),
}
"""Seconds."""
WHOLE = QUICK | {
    "a change of key and a credit behind it": Rules((0, 0), change="a"),
    "a wrong code typed, a meter that locks, two paid tokens": Rules(
        bad=frozenset("a"), typed=frozenset("a"), locks_after=1
    ),
    "two wrong codes typed, a paid token, two frames on the air": Rules(
        bad=frozenset("ab"), typed=frozenset("ab"), locks_after=1
    ),
    "a change of key at a meter that locks": Rules((0, 0), change="a", locks_after=2, most_on_air=1),
    "two tokens to two meters": Rules((0, 1)),
    "three tokens, the second is not this meter's": Rules((0, 0, 0), bad=frozenset("b")),
    "three tokens, three frames on the air": Rules((0, 0, 0), most_on_air=3),
    "two tokens, a meter full or not ready": Rules((0, 0), full=True),
    "two tokens, entered by hand as well": Rules((0, 0), by_hand=True),
    "three tokens to a meter that sleeps": Rules((0, 0, 0), sleeps=True),
    "two tokens to a sleeping meter, times run out": Rules((0, 0), sleeps=True, time_runs_out=True),
    "two tokens, times run out": Rules((0, 0), time_runs_out=True),
    "two tokens, full, by hand, numbering by itself": Rules((0, 0), full=True, by_hand=True, echoes=False),
    "two tokens to one meter, one to another": Rules((0, 0, 1)),
    "two tokens to one meter, one to another between": Rules((0, 1, 0)),
    "one token to one meter, two to another": Rules((0, 1, 1)),
    "two tokens, and all that can happen to them": Rules((0, 0), full=True, by_hand=True, time_runs_out=True),
}
"""Half an hour, and 2 GB."""


def main() -> None:
    """The whole exploration, as a table."""
    total = 0
    for name, rules in WHOLE.items():
        found = explore(rules)
        total += found.states
        print(f"{name:<60}{found.states:>10,} states {found.steps:>12,} steps {found.seconds:7.1f} s", flush=True)
    print(f"{'together':<60}{total:>10,} states")


if __name__ == "__main__":
    main()
