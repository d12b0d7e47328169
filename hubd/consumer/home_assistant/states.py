"""Which messages say how the meters stand. Pure.

A value is published only where this run of the daemon was told it, so that a restart neither puts a zero nor an older
register into Home Assistant; what the broker retains from the last run stands until then, marked unavailable.
"""

from collections.abc import Iterable, Mapping

from hubd.consumer.home_assistant import discovery
from hubd.consumer.home_assistant.entities import shown_of
from hubd.consumer.home_assistant.publication import Publication
from hubd.consumer.home_assistant.topics import OFFLINE, ONLINE, Topics
from hubd.consumer.meter import KnownMeter
from hubd.feed.frames import Mains


def everything(
    topics: Topics, names: Mapping[str, str], meters: Iterable[KnownMeter], mains_known: Mains | None = None
) -> list[Publication]:
    """All that a broker, or a Home Assistant, that knows nothing must be told: discovery first, `online` last."""
    meters = tuple(meters)
    messages = [discovery.hub(topics)]
    if mains_known is not None:
        messages.append(mains(topics, mains_known))
    for meter in meters:
        messages += _of_meter(topics, names, meter)
    return [*messages, feed(topics, meters), Publication(topics.bridge, ONLINE, sure=True)]


def changed(
    topics: Topics, names: Mapping[str, str], before: KnownMeter | None, after: KnownMeter
) -> list[Publication]:
    """What a change of one meter makes necessary, and nothing else."""
    known = set(_of_meter(topics, names, before)) if before else set()
    return [message for message in _of_meter(topics, names, after) if message not in known]


def feed(topics: Topics, meters: Iterable[KnownMeter]) -> Publication:
    """Whether the feed tells of any meter."""
    return Publication(topics.feed, b"ON" if any(not meter.silent for meter in meters) else b"OFF")


def mains(topics: Topics, frame: Mains) -> Publication:
    """Whether the house has supply, as the hub senses it."""
    return Publication(topics.mains, b"ON" if frame.state == "on" else b"OFF", sure=True)


def _of_meter(topics: Topics, names: Mapping[str, str], meter: KnownMeter) -> list[Publication]:
    messages = [
        Publication(topics.state(meter.alias, entity.key), entity.text(meter).encode())
        for entity in shown_of(meter)
        if entity.field in meter.fresh or entity.also_when_away
    ]
    messages.append(Publication(topics.availability(meter.alias), ONLINE if meter.available else OFFLINE, sure=True))
    announcement = discovery.meter(topics, names, meter)
    return [announcement, *messages] if announcement else messages
