"""Commissioning as a machine: every history of one device, with a crash at each step (R13, R14, R15, R21)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from hubd.model.device import DeviceKind
from hubd.model.metering import MeterReading
from hubd.model.nameplate import MeterSettings, Nameplate
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.topup import Outcome
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning import machine, saved
from hubd.utility.commissioning.steps import RULES, Step
from hubd.utility.commissioning.trial import Balance, Phase, moved
from hubd.utility.commissioning.way import Way
from hubd.utility.commissioning.why import WORDS, Why, cure

ELECTRICITY, GAS, DISPLAY = DeviceKind.ELECTRICITY_METER, DeviceKind.GAS_METER, DeviceKind.IN_HOME_DISPLAY
AT = Stamp(1_795_348_800.0, TimeTrust.NETWORK)
READ = ev.ReadingTaken(MeterReading(AT, 1_000), None, MeterSettings())
NAMED = ev.NameplateRead(Nameplate("maker"))
BEFORE, AFTER = ev.AccountRead(500_000, 1_000), ev.AccountRead(499_999, 1_000)
ROAD = (
    ev.DoorOpened(),
    ev.Arrived(),
    ev.Interviewed(),
    NAMED,
    ev.KeyReady(2),
    ev.ClockRead(0.4),
    READ,
    ev.TrialCame("t-1"),
    BEFORE,
    ev.TrialEnded("t-1", Outcome.ACCEPTED, 0, "credited"),
    AFTER,
)


def invited(kind: DeviceKind = ELECTRICITY) -> Way:
    return machine.step(Way(kind), ev.Invited(240.0), 0.0)[0]


def walked(*events: ev.Event, kind: DeviceKind = ELECTRICITY) -> tuple[Way, list[ev.Effect]]:
    way, effects = machine.step(Way(kind), ev.Invited(240.0), 0.0)
    done = list(effects)
    for event in events:
        way, effects = machine.step(way, event, 1.0)
        done += effects
    return way, done


def test_the_road_leads_through_every_step_in_order_to_service_r13() -> None:
    steps, way = [], invited()
    for event in ROAD:
        steps.append(way.step)
        way, _ = machine.step(way, event, 1.0)
    assert list(dict.fromkeys(steps)) == [s for s in Step if s is not Step.DONE]
    assert way.done
    _, effects = walked(*ROAD)
    assert [e for e in effects if isinstance(e, ev.SendTrial | ev.TestPassed)] == [
        ev.SendTrial("t-1"),
        ev.TestPassed(),
    ]
    assert effects.count(ev.EraseInstallCode()) == 1


def test_a_display_has_no_reading_and_no_vend_test() -> None:
    way, effects = walked(*ROAD[:5], kind=DISPLAY)
    assert way.done
    assert ev.TestPassed() not in effects


def test_a_key_that_is_ready_before_its_step_is_not_waited_for_r6() -> None:
    way, _ = walked(ev.DoorOpened(), ev.Interviewed(), ev.KeyReady(1), NAMED)
    assert way.step is Step.CLOCK_CHECK
    way, _ = walked(ev.DoorOpened(), ev.Interviewed(), ev.KeyFailed("unknown issuer"), NAMED)
    assert way.held is not None
    assert (way.held.why, way.held.detail) == (Why.KEY_REFUSED, "unknown issuer")
    way, _ = machine.step(way, ev.KeyReady(1), 2.0)
    assert (way.step, way.held) == (Step.CLOCK_CHECK, None)


def test_a_device_that_is_refused_in_ever_other_words_is_refused_once_r1() -> None:
    """The words quote what it sent: each would be a write to disk and a message."""
    early, _ = walked(ev.DoorOpened(), ev.Interviewed(), ev.KeyFailed("issuer 1"))
    assert machine.step(early, ev.KeyFailed("issuer 2"), 2.0) == (early, ())
    held, _ = machine.step(early, NAMED, 2.0)
    assert machine.step(held, ev.KeyFailed("issuer 3"), 3.0) == (held, ())
    again, _ = machine.step(held, ev.Retry(), 4.0)
    refused, _ = machine.step(again, ev.KeyFailed("issuer 4"), 5.0)
    assert refused.held is not None
    assert refused.held.detail == "issuer 4"


@pytest.mark.parametrize(("drift_s", "told"), [(10.0, False), (-10.1, True), (3_600.0, True), (None, False)])
def test_a_clock_off_by_more_than_ten_seconds_is_told_and_the_way_goes_on_r21(
    drift_s: float | None, told: bool
) -> None:
    way, effects = walked(*ROAD[:5], ev.ClockRead(drift_s, "why not"))
    assert way.step is Step.FIRST_READING
    assert any(isinstance(e, ev.TellDrift) for e in effects) is told
    assert way.findings.drift_s == drift_s


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Outcome.REJECTED, Why.TRIAL_REJECTED),
        (Outcome.DUPLICATE, Why.TRIAL_USED_BEFORE),
        (Outcome.NO_ANSWER, Why.TRIAL_UNANSWERED),
        (Outcome.UNREACHABLE, Why.TRIAL_UNANSWERED),
        (Outcome.REFUSED, Why.TRIAL_TOKEN_MISSING),
    ],
)
def test_anything_but_acceptance_holds_the_device_until_a_new_token_comes_r13(outcome: Outcome, why: Why) -> None:
    way, effects = walked(*ROAD[:9], ev.TrialEnded("t-1", outcome, None, "the meter's word"), AFTER, ev.Retry())
    assert ev.TestPassed() not in effects
    assert way.step is Step.VEND_TEST
    way, _ = walked(*ROAD[:9], ev.TrialEnded("t-1", outcome, None, "the meter's word"))
    assert way.held is not None
    assert (way.held.why, way.held.detail) == (why, "the meter's word")
    way, effects_ = machine.step(way, ev.TrialCame("t-2"), 2.0)
    assert effects_ == (ev.AskAccount(),)
    way, effects_ = machine.step(way, BEFORE, 2.0)
    assert effects_ == (ev.SendTrial("t-2"),)
    way, _ = machine.step(way, ev.TrialEnded("t-1", Outcome.ACCEPTED, 0, "late word of the first"), 2.0)
    assert way.trial.phase is Phase.SENDING, "the second token's fate is its own"


def test_a_token_that_carries_value_or_moves_the_balance_shows_nothing_r13() -> None:
    before = Balance(500_000, 1_000)
    assert moved(before, 0, Balance(500_000, 1_000)) is None
    assert moved(before, None, Balance(499_000, 1_000)) is None, "a penny of what the register has not counted"
    assert moved(before, 0, Balance(495_000, 1_020)) is None, "20 Wh were used"
    assert "rose by 1 " in (moved(before, None, Balance(500_001, 1_000)) or "")
    assert "more than was used" in (moved(before, 0, Balance(494_999, 1_020)) or "")
    assert "more than was used" in (moved(before, 0, Balance(498_999, None)) or "")
    assert "not nothing" in (moved(before, 10, Balance(500_000, 1_000)) or "")
    way, effects = walked(*ROAD[:10], ev.AccountRead(500_010, 1_000))
    assert way.held is not None
    assert way.held.why is Why.BALANCE_MOVED
    assert ev.TestPassed() not in effects


def test_a_trial_token_that_comes_early_waits_for_its_step_r13() -> None:
    way, _ = walked(ev.TrialCame("t-1"), *ROAD[:7])
    assert (way.step, way.trial.phase, way.asked) == (Step.VEND_TEST, Phase.BEFORE, True)


def test_a_window_is_never_longer_than_its_command_said_through_any_restart_r15() -> None:
    way, effects = machine.step(machine.recovered(invited(), 1_000.0, 100.0), ev.Clock(), 1_000.0)
    assert effects == (ev.OpenDoor(1_100.0),)
    way, _ = machine.step(way, ev.DoorOpened(), 1_010.0)
    assert machine.next_deadline_s(way) == 1_100.0
    way, effects = machine.step(way, ev.Clock(), 1_100.0)
    assert way.held is not None
    assert way.held.why is Why.WINDOW_OVER
    assert effects == (ev.EraseInstallCode(),)
    assert machine.step(way, ev.Retry(), 1_101.0) == (way, ()), "only a signed command opens a window"


def test_a_device_that_leaves_on_its_way_is_held_and_goes_on_when_it_is_back() -> None:
    way, _ = walked(*ROAD[:9], ev.Left())
    assert way.held is not None
    assert way.held.why is Why.DEVICE_LEFT
    way, _ = machine.step(way, ev.TrialEnded("t-1", Outcome.ACCEPTED, 0, ""), 2.0)
    for event in (ev.Interviewed(), NAMED, ev.KeyReady(2), ev.ClockRead(0.0), READ):
        way, _ = machine.step(way, event, 3.0)
    assert (way.step, way.trial.phase) == (Step.VEND_TEST, Phase.AFTER)


@pytest.mark.parametrize("silent_at", [Step.INTERVIEW, Step.CLOCK_CHECK, Step.FIRST_READING])
def test_a_silent_device_is_asked_again_and_held_in_time_and_its_own_word_takes_it_on(silent_at: Step) -> None:
    way, now_s = invited(), 0.0
    for event in ROAD:
        if way.step is silent_at and (silent_at is not Step.INTERVIEW or way.interviewed):
            break
        way, _ = machine.step(way, event, now_s)
    asked = 0
    while way.held is None:
        if way.asked:
            asked += 1
            way, _ = machine.step(way, ev.Unanswered(), now_s)
        now_s = machine.next_deadline_s(way) or now_s
        way, _ = machine.step(way, ev.Clock(), now_s)
    assert asked > 10
    assert now_s == RULES[silent_at].awake_s
    way, effects = machine.step(way, ev.Heard(), now_s)
    assert way.held is None
    assert len(effects) == 1


def test_every_reason_has_words_and_every_step_says_what_to_do() -> None:
    assert set(WORDS) == set(Why)
    for step in Step:
        for why in Why:
            if step is not Step.DONE:
                assert cure(machine.Held(why), step)


# Exploration


@dataclass(frozen=True)
class World:
    """The machine with its times counted from now, what is on disk, and which tokens the meter has accepted."""

    way: Way
    disk: bytes
    sent: str | None = None
    accepted: frozenset[str] = frozenset()
    orders: int = 0
    crashes: int = 0


ORDERS, CRASHES = 2, 1


def from_now(way: Way, now_s: float) -> Way:
    """The same way with its times counted from `now_s`, in coarse steps that keep the exploration finite."""
    ends = None if way.ends_at_s is None else max(0.0, way.ends_at_s - now_s)
    asks = None if way.ask_at_s is None else max(0.0, way.ask_at_s - now_s)
    findings = replace(way.findings, nameplate=None, reading=None, settings=None)
    return replace(way, ends_at_s=None if ends is None else -(-ends // 60) * 60.0, ask_at_s=asks, findings=findings)


def taken(world: World, event: ev.Event, now_s: float = 0.0) -> World:
    way, effects = machine.step(world.way, event, now_s)
    return landed(world, way, effects, now_s)


def landed(world: World, way: Way, effects: tuple[ev.Effect, ...], now_s: float) -> World:
    for effect in effects:
        if isinstance(effect, ev.SendTrial):
            world = replace(world, sent=effect.order)
        if isinstance(effect, ev.TestPassed):
            assert way.trial.order in world.accepted, "never passed without the meter's acceptance"
    if way.done and way.kind is not DISPLAY:
        assert way.trial.order in world.accepted, "never done without the meter's acceptance"
        assert way.interviewed
        assert way.keyed
    way = from_now(way, now_s)
    assert way.done or way.held is not None or machine.next_deadline_s(way) is not None, "waits for ever, unnamed"
    return replace(world, way=way, disk=saved.encode(way))


def followers(world: World) -> Iterator[World]:
    yield from (taken(world, event) for event in (ev.Heard(), ev.Retry(), ev.Left(), ev.Arrived(), ev.Interviewed()))
    yield from (taken(world, event) for event in (ev.KeyReady(2), ev.KeyFailed("no")))
    if world.way.asked:
        answers = (ev.Unanswered(), ev.DoorOpened(), NAMED, ev.ClockRead(60.0), READ, BEFORE)
        yield from (taken(world, event) for event in answers)
        yield from (taken(world, event) for event in (ev.AccountRead(900_000, 1_000), ev.AccountRead(None, None)))
    if world.orders < ORDERS:
        number = world.orders + 1
        yield taken(replace(world, orders=number), ev.TrialCame(f"t-{number}"))
    if world.sent is not None:
        order, settled = world.sent, replace(world, sent=None)
        took = replace(settled, accepted=settled.accepted | {order})
        yield taken(took, ev.TrialEnded(order, Outcome.ACCEPTED, 0, ""))
        yield from (taken(settled, ev.TrialEnded(order, o, None, "")) for o in (Outcome.REJECTED, Outcome.NO_ANSWER))
    if (due_s := machine.next_deadline_s(world.way)) is not None:
        yield taken(world, ev.Clock(), due_s)
    if world.crashes < CRASHES:
        for window_left_s, begins in ((0.0, ev.Clock()), (60.0, ev.Clock()), (0.0, ev.WindowShut())):
            way = machine.recovered(saved.decode(world.disk), 0.0, window_left_s)
            way, effects = machine.step(way, begins, 0.0)
            yield landed(replace(world, crashes=world.crashes + 1), way, effects, 0.0)
    if world.way.held is not None and world.way.step in (Step.INVITE, Step.JOIN):
        yield taken(world, ev.Invited(60.0))


@pytest.mark.parametrize("kind", [ELECTRICITY, DISPLAY])
def test_no_history_ends_in_service_without_acceptance_and_none_gets_stuck_r13_r14(kind: DeviceKind) -> None:
    """Every order of events, every answer, time running out, two tokens, and a crash anywhere."""
    way = from_now(machine.step(Way(kind), ev.Invited(60.0), 0.0)[0], 0.0)
    first = World(way, saved.encode(way))
    seen, edge, back = {first}, [first], {}
    while edge:
        world = edge.pop()
        for follower in followers(world):
            back.setdefault(follower, set()).add(world)
            if follower not in seen:
                seen.add(follower)
                edge.append(follower)
    assert any(world.way.done for world in seen)
    held = {world.way.held.why for world in seen if world.way.held is not None}
    if kind is not DISPLAY:
        assert held == set(Why) - {Why.TRIAL_USED_BEFORE}, "duplicates are not in this world"
    assert stuck(seen, back) == set()
    print(f"{kind}: {len(seen)} states, none stuck; {sum(w.way.done for w in seen)} in service")


def stuck(seen: set[World], back: dict[World, set[World]]) -> set[World]:
    """States from which service cannot be reached any more, though a token is left or none is needed."""
    reach = {world for world in seen if world.way.done}
    edge = list(reach)
    while edge:
        for before in back.get(edge.pop(), ()):
            if before not in reach:
                reach.add(before)
                edge.append(before)
    return {world for world in seen - reach if world.orders < ORDERS}
