"""Incidents from the first alert to the last house that is back: numbers, nested faults, those still off (R44)."""

import random
from dataclasses import replace

from hubd.headend.outages.evidence import DEFAULT_RULES, Heard, Loss, LossKind
from hubd.headend.outages.incidents import Grouped, Known, regroup
from hubd.headend.outages.network import Network, Path, spell
from hubd.headend.outages.standing import Incident

from .grid import T0, World, loss, lowest, tree
from .test_placing import small

RETURN = T0 + 600.0
SEEDS = 250


class Book:
    """What the book would keep, in memory."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.incidents: dict[int, Incident] = {}
        self.asked: set[tuple[int, str]] = set()

    def look(self, now_s: float) -> Grouped:
        losses = sorted(self.world.losses.values(), key=lambda entry: entry.key)
        known = Known(
            self.world.network, losses, list(self.incidents.values()), self.world.heard, len(self.incidents) + 1
        )
        grouped = regroup(known, now_s, DEFAULT_RULES)
        self.incidents |= {incident.number: incident for incident in grouped.changed}
        for entry in grouped.presumed:
            self.world.losses[entry.key] = entry
        for key, number in grouped.belongs.items():
            self.world.losses[key] = replace(self.world.losses[key], incident=number)
        self.asked |= set(grouped.ask)
        return grouped

    def restore(self, hubs: set[str], at_s: float) -> None:
        for key, entry in list(self.world.losses.items()):
            if entry.hub in hubs and entry.ended_s is None:
                self.world.losses[key] = replace(entry, ended_s=at_s, ended_told_s=at_s + 61)
                self.world.heard[entry.hub] = Heard(at_s + 61)

    def standing(self) -> list[tuple[str, bool]]:
        return sorted((spell(i.node), i.whole) for i in self.incidents.values() if not i.over)

    def off_of(self, incident: Incident) -> set[str]:
        losses = self.world.losses.values()
        return {entry.hub for entry in losses if entry.incident == incident.number and entry.ended_s is None}


def incident_of(book: Book, node: str) -> Incident:
    found = [i for i in book.incidents.values() if spell(i.node) == node and i.into is None]
    assert len(found) == 1, book.incidents
    return found[0]


def test_an_incident_gets_its_number_when_its_alerts_have_gathered_and_not_twice_r44() -> None:
    world = World(small())
    world.cut(("F", "S1"))
    book = Book(world)
    assert [group.node for group in book.look(T0 + 75).forming] == [("F", "S1")]
    assert not book.incidents
    book.look(T0 + 120)
    assert book.standing() == [("F/S1", True)]
    assert not book.look(T0 + 121).changed


def test_a_late_alert_widens_the_incident_under_its_number_r44() -> None:
    world = World(small())
    world.cut(("F", "S1"), but={"s1-t1-0", "s1-t1-1", "s1-t1-2"})
    book = Book(world)
    book.look(T0 + 120)
    assert book.standing() == [("F/S1/T0", True)]
    world.cut(("F", "S1", "T1"))
    book.look(T0 + 130)
    assert book.standing() == [("F/S1", True)]
    assert list(book.incidents) == [1]


def test_two_incidents_that_turn_out_to_be_one_keep_the_first_number_r44() -> None:
    world = World(small())
    world.cut(("F", "S1", "T0", "h0"))
    world.cut(("F", "S0", "T1", "h0"))
    book = Book(world)
    book.look(T0 + 120)
    world.cut(("F",))
    book.look(T0 + 125)
    assert book.standing() == [("F", True)]
    assert {i.into for i in book.incidents.values()} == {None, 1}


def test_a_blown_fuse_under_a_restored_spur_is_an_incident_nested_in_it_r44() -> None:
    world = World(small())
    hubs = world.cut(("F", "S1"))
    world.alive(T0 + 60)
    book = Book(world)
    book.look(T0 + 120)
    back = {hub for hub in hubs if not hub.startswith("s1-t0")}
    book.restore(back, RETURN)
    assert not book.look(RETURN + 130).ask
    assert {hub for _, hub in book.look(RETURN + 195).ask} == hubs - back
    book.look(RETURN + 240)
    nested = incident_of(book, "F/S1/T0")
    assert (nested.parent, nested.whole, nested.began_s) == (1, True, T0)
    assert book.incidents[1].closed_s == RETURN
    book.restore({"s1-t0-0", "s1-t0-1"}, RETURN + 3600)
    book.look(RETURN + 3700)
    assert incident_of(book, "F/S1/T0").returned_s == RETURN + 3600
    book.look(RETURN + 3600 + 240)
    last = incident_of(book, "F/S1/T0/h2")
    assert last.parent == nested.number
    book.restore({"s1-t0-2"}, RETURN + 7200)
    book.look(RETURN + 7300)
    assert not book.standing()


def test_a_restoration_told_late_moves_its_hub_back_among_those_who_returned_r44() -> None:
    world = World(small())
    hubs = world.cut(("F", "S1"))
    book = Book(world)
    book.look(T0 + 120)
    book.restore({hub for hub in hubs if hub.startswith("s1-t1")}, RETURN)
    book.look(RETURN + 100)
    book.look(RETURN + 240)
    book.restore({"s1-t0-0"}, RETURN)
    book.look(RETURN + 400)
    assert book.standing() == [("F/S1/T0", False)]
    assert book.off_of(incident_of(book, "F/S1/T0")) == {"s1-t0-1", "s1-t0-2"}


def test_a_hub_that_went_down_silently_is_asked_and_then_presumed_off_r44() -> None:
    world = World(small())
    world.alive(T0 - 3600)
    hubs = world.cut(("F", "S1"), but={"s1-t0-0", "s1-t1-1"})
    book = Book(world)
    book.look(T0 + 120)
    world.heard["s1-t1-1"] = Heard(RETURN + 30)  # it speaks again, and tells of no loss
    book.restore(hubs, RETURN)
    book.look(RETURN + 70)
    assert {hub for _, hub in book.look(RETURN + 191).ask} == {"s1-t0-0"}
    book.look(RETURN + 236)
    assert book.standing() == [("F/S1/T0/h0", True)]
    assert [x.hub for x in world.losses.values() if x.kind is LossKind.PRESUMED] == ["s1-t0-0"]


def test_an_earlier_outage_is_neither_evidence_nor_proof_against_a_later_one_around_it_r44() -> None:
    world = World(small())
    world.cut(("F", "S1", "T0"), T0 - 3600)
    book = Book(world)
    book.look(T0 - 3000)
    world.cut(("F",))
    book.look(T0 + 120)
    assert book.standing() == [("F", True), ("F/S1/T0", True)]


def nested_faults(rng: random.Random, network: Network, fault: Path) -> list[Path]:
    below = [node for node in sorted(network.below) if node[: len(fault)] == fault and len(node) > len(fault)]
    chosen: list[Path] = []
    for node in rng.sample(below, min(len(below), rng.randint(0, 3))):
        if all(a[: len(node)] != node[: len(a)] for a in chosen):
            chosen.append(node)
    return chosen


def test_after_restoration_the_list_of_those_still_off_is_the_truth_r44() -> None:
    """Random grids, lock-outs and nested faults; alerts lost, double, late; restorations in any order."""
    for seed in range(SEEDS):
        rng = random.Random(seed)
        network = tree(rng)
        world = World(network)
        world.heard = {hub: Heard(T0 - rng.uniform(60, 3600)) for hub in network.places}
        fault = rng.choice([node for node in sorted(network.below) if len(node) < 4])
        hubs = set(network.hubs_below(fault))
        silent = {hub for hub in sorted(hubs) if rng.random() < rng.choice([0.0, 0.2])}
        if len(silent) == len(hubs):
            silent = set()
        world.cut(fault, but=silent)
        for hub in set(network.places) - hubs:
            world.heard[hub] = Heard(T0 + 100)
        book = Book(world)
        book.look(T0 + 75)
        book.look(T0 + 120)
        off = {hub for node in nested_faults(rng, network, fault) for hub in network.hubs_below(node)}
        back = hubs - off
        if not back or not (back - silent):
            continue
        told = sorted(back - silent)
        rng.shuffle(told)
        third = len(told) // 3 + 1
        for step in range(3):
            book.restore(set(told[step * third : (step + 1) * third]), RETURN)
            book.look(RETURN + 62 + 40 * step)
        for hub in back & silent:  # their restoration is told without an alert before it
            world.losses[hub, "late"] = replace(loss(hub, told_s=RETURN + 170), outage="late", kind=LossKind.UNTOLD)
            book.restore({hub}, RETURN)
        asked = {hub for _, hub in book.look(RETURN + 195).ask}
        book.look(RETURN + 240)
        book.look(RETURN + 241)
        top = [i for i in book.incidents.values() if i.parent is None and i.into is None]
        covered = {hub for i in top if i.whole for hub in network.hubs_below(i.node)}
        known = off & (covered | (hubs - silent))
        assert asked <= known, seed
        assert silent or asked == off, seed
        still = {x.hub for x in world.losses.values() if x.ended_s is None}
        assert still == known, seed
        standing = [i for i in book.incidents.values() if not i.over]
        assert {hub for i in standing for hub in book.off_of(i)} == still, seed
        for i in standing:
            if i.whole:
                assert set(network.hubs_below(i.node)) <= off, seed
        transformers = [i.node[:3] for i in standing if len(i.node) >= 3]
        assert len(transformers) == len(set(transformers)), seed
        assert not book.look(RETURN + 250).changed, seed


def test_where_all_report_each_nested_incident_is_at_its_fault_r44() -> None:
    for seed in range(SEEDS):
        rng = random.Random(seed)
        network = tree(rng)
        world = World(network)
        world.heard = {hub: Heard(T0 - 60) for hub in network.places}
        feeder = ("F0",)
        hubs = world.cut(feeder)
        book = Book(world)
        book.look(T0 + 120)
        faults = nested_faults(rng, network, feeder)[:1]
        off = {hub for node in faults for hub in network.hubs_below(node)}
        if off == hubs or not off:
            continue
        book.restore(hubs - off, RETURN)
        book.look(RETURN + 70)
        book.look(RETURN + 240)
        assert book.standing() == [(spell(lowest(network, faults[0], off)), True)], seed


def test_alerts_that_come_twice_or_again_after_the_end_change_nothing_r44() -> None:
    world = World(small())
    world.cut(("F", "S1"))
    book = Book(world)
    book.look(T0 + 120)
    before: list[Loss] = list(world.losses.values())
    world.cut(("F", "S1"))
    assert list(world.losses.values()) == before
    assert not book.look(T0 + 121).changed
