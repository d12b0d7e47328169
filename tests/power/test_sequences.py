"""The recloser sequences, each policy to a tenth of a second (R41-R43)."""

import json
from pathlib import Path

import pytest

from hubd.power.replay import Told, replay
from hubd.power.rules import Policy, Rules
from hubd.power.sequence import edges

CORPUS = json.loads((Path(__file__).parent / "vectors" / "outage-sequences.json").read_text())["sequences"]
CASES = [(entry, policy) for entry in CORPUS for policy in entry["expect"]]


def test_the_corpus_is_whole() -> None:
    assert len(CORPUS) == 18
    assert len(CASES) == 54


@pytest.mark.parametrize(("entry", "policy"), CASES, ids=[f"{entry['name']}, {policy}" for entry, policy in CASES])
def test_every_sequence_is_told_as_the_corpus_says(entry: dict, policy: str) -> None:
    told = replay(edges(entry["supply"], entry["name"]), Rules(Policy(policy)))
    wanted = tuple(Told(item["t"], item["event"], item["operations"]) for item in entry["expect"][policy])
    assert [(item.event, item.operations) for item in told] == [(item.event, item.operations) for item in wanted]
    assert [item.t for item in told] == pytest.approx([item.t for item in wanted], abs=0.001)
