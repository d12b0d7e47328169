"""From step to step: the moves that every part of the machine makes (pure)."""

from dataclasses import replace

from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.steps import Step, after, clock_s
from hubd.utility.commissioning.way import Findings, Way

Turn = tuple[Way, tuple[ev.Effect, ...]]


def enter(way: Way, new: Step, now_s: float) -> Way:
    """At this step, with its clock begun and nothing in the way."""
    lasts_s = clock_s(new, way.kind)
    ends_at_s = None if lasts_s is None else now_s + lasts_s
    return replace(way, step=new, held=None, asked=False, ask_at_s=None, ends_at_s=ends_at_s)


def again(way: Way, now_s: float) -> Way:
    """The present step from its beginning; how far the vend test came stays."""
    return enter(way, way.step, now_s)


def advance(way: Way, findings: Findings, now_s: float) -> Way:
    """To the next step, with what was found."""
    return replace(enter(way, after(way.step, way.kind), now_s), findings=findings)
