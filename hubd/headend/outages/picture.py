"""The outages as people and programs are shown them: incidents with what is nested in them, and who is off. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hubd.headend.outages.evidence import Loss, LossKind
from hubd.headend.outages.network import Level, Network, Path
from hubd.headend.outages.placing import Group
from hubd.headend.outages.standing import Incident
from hubd.wan.supply_messages import AlertDetail


@dataclass(frozen=True, slots=True)
class Off:
    """A hub that is off. `asked`: None where nobody asked it, else how it answered (`silent`, `waiting` or
    `answered`). `detail`: what a hub at a transformer told beside its alert.
    """

    hub: str
    place: Path
    since_s: float
    known_by: LossKind
    operations: int
    asked: str | None
    detail: AlertDetail | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident with all there is to say. `customers` are those under it (of a part: those that told of it),
    `off` its hubs that are off now, `told` how many hubs told of it, `operations` the most losses of one hub.
    """

    incident: Incident
    customers: int
    customers_off: int
    told: int
    off: tuple[Off, ...]
    operations: int
    nested: tuple["Shown", ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything at one moment. `forming`: alerts that have no number yet, by node. Counts of 24 hours."""

    at_s: float
    customers: int
    customers_off: int
    longest_s: float
    momentary: int
    momentary_operations: int
    incidents: tuple[Shown, ...]
    forming: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture is made of. `momentaries` are operations, one figure an event; `asked` is by hub."""

    network: Network
    incidents: Sequence[Incident]
    losses: Sequence[Loss]
    forming: Sequence[Group]
    asked: Mapping[str, str]
    details: Mapping[str, AlertDetail]
    momentaries: Sequence[int]


def picture_of(seen: Seen, at_s: float) -> Picture:
    """Nested incidents stand under theirs; where that is over and not shown, at the top."""
    losses: dict[int | None, list[Loss]] = defaultdict(list)
    for loss in seen.losses:
        losses[loss.incident].append(loss)
    shown = {incident.number for incident in seen.incidents}
    below: dict[int | None, list[Incident]] = defaultdict(list)
    for incident in seen.incidents:
        below[incident.parent if incident.parent in shown else None].append(incident)

    def show(incident: Incident) -> Shown:
        return _shown(seen, incident, losses[incident.number], tuple(show(i) for i in below[incident.number]))

    open_losses = [loss for loss in seen.losses if loss.ended_s is None]
    return Picture(
        at_s,
        sum(len(place) == Level.SERVICE for place in seen.network.places.values()),
        _customers(seen.network, open_losses),
        max((at_s - loss.began_s for loss in open_losses), default=0.0),
        len(seen.momentaries),
        sum(seen.momentaries),
        tuple(show(incident) for incident in below[None]),
        tuple(seen.forming),
    )


def _shown(seen: Seen, incident: Incident, losses: list[Loss], nested: tuple[Shown, ...]) -> Shown:
    network, off = seen.network, [loss for loss in losses if loss.ended_s is None]
    if incident.whole:
        customers = sum(network.is_customer(hub) for hub in network.hubs_below(incident.node))
    else:
        customers = _customers(network, losses)
    return Shown(
        incident,
        customers,
        _customers(network, off),
        len({loss.hub for loss in losses}),
        tuple(
            Off(
                loss.hub,
                network.places[loss.hub],
                loss.began_s,
                loss.kind,
                loss.operations,
                seen.asked.get(loss.hub),
                seen.details.get(loss.hub),
            )
            for loss in off
        ),
        max((loss.operations for loss in losses), default=0),
        nested,
    )


def _customers(network: Network, losses: Iterable[Loss]) -> int:
    return len({loss.hub for loss in losses if network.is_customer(loss.hub)})


def transformers_in(shown: Iterable[Shown]) -> list[Path]:
    """The transformer of each hub that is off, once for each incident it is in: no transformer should be there
    twice.
    """
    found = []
    for entry in shown:
        found += sorted({off.place[: Level.TRANSFORMER] for off in entry.off})
        found += transformers_in(entry.nested)
    return found
