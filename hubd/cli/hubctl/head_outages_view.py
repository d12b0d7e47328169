"""The picture of outages as a tree for people and as JSON for programs."""

from typing import Any

from rich.text import Text
from rich.tree import Tree

from hubd.cli.hubctl.head_outage_lines import clock, incident_fields, place_words
from hubd.headend.outages.network import spell
from hubd.headend.outages.picture import Off, Picture, Shown
from hubd.wan.supply_messages import AlertDetail

NAMED = 12
"""So many hubs of an incident are named, the rest counted."""


def tree_of(picture: Picture, *, everyone: bool) -> Tree:
    """The tree."""
    tree = Tree(_headline(picture))
    for group in picture.forming:
        part = "" if group.whole else "part of "
        tree.add(Text(f"gathering: {len(group.losses)} alerts so far, at {part}{spell(group.node)}", "yellow"))
    for shown in picture.incidents:
        _add(tree, shown, picture.at_s, everyone)
    return tree


def _headline(picture: Picture) -> Text:
    flicker = f"; {picture.momentary} momentary losses in 24 hours ({picture.momentary_operations} operations)"
    if not picture.customers_off:
        return Text("nobody is known to be off" + (flicker if picture.momentary else ""), "green")
    of = f" of {picture.customers:,}" if picture.customers else ""
    return Text(
        f"{picture.customers_off:,}{of} customers off, the longest for {duration(picture.longest_s)}"
        + (flicker if picture.momentary else ""),
        "bold red",
    )


def _add(tree: Tree, shown: Shown, at_s: float, everyone: bool) -> None:
    branch = tree.add(_incident_words(shown, at_s))
    named = shown.off if everyone else shown.off[:NAMED]
    for nested in shown.nested:
        _add(branch, nested, at_s, everyone)
    all_of_it = shown.incident.parent is None and not shown.incident.placed and not everyone
    if all_of_it:  # naming every house helps nobody; what the transformers' own hubs tell does
        named = tuple(off for off in shown.off if off.detail is not None)[:NAMED]
    for off in named:
        branch.add(Text(_off_words(off), "dim"))
    if len(named) < len(shown.off) and not all_of_it:
        branch.add(Text(f"and {len(shown.off) - len(named):,} more (--all names them)", "dim"))


def _incident_words(shown: Shown, at_s: float) -> Text:
    incident = shown.incident
    words = [f"outage {incident.number}: {place_words(incident)}, since {clock(incident.began_s)}"]
    if shown.operations > 1:
        words.append(f"after {shown.operations} operations")
    if incident.closed_s is not None:
        words.append(f"over after {duration(incident.closed_s - incident.began_s)}, {shown.customers:,} customers")
        return Text(", ".join(words), "green")
    words.append(f"{duration(at_s - incident.began_s)}")
    if incident.returned_s is not None:
        words.append(f"supply returning since {clock(incident.returned_s)}")
    elif incident.parent is not None:
        words.append("STILL OFF")
    words.append(f"{shown.customers_off:,} of {shown.customers:,} customers off")
    return Text(", ".join(words), "yellow" if incident.placed else "red")


def _off_words(off: Off) -> str:
    asked = f", asked: {off.asked}" if off.asked else ""
    return f"{spell(off.place)}  {off.hub}  {off.known_by}{asked}{_detail_words(off.detail)}"


def _detail_words(detail: AlertDetail | None) -> str:
    if detail is None:
        return ""
    went = [
        f"{loss[0]:.1f}-{loss[1]:.1f} s" if len(loss) > 1 else f"from {loss[0]:.1f} s" for loss in detail.losses_s
    ]
    before = "" if detail.supply_pu is None else f", {detail.supply_pu:.0%} of nominal before"
    return f"; off {', '.join(went)}{before}"


def json_of(picture: Picture) -> dict[str, Any]:
    """The picture for programs; moments in Unix seconds."""
    return {
        "at_unix_s": picture.at_s,
        "customers": picture.customers,
        "customers_off": picture.customers_off,
        "longest_s": picture.longest_s,
        "momentary_24h": picture.momentary,
        "momentary_operations_24h": picture.momentary_operations,
        "forming": [
            {"node": spell(group.node), "whole": group.whole, "alerts": len(group.losses)}
            for group in picture.forming
        ],
        "incidents": [_shown_fields(shown) for shown in picture.incidents],
    }


def _shown_fields(shown: Shown) -> dict[str, Any]:
    return {
        **incident_fields(shown.incident),
        "customers": shown.customers,
        "customers_off": shown.customers_off,
        "told": shown.told,
        "operations": shown.operations,
        "off": [
            {
                "hub": off.hub,
                "place": spell(off.place),
                "since_unix_s": off.since_s,
                "known_by": off.known_by,
                "asked": off.asked,
                "detail": off.detail,
            }
            for off in shown.off
        ],
        "nested": [_shown_fields(nested) for nested in shown.nested],
    }


def duration(seconds: float) -> str:
    """So long, in words."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{max(seconds, 0.0):.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
