"""Incidents of the supply, in a line each."""

from datetime import UTC, datetime
from typing import Any

from hubd.headend.outages.network import level, spell
from hubd.headend.outages.standing import Incident


def incident_words(incident: Incident) -> str:
    """The incident in words."""
    place = place_words(incident)
    head = f"outage {incident.number} at {place}, since {clock(incident.began_s)}"
    if incident.into is not None:
        return f"{head}: part of outage {incident.into}"
    if incident.closed_s is not None:
        return f"{head}: over since {clock(incident.closed_s)}"
    if incident.returned_s is not None:
        return f"{head}: supply is returning since {clock(incident.returned_s)}"
    nested = "" if incident.parent is None else f", still off after outage {incident.parent}"
    return head + nested


def place_words(incident: Incident) -> str:
    """`transformer F1/S2/T3`, or `part of transformer ...`."""
    part = "" if incident.whole else "part of "
    return f"{part}{level(incident.node).name.lower()} {spell(incident.node)}"


def incident_fields(incident: Incident) -> dict[str, Any]:
    """The incident for programs."""
    return {
        "number": incident.number,
        "node": spell(incident.node),
        "level": level(incident.node).name.lower(),
        "whole": incident.whole,
        "began_unix_s": incident.began_s,
        "opened_unix_s": incident.opened_s,
        "nested_in": incident.parent,
        "returned_unix_s": incident.returned_s,
        "closed_unix_s": incident.closed_s,
        "part_of": incident.into,
    }


def clock(unix_s: float) -> str:
    """The moment as time of day, UTC."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%H:%M:%S")
