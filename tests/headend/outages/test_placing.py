"""Losses are explained at the lowest node that explains them, and never above a proof of life (R44, R45)."""

import random

import pytest

from hubd.headend.outages.evidence import DEFAULT_RULES, Heard, Loss
from hubd.headend.outages.network import Level, Network, Path, network_of
from hubd.headend.outages.placing import Group, Others, place

from .grid import T0, World, loss, lowest, tree

SEEDS = 400


def small() -> Network:
    """Two spurs of two transformers of three houses; the first transformer has a hub of its own."""
    places: dict[str, Path] = {"m": ("F", "S0", "T0")}
    for spur in ("S0", "S1"):
        for transformer in ("T0", "T1"):
            for house in range(3):
                places[f"{spur}-{transformer}-{house}".lower()] = ("F", spur, transformer, f"h{house}")
    return network_of(places)


def groups(network: Network, losses: list[Loss], heard: dict[str, Heard] | None = None) -> list[Group]:
    heard = heard or {}
    proofs = {hub: (h.on_s,) for hub, h in heard.items() if h.on_s is not None}
    return place(network, losses, Others(proofs, heard, frozenset()), DEFAULT_RULES)


def nodes(found: list[Group]) -> list[tuple[str, bool]]:
    return [("/".join(group.node), group.whole) for group in found]


def test_one_house_is_its_own_incident_r44() -> None:
    assert nodes(groups(small(), [loss("s1-t0-1")])) == [("F/S1/T0/h1", True)]


def test_every_house_of_a_transformer_is_one_incident_of_the_transformer_r44() -> None:
    assert nodes(groups(small(), [loss(f"s1-t0-{n}") for n in range(3)])) == [("F/S1/T0", True)]


def test_two_of_three_are_enough_where_the_third_is_silent_and_only_a_part_where_it_lives_r44() -> None:
    two = [loss("s1-t0-0"), loss("s1-t0-1")]
    assert nodes(groups(small(), two)) == [("F/S1/T0", True)]
    assert nodes(groups(small(), two, {"s1-t0-2": Heard(T0 + 30)})) == [("F/S1/T0", False)]


def test_life_proven_before_the_loss_proves_nothing_r44() -> None:
    two = [loss("s1-t0-0"), loss("s1-t0-1")]
    assert nodes(groups(small(), two, {"s1-t0-2": Heard(T0 - 1)})) == [("F/S1/T0", True)]


def test_two_dead_transformers_are_one_incident_of_the_spur_r44() -> None:
    losses = [loss(f"s1-{t}-{n}") for t in ("t0", "t1") for n in range(3)]
    assert nodes(groups(small(), losses)) == [("F/S1", True)]


def test_the_hub_at_a_transformer_is_enough_for_it_and_its_life_is_proof_against_it_r45() -> None:
    assert nodes(groups(small(), [loss("m")])) == [("F/S0/T0", True)]
    assert nodes(groups(small(), [loss("m"), loss("s0-t0-1")])) == [("F/S0/T0", True)]
    houses = [loss(f"s0-t0-{n}") for n in range(3)]
    assert nodes(groups(small(), houses, {"m": Heard(T0 + 60)})) == [("F/S0/T0", False)]


def test_lost_contact_strengthens_an_alert_and_alone_is_no_incident_r44() -> None:
    lost = {"s1-t1-1": Heard(lost_s=T0 + 270), "s1-t1-2": Heard(lost_s=T0 + 270)}
    houses = [loss(f"s1-t0-{n}") for n in range(3)]
    assert nodes(groups(small(), houses, lost)) == [("F/S1/T0", True)]
    assert nodes(groups(small(), [*houses, loss("s1-t1-0")], lost)) == [("F/S1", True)]


def test_a_transformer_is_never_in_two_incidents_of_one_event_r44() -> None:
    losses = [loss("s1-t0-0"), loss("s1-t0-1"), loss("s0-t1-2")]
    alive = {"s1-t0-2": Heard(T0 + 60), "s0-t1-0": Heard(T0 + 60)}
    assert nodes(groups(small(), losses, alive)) == [("F/S0/T1/h2", True), ("F/S1/T0", False)]


@pytest.mark.parametrize("silent", [0.0, 0.2])
def test_where_all_report_the_incident_is_at_the_fault_r44(silent: float) -> None:
    for seed in range(SEEDS):
        rng = random.Random(seed)
        network = tree(rng)
        fault = rng.choice(sorted(network.below))
        below = set(network.hubs_below(fault))
        world = World(network)
        world.cut(fault)
        if silent and len(below) > 20:
            for hub in rng.sample(sorted(below), int(silent * len(below))):
                del world.losses[hub, f"{hub}-{T0:.0f}"]
            told = {lost.hub for lost in world.losses.values()}
            world.heard = {hub: Heard(T0 + 100) for hub in network.places if hub not in below}
            found = groups(network, list(world.losses.values()), world.heard)
            assert {hub for group in found for hub in network.hubs_below(group.node)} >= told
            assert all(group.node[: len(fault)] == fault for group in found), seed
            continue
        if rng.random() < 0.5:  # it is the same whether the others have just proven their life, or are only quiet
            world.alive(T0 + 100)
        found = groups(network, list(world.losses.values()), world.heard)
        assert nodes(found) == [("/".join(lowest(network, fault, below)), True)], seed


def test_no_incident_stands_above_a_proof_of_life_whatever_is_lost_r44() -> None:
    for seed in range(SEEDS):
        rng = random.Random(seed)
        network = tree(rng)
        hubs = sorted(network.places)
        losses = [loss(hub, T0 + rng.uniform(0, 3)) for hub in hubs if rng.random() < rng.choice([0.1, 0.5, 0.9])]
        lost = {entry.hub for entry in losses}
        heard = {hub: Heard(T0 + rng.uniform(10, 100)) for hub in hubs if hub not in lost and rng.random() < 0.3}
        found = groups(network, losses, heard) if losses else []
        assert sorted(entry.key for group in found for entry in group.losses) == sorted(x.key for x in losses)
        for group in found:
            if group.whole:
                assert not heard.keys() & set(network.hubs_below(group.node)), seed
        transformers = [group.node for group in found if len(group.node) >= Level.TRANSFORMER]
        per = [node[:3] for node in transformers]
        assert len(per) == len(set(per)), seed


def test_the_order_in_which_alerts_come_changes_nothing_r44() -> None:
    for seed in range(60):
        rng = random.Random(seed)
        network = tree(rng)
        losses = [loss(hub, T0 + rng.uniform(0, 3)) for hub in network.places if rng.random() < 0.6]
        if losses:
            shuffled = rng.sample(losses, len(losses))
            assert nodes(groups(network, losses)) == nodes(groups(network, shuffled))
