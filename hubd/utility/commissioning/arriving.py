"""Coming in and going: invitation, door, arrival, interview, leaving (pure part of the machine)."""

from dataclasses import replace
from typing import Final

from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.moves import Turn, advance, enter
from hubd.utility.commissioning.steps import Step
from hubd.utility.commissioning.trial import UNSENT, Trial
from hubd.utility.commissioning.way import Way
from hubd.utility.commissioning.why import Held, Why

Arriving = ev.Invited | ev.WindowShut | ev.DoorOpened | ev.Arrived | ev.Interviewed | ev.NameplateRead | ev.Left

BEFORE_INTERVIEW: Final = frozenset({Step.INVITE, Step.JOIN, Step.INTERVIEW})
BY_WINDOW: Final = frozenset({Step.INVITE, Step.JOIN})
"""Steps that only a signed command begins, and begins again."""


def take(way: Way, event: Arriving, now_s: float) -> Turn:
    """One event of this kind."""
    effects: tuple[ev.Effect, ...] = ()
    match event:
        case ev.Invited(window_s):
            waiting = Trial(order=way.trial.order) if way.trial.phase in UNSENT else Trial()
            way = Way(way.kind, trial=waiting, ends_at_s=now_s + window_s)
        case ev.WindowShut() if way.step in BEFORE_INTERVIEW and not way.interviewed and way.held is None:
            way = replace(way, step=Step.JOIN, held=Held(Why.WINDOW_SHUT), asked=False, ask_at_s=None)
            effects = (ev.EraseInstallCode(),)
        case ev.DoorOpened() if way.step is Step.INVITE and way.held is None:
            way = replace(way, step=Step.JOIN, asked=False)
        case ev.Arrived() if way.step in BY_WINDOW:
            way = enter(way, Step.INTERVIEW, now_s)
        case ev.Interviewed() if way.step in BEFORE_INTERVIEW and not way.interviewed:
            way = replace(enter(way, Step.INTERVIEW, now_s), interviewed=True)
            effects = (ev.EraseInstallCode(),)
        case ev.NameplateRead(nameplate) if way.step is Step.INTERVIEW and way.interviewed:
            way = advance(way, replace(way.findings, nameplate=nameplate), now_s)
        case ev.Left() if way.step not in BY_WINDOW and not way.done:
            away = replace(enter(way, Step.JOIN, now_s), interviewed=False, keyed=False)
            way = replace(away, held=Held(Why.DEVICE_LEFT))
            effects = (ev.EraseInstallCode(),)
        case _:
            pass
    return way, effects
