"""At which nodes a set of losses is explained: the lowest node each, never one above a proof of life. Pure.

A node is *dead* where some of its hubs lost supply, nobody under it has been seen alive since (before supply began
to return), and enough of it is believed off: its own losses, contacts lost, and all of every dead node below. A dead
node is the place of an incident where it is a service, where the hub at the transformer itself says so, or where at
least two of its children are dead: with one, the fault may as well lie lower. What is left at a transformer that is
not dead is one incident of its part that is off.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hubd.headend.outages.evidence import Heard, Loss, Rules
from hubd.headend.outages.network import Level, Network, Path


@dataclass(frozen=True, slots=True)
class Group:
    """Losses with one cause. `whole`: the node itself is without supply; else only these hubs of the transformer."""

    node: Path
    whole: bool
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Others:
    """What is known beside the losses that are placed: proofs of life, contacts lost, and hubs that are no evidence
    because another loss holds them.
    """

    proofs: Mapping[str, tuple[float, ...]]
    heard: Mapping[str, Heard]
    apart: frozenset[str]


def place(
    network: Network, losses: Sequence[Loss], others: Others, rules: Rules, from_s: float | None = None
) -> list[Group]:
    """The incidents that explain these losses. Life proven after `from_s`, and before supply returned to a node, is
    proof against it; without `from_s`, after the median of the losses' own beginnings under that node.
    """
    run = _Placing(network, losses, others, rules, from_s)
    feeders = sorted({network.places[loss.hub][:1] for loss in losses})
    return [group for feeder in feeders for group in run.explain(feeder)]


@dataclass(slots=True)
class _Tally:
    off: int = 0
    weak: int = 0
    apart: int = 0
    first_return_s: float = float("inf")
    since_s: list[float] = field(default_factory=list)
    alive_s: list[float] = field(default_factory=list)


class _Placing:
    def __init__(
        self, network: Network, losses: Sequence[Loss], others: Others, rules: Rules, from_s: float | None
    ) -> None:
        self._network = network
        self._rules = rules
        self._from_s = from_s
        self._began_s = min(loss.since_s for loss in losses) if from_s is None else from_s
        self._off: dict[Path, list[Loss]] = defaultdict(list)
        self._tallies: dict[Path, _Tally] = defaultdict(_Tally)
        self._dead: dict[Path, bool] = {}
        for loss in losses:
            self._count_loss(loss)
        self._count_others({loss.hub for loss in losses}, others)

    def explain(self, node: Path) -> Iterable[Group]:
        """The groups at and under a node."""
        if self._claims(node):
            yield Group(node, True, tuple(self._losses_below(node)))
        elif len(node) == Level.SERVICE:
            yield Group(node, True, tuple(self._off[node]))
        elif len(node) == Level.TRANSFORMER:
            yield from self._part(node)
        else:
            for child in self._hit_children(node):
                yield from self.explain(child)

    def _part(self, node: Path) -> Iterable[Group]:
        services = self._hit_children(node)
        if len(services) == 1 and not self._off[node]:
            yield from self.explain(services[0])
        else:
            yield Group(node, False, tuple(self._losses_below(node)))

    def _claims(self, node: Path) -> bool:
        if not self._is_dead(node):
            return False
        if len(node) == Level.SERVICE or self._off[node]:
            return True
        return sum(self._is_dead(child) for child in self._hit_children(node)) > 1

    def _is_dead(self, node: Path) -> bool:
        if node not in self._dead:
            self._dead[node] = self._judge(node)
        return self._dead[node]

    def _judge(self, node: Path) -> bool:
        tally = self._tallies[node]
        if not tally.off or self._alive(tally):
            return False
        if len(node) == Level.TRANSFORMER and self._off[node]:
            return True
        counted = self._network.below[node] - tally.apart
        return self._believed_off(node) >= self._rules.share * counted

    def _alive(self, tally: _Tally) -> bool:
        since_s = sorted(tally.since_s)[len(tally.since_s) // 2] if self._from_s is None else self._from_s
        return any(since_s + self._rules.slack_s < at_s < tally.first_return_s for at_s in tally.alive_s)

    def _believed_off(self, node: Path) -> int:
        """How many hubs are taken as off: of a dead child all that count, of another what it has."""
        tally = self._tallies[node]
        believed = tally.off + tally.weak
        for child in self._hit_children(node):
            if self._is_dead(child):
                of_child = self._tallies[child]
                believed += self._network.below[child] - of_child.apart - of_child.off - of_child.weak
        return believed

    def _hit_children(self, node: Path) -> list[Path]:
        return [
            child
            for child in self._network.children.get(node, ())
            if child in self._tallies and self._tallies[child].off
        ]

    def _losses_below(self, node: Path) -> Iterable[Loss]:
        yield from self._off[node]
        for child in self._hit_children(node):
            yield from self._losses_below(child)

    def _count_loss(self, loss: Loss) -> None:
        place = self._network.places[loss.hub]
        self._off[place].append(loss)
        for length in range(1, len(place) + 1):
            tally = self._tallies[place[:length]]
            tally.off += 1
            tally.since_s.append(loss.since_s)
            if loss.ended_s is not None:
                tally.first_return_s = min(tally.first_return_s, loss.ended_s)

    def _count_others(self, lost: set[str], others: Others) -> None:
        for feeder in {self._network.places[hub][:1] for hub in lost}:
            for hub in self._network.hubs_below(feeder):
                if hub not in lost:
                    self._count_other(hub, others)

    def _count_other(self, hub: str, others: Others) -> None:
        place = self._network.places[hub]
        proofs = [at_s for at_s in others.proofs.get(hub, ()) if at_s > self._began_s]
        apart = hub in others.apart
        weak = not apart and not proofs and self._contact_lost(others.heard.get(hub))
        if not (proofs or apart or weak):
            return
        for length in range(1, len(place) + 1):
            if (tally := self._tallies.get(place[:length])) is not None:
                tally.alive_s += proofs
                tally.apart += apart
                tally.weak += weak

    def _contact_lost(self, heard: Heard | None) -> bool:
        if heard is None or heard.lost_s is None:
            return False
        late_s = heard.lost_s - self._began_s
        return -self._rules.slack_s <= late_s <= self._rules.weak_within_s and (heard.on_s or 0.0) < heard.lost_s
