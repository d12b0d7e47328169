"""A made-up grid with made-up faults: what truly is, and what its hubs tell of it."""

import random
from dataclasses import dataclass, field

from hubd.headend.outages.evidence import Heard, Loss, LossKind
from hubd.headend.outages.network import Level, Network, Path, network_of

T0 = 1_795_348_800.0


def tree(rng: random.Random, most: int = 4, monitors: bool = True) -> Network:
    """A random network: up to so many children at each node."""
    places: dict[str, Path] = {}
    for feeder in range(rng.randint(1, 2)):
        for spur in range(rng.randint(1, most)):
            for transformer in range(rng.randint(1, most)):
                node = (f"F{feeder}", f"S{spur}", f"T{transformer}")
                if monitors and rng.random() < 0.3:
                    places["-".join(node).lower() + "-m"] = node
                for service in range(rng.randint(1, 2 * most)):
                    place = (*node, f"h{service}")
                    places["-".join(place).lower()] = place
    return network_of(places)


def lowest(network: Network, node: Path, hubs: set[str]) -> Path:
    """The lowest node with the same hubs below it (of those hubs alone that count)."""
    while len(node) < Level.SERVICE and not any(hub in hubs for hub in network.at.get(node, ())):
        children = [c for c in network.children.get(node, ()) if hubs & set(network.hubs_below(c))]
        if len(children) != 1:
            break
        node = children[0]
    return node


def loss(hub: str, began_s: float = T0, told_s: float | None = None, **other: object) -> Loss:
    told = began_s + 70.0 if told_s is None else told_s
    return Loss(hub, f"{hub}-{began_s:.0f}", LossKind.ALERT, began_s, began_s, told, **other)  # type: ignore[arg-type]


@dataclass
class World:
    """Losses by hub, and proofs of life."""

    network: Network
    losses: dict[tuple[str, str], Loss] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)

    def cut(self, node: Path, began_s: float = T0, but: set[str] | frozenset[str] = frozenset()) -> set[str]:
        """Everything under the node loses supply, and says so (but those)."""
        hubs = set(self.network.hubs_below(node))
        for hub in hubs - but:
            if not self.off(hub):
                made = loss(hub, began_s)
                self.losses[made.key] = made
        return hubs

    def off(self, hub: str) -> bool:
        return any(lost.hub == hub and lost.ended_s is None for lost in self.losses.values())

    def alive(self, at_s: float) -> None:
        """Every hub that is not off proves it."""
        off = {lost.hub for lost in self.losses.values() if lost.ended_s is None}
        for hub in self.network.places:
            if hub not in off:
                self.heard[hub] = Heard(at_s)
