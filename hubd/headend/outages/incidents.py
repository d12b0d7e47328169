"""From losses to incidents, step by step: numbers, places, nested ones, returns and ends. Pure.

An incident is placed anew with every alert until supply returns to the first of its hubs; from then on its place
stands. When all who are back must have said so, those still off leave it and are placed again, as incidents nested in
it, by the same rule: who is back is the proof of life. So a blown fuse under a restored feeder comes to light, and a
nested incident may have nested ones.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hubd.headend.outages.evidence import Heard, Loss, LossKind, Rules
from hubd.headend.outages.network import Network
from hubd.headend.outages.placing import Group, Others, place
from hubd.headend.outages.returning import presumed, to_ask, unheard
from hubd.headend.outages.standing import Incident

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the book knows of a network."""

    network: Network
    losses: Sequence[Loss]
    """Every loss that has not ended, and every loss of an incident that is not over or has no number yet."""
    incidents: Sequence[Incident]
    """Those not over, and the parents of those."""
    heard: Mapping[str, Heard]
    next_number: int


@dataclass(frozen=True, slots=True)
class Grouped:
    """What is to be written: incidents that are new or changed, the incident of each loss, and what still forms."""

    changed: tuple[Incident, ...]
    belongs: Mapping[Key, int]
    forming: tuple[Group, ...]
    presumed: tuple[Loss, ...]
    """Losses that nobody told, found by exception; new in the book."""
    ask: tuple[tuple[int, str], ...]
    """Hubs to be asked how they are, each with its incident: those alone of which it is not known."""
    due_s: float | None
    """When to look again even if nothing comes."""


def regroup(known: Known, now_s: float, rules: Rules) -> Grouped:
    """Bring the incidents up to what is known. Asked again with nothing new, it changes nothing."""
    run = _Regrouping(known, now_s, rules)
    run.group()
    return run.result()


class _Regrouping:
    def __init__(self, known: Known, now_s: float, rules: Rules) -> None:
        self._known = known
        self._now_s = now_s
        self._rules = rules
        self._before = {incident.number: incident for incident in known.incidents}
        self._after = dict(self._before)
        self._belongs: dict[Key, int] = {}
        self._forming: list[Group] = []
        self._presumed: list[Loss] = []
        self._ask: list[tuple[int, str]] = []
        self._next = known.next_number
        self._proofs = _proofs(known)
        self._losses_of: dict[str, list[Loss]] = defaultdict(list)
        for loss in known.losses:
            self._losses_of[loss.hub].append(loss)

    def group(self) -> None:
        self._silent = {i.number: self._unheard(i) for i in self._before.values() if i.placed and not i.over}
        pools = self._pools()
        for parent, losses in sorted(pools.items(), key=lambda item: item[0] or 0):
            for cluster in self._clusters(losses) if parent is None else [losses]:
                self._settle(parent, self._placed(parent, cluster))
        self._merge_what_lost_its_losses()
        self._returns_and_ends()

    def result(self) -> Grouped:
        changed = tuple(i for number, i in sorted(self._after.items()) if self._before.get(number) != i)
        return Grouped(
            changed, self._belongs, tuple(self._forming), tuple(self._presumed), tuple(self._ask), self._due_s()
        )

    def _unheard(self, incident: Incident) -> list[str]:
        known = self._known
        return unheard(known.network, incident, self._losses_of, known.heard, self._rules)

    # -- which losses are placed together ---------------------------------------------------------------------------

    def _pools(self) -> dict[int | None, list[Loss]]:
        """Losses to be placed, by the incident they are nested in."""
        pools: dict[int | None, list[Loss]] = defaultdict(list)
        for loss in self._known.losses:
            incident = self._before.get(loss.incident) if loss.incident is not None else None
            if incident is None or incident.over:
                self._without_incident(loss, pools)
            elif not incident.placed:
                self._of_open_incident(loss, incident, pools)
            elif self._left_behind(loss, incident):
                pools[incident.number].append(loss)
            else:
                self._belongs[loss.key] = incident.number
        for number, silent in self._silent.items():
            if found := presumed(self._before[number], silent, self._now_s, self._rules):
                self._presumed += found
                pools[number] += found
                self._silent[number] = []
        return pools

    def _of_open_incident(self, loss: Loss, incident: Incident, pools: dict[int | None, list[Loss]]) -> None:
        """It is placed anew; but who only spoke late, and was back with the rest, belongs to them."""
        around = self._before.get(incident.parent) if incident.parent is not None else None
        if around is not None and not self._late(loss, around):
            self._belongs[loss.key] = around.number
        else:
            pools[incident.parent].append(loss)

    def _without_incident(self, loss: Loss, pools: dict[int | None, list[Loss]]) -> None:
        if loss.incident is not None and loss.ended_s is not None:
            return
        joined = next((i for i in self._before.values() if self._belongs_late(loss, i)), None)
        if joined is None:
            pools[None].append(loss)
        elif self._left_behind(loss, joined):
            pools[joined.number].append(loss)
        else:
            self._belongs[loss.key] = joined.number

    def _belongs_late(self, loss: Loss, incident: Incident) -> bool:
        """A loss heard of when the incident's place already stood."""
        place = self._known.network.places[loss.hub]
        here = place[: len(incident.node)] == incident.node
        together = abs(loss.began_s - incident.began_s) <= self._rules.gap_s
        return incident.placed and not incident.over and incident.parent is None and here and together

    def _left_behind(self, loss: Loss, incident: Incident) -> bool:
        """Still off when all who are back must have said so."""
        return self._now_s >= incident.moment_s(self._rules.list_after_s, self._rules) and self._late(loss, incident)

    def _late(self, loss: Loss, incident: Incident) -> bool:
        return loss.ended_s is None or loss.ended_s > incident.moment_s(self._rules.list_after_s, self._rules)

    def _clusters(self, losses: Iterable[Loss]) -> Iterator[list[Loss]]:
        """Losses of one feeder that follow each other closely."""
        places = self._known.network.places
        cluster: list[Loss] = []
        for loss in sorted(losses, key=lambda loss: (places[loss.hub][0], loss.began_s, loss.key)):
            if cluster and (
                places[loss.hub][0] != places[cluster[-1].hub][0]
                or loss.began_s - cluster[-1].began_s > self._rules.gap_s
            ):
                yield cluster
                cluster = []
            cluster.append(loss)
        if cluster:
            yield cluster

    # -- where they are placed --------------------------------------------------------------------------------------

    def _placed(self, parent: int | None, cluster: list[Loss]) -> list[Group]:
        returned_s = None if parent is None else self._after[parent].returned_s
        from_s = None if returned_s is None else returned_s - 2 * self._rules.slack_s  # they all return together
        ours = {loss.key for loss in cluster}
        apart = frozenset(
            hub
            for hub, losses in self._losses_of.items()
            if any(loss.key not in ours and loss.ended_s is None for loss in losses)
        )
        others = Others(self._proofs, self._known.heard, apart)
        return place(self._known.network, cluster, others, self._rules, from_s)

    def _settle(self, parent: int | None, groups: list[Group]) -> None:
        """Give each group its number: that of the incident whose losses it has, else a new one when it is time."""
        taken: set[int] = set()
        for group in sorted(groups, key=lambda group: -len(group.losses)):
            number = self._known_as(group, parent, taken)
            if number is None and parent is None and self._now_s < _first_told_s(group) + self._rules.gather_s:
                self._forming.append(group)
                continue
            if number is None:
                number, self._next = self._next, self._next + 1
            taken.add(number)
            self._after[number] = self._as_now(number, group, parent)
            self._belongs.update((loss.key, number) for loss in group.losses)

    def _known_as(self, group: Group, parent: int | None, taken: set[int]) -> int | None:
        had = Counter(loss.incident for loss in group.losses if loss.incident is not None)
        fit = [
            (count, -number)
            for number, count in had.items()
            if number not in taken and (i := self._before.get(number)) and not i.over and not i.placed
            and i.parent == parent
        ]  # fmt: skip
        return -max(fit)[1] if fit else None

    def _as_now(self, number: int, group: Group, parent: int | None) -> Incident:
        began_s = min(loss.began_s for loss in group.losses)
        before = self._before.get(number)
        if before is not None:
            return replace(before, node=group.node, whole=group.whole, began_s=began_s)
        after_s = None if parent is None else self._after[parent].returned_s
        return Incident(number, group.node, group.whole, began_s, self._now_s, parent, after_s)

    def _due_s(self) -> float | None:
        rules = self._rules
        moments = [_first_told_s(group) + rules.gather_s for group in self._forming]
        for incident in self._after.values():
            if incident.placed and not incident.over:
                moments += [incident.moment_s(after_s, rules) for after_s in (rules.ask_after_s, rules.list_after_s)]
        return min((moment_s for moment_s in moments if moment_s > self._now_s), default=None)

    # -- what becomes of incidents ----------------------------------------------------------------------------------

    def _merge_what_lost_its_losses(self) -> None:
        alive = set(self._belongs.values())
        went: dict[int, Counter[int]] = defaultdict(Counter)
        for loss in self._known.losses:
            if loss.incident is not None and loss.key in self._belongs:
                went[loss.incident][self._belongs[loss.key]] += 1
        for number, incident in self._before.items():
            if not incident.over and not incident.placed and number not in alive and went[number]:
                self._after[number] = replace(incident, into=went[number].most_common(1)[0][0])

    def _returns_and_ends(self) -> None:
        members: dict[int, list[Loss]] = defaultdict(list)
        for loss in self._known.losses:
            if (number := self._belongs.get(loss.key)) is not None:
                members[number].append(loss)
        for number, incident in self._after.items():
            if incident.into is None and incident.closed_s is None:
                self._after[number] = self._developed(incident, members[number])

    def _developed(self, incident: Incident, losses: list[Loss]) -> Incident:
        incident = _with_first_return(incident, losses)
        if not incident.placed:
            return incident
        silent = self._silent.get(incident.number)
        silent = self._unheard(incident) if silent is None else silent
        if not silent and all(loss.ended_s is not None for loss in losses):
            ends = [loss.ended_s for loss in losses if loss.ended_s is not None]
            return replace(incident, closed_s=max(ends, default=incident.returned_s))
        asked = to_ask(incident, losses, silent, self._now_s, self._rules)
        self._ask += [(incident.number, hub) for hub in asked]
        return incident


def _with_first_return(incident: Incident, losses: list[Loss]) -> Incident:
    ended = [(loss.ended_s, loss.ended_told_s or loss.ended_s) for loss in losses if loss.ended_s is not None]
    if incident.placed or not ended:
        return incident
    returned_s, told_s = min(ended)
    return replace(incident, returned_s=returned_s, returned_told_s=told_s)


def _proofs(known: Known) -> dict[str, tuple[float, ...]]:
    """Moments at which a hub is known to have had supply: its last word, and around its losses."""
    proofs: dict[str, list[float]] = defaultdict(list)
    for hub, heard in known.heard.items():
        if heard.on_s is not None:
            proofs[hub].append(heard.on_s)
    for loss in known.losses:
        if loss.kind is not LossKind.PRESUMED:
            proofs[loss.hub].append(loss.began_s)
        if loss.ended_s is not None:
            proofs[loss.hub].append(loss.ended_s)
    return {hub: tuple(moments) for hub, moments in proofs.items()}


def _first_told_s(group: Group) -> float:
    return min(loss.told_s for loss in group.losses)
