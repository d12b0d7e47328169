"""Who is still off when supply returns: who has not spoken, whom to ask, and who is presumed off. Pure.

By exception: nothing is asked of a hub that has said that it is back, or that another incident holds; the rest are
asked once, when all who are back must have said so, and are listed when they have not answered.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from hubd.headend.outages.evidence import Heard, Loss, LossKind, Rules
from hubd.headend.outages.network import Network
from hubd.headend.outages.standing import Incident


def unheard(
    network: Network,
    incident: Incident,
    losses: Mapping[str, Sequence[Loss]],
    heard: Mapping[str, Heard],
    rules: Rules,
) -> list[str]:
    """Hubs under a whole incident of which no loss is known and no word has come since supply returned, though they
    were heard before. `losses` are those known of each hub.
    """
    if not incident.whole or incident.returned_s is None:
        return []
    earliest_s = incident.began_s - rules.heard_within_s
    return [
        hub
        for hub in network.hubs_below(incident.node)
        if (told := heard.get(hub)) is not None
        and told.on_s is not None
        and earliest_s <= told.on_s < incident.returned_s - rules.slack_s
        and not any(_says_enough(loss, incident) for loss in losses.get(hub, ()))
    ]


def _says_enough(loss: Loss, incident: Incident) -> bool:
    """It is still off, and counted as that; or its end shows that it is back."""
    return loss.ended_s is None or loss.ended_s >= (incident.returned_s or 0.0)


def to_ask(
    incident: Incident, members: Iterable[Loss], silent: Collection[str], now_s: float, rules: Rules
) -> list[str]:
    """The hubs to be asked now, if it is time: those of the incident still off, and those unheard."""
    if incident.over or not incident.placed or now_s < incident.moment_s(rules.ask_after_s, rules):
        return []
    return sorted({loss.hub for loss in members if loss.ended_s is None} | set(silent))


def presumed(incident: Incident, silent: Iterable[str], now_s: float, rules: Rules) -> list[Loss]:
    """The losses that nobody told, once it is time to list them."""
    if now_s < incident.moment_s(rules.list_after_s, rules):
        return []
    began_s = incident.began_s
    return [
        Loss(hub, f"presumed-{incident.number}", LossKind.PRESUMED, began_s, began_s, now_s, operations=0)
        for hub in silent
    ]
