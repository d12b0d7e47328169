"""A hub of the fleet: the real last-gasp rules, an outbox that keeps what the head-end has not stored, and a session.

Its capacitor is a number of seconds: the machine is told how long it lasts, and goes down by its own rules.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
import msgspec

from hubd.bench.fleet import story
from hubd.bench.fleet.clock import StoryClock
from hubd.bench.fleet.mqtt5 import Session
from hubd.headend.outages.network import Path, spell
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.model.roles import ROLE_OF
from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.last_gasp import next_deadline_s, step
from hubd.power.outage import Row, State
from hubd.power.outage_effects import Effect, Persist, RecordMomentary, SendAlert, SendRestored, ShutDown
from hubd.power.outage_events import AlertStored, Clock, EnergyLeft, Event, Started, SupplyLost, SupplyReturned
from hubd.power.phases import Phase
from hubd.power.rules import Rules
from hubd.power.spread import share
from hubd.wan import topics
from hubd.wan.messages import Ack, ReceiptBody, Status, Up, When
from hubd.wan.supply_messages import Began, HubClass, OutageAlertBody, OutageMomentaryBody, OutageRestoredBody

RESTORATION_SPREAD_S = 60.0
LIVES_S = (120.0, 360.0)
SEND_AND_DOWN_S = 30.0
SHUTDOWN_S = 10.0
BOOT_S = (20.0, 45.0)


@dataclass(slots=True)
class Said:
    """A message of the outbox. Story seconds; `due_s` is when the rules wanted it, `stored_s` when the head-end's
    word came.
    """

    lane: Lane
    seq: int
    kind: str
    payload: bytes
    due_s: float
    sent_s: float = 0.0
    stored_s: float | None = None


@dataclass(slots=True)
class FleetHub:
    """`connect` opens a session for it; `start` begins its story at a moment of the story's clock."""

    name: HubId
    place: Path
    edges: story.Edges
    clock: StoryClock
    connect: Callable[["FleetHub"], None]
    spread_s: float
    session: Session | None = None
    connected: bool = False
    dark: bool = False
    on: bool = True
    began_unix_s: float = 0.0
    state: State = field(default_factory=lambda: State(Rules(), Phase.NORMAL))
    row: Row | None = None
    said: dict[tuple[Lane, int], Said] = field(default_factory=dict)
    waiting: dict[tuple[Lane, int], Said] = field(default_factory=dict)
    alert: tuple[str, int] | None = None
    outages: int = 0
    alerts: list[tuple[str, int]] = field(default_factory=list)
    connections: int = 0
    _timer: asyncio.TimerHandle | None = None

    # -- its supply -------------------------------------------------------------------------------------------------

    def start(self, began_unix_s: float) -> None:
        """Let its supply do what the story says, from then on."""
        self.began_unix_s = began_unix_s
        for at_s, on in self.edges:
            self._at(at_s, lambda at_s=at_s, on=on: self._edge(at_s, on))  # type: ignore[misc]

    def _edge(self, at_s: float, on: bool) -> None:
        self.on = on
        if self.dark:
            if on:
                self._at(at_s + _between(BOOT_S, self.name, "boot"), self._boot)
            return
        if on:
            self._take(SupplyReturned(), at_s)
            return
        if self.state.phase is Phase.NORMAL:
            self.outages += 1
            own = 0.0 if story.is_transformers(self.place) else self.spread_s
            rules = Rules(spread_s=own, spread_share=share(self.name, self._outage_id()))
            self.state = replace(self.state, rules=rules)
        self._take(SupplyLost(self._outage_id(), self._stamp(at_s)), at_s)
        lives_s = _between(LIVES_S, self.name, "capacitor")
        self._take(EnergyLeft(at_s + lives_s - SEND_AND_DOWN_S, at_s + lives_s), at_s)

    def _boot(self) -> None:
        self.dark = False
        now_s = self._now_s()
        self.state = State(Rules(), now_s=now_s)
        self.connect(self)
        self._take(Started(True, self.row, False, self._outage_id(), self._stamp(now_s)), now_s)

    def _take(self, event: Event, now_s: float) -> None:
        due_s = next_deadline_s(self.state) if isinstance(event, Clock) else now_s
        self.state, effects = step(self.state, event, now_s)
        for effect in effects:
            self._do(effect, now_s if due_s is None else due_s)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (next_s := next_deadline_s(self.state)) is not None:
            self._timer = self._at(next_s, lambda: self._take(Clock(), max(self._now_s(), next_s)))

    def _do(self, effect: Effect, due_s: float) -> None:
        match effect:
            case Persist(row):
                self.row = row
            case SendAlert():
                self._alert(effect, due_s)
            case SendRestored():
                self.row = None
                later_s = (
                    0.0 if story.is_sentinel(self.place) else share(self.name, "restored") * RESTORATION_SPREAD_S
                )
                body = self._restored(effect, due_s)
                self._at(due_s + later_s, lambda: self._put(Lane.ALARM, "outage_restored", body, due_s + later_s))
            case RecordMomentary():
                self.row = None
                self._put(Lane.EVENT, "outage_momentary", self._momentary(effect), due_s)
            case ShutDown():
                self._at(self._now_s() + SHUTDOWN_S, self._go_dark)

    def _go_dark(self) -> None:
        self.dark, self.connected = True, False
        if self._timer is not None:
            self._timer.cancel()
        if self.session is not None:
            self.session.drop()
            self.session = None
        if self.on:
            self._at(self._now_s() + _between(BOOT_S, self.name, "boot"), self._boot)

    # -- what it says -----------------------------------------------------------------------------------------------

    def _alert(self, effect: SendAlert, due_s: float) -> None:
        if self.alert is not None and self.alert[0] == effect.outage_id:
            self._send_waiting()
            return
        body = OutageAlertBody(
            outage=effect.outage_id, claim=effect.kind.value, began=_began(effect.began.earliest),
            off_for_s=effect.off_for_s, operations=effect.operations, attempt=effect.attempt,
            hub_class="transformer" if story.is_transformers(self.place) else "service",
            since_first_s=effect.since_first_s,
        )  # fmt: skip
        said = self._put(Lane.ALARM, "outage_alert", body, due_s)
        self.alert = (effect.outage_id, said.seq)
        self.alerts.append(self.alert)

    def _restored(self, effect: SendRestored, due_s: float) -> OutageRestoredBody:
        return OutageRestoredBody(
            outage=effect.outage_id, began=_began(effect.began.earliest), ended=_when(self._stamp(due_s - 60.0)),
            operations=effect.operations, alert_sent=effect.alert_sent, duration="unknown",
            hub_class="transformer" if story.is_transformers(self.place) else "service",
            sentinel=story.is_sentinel(self.place), lasted_s=effect.lasted_s,
        )  # fmt: skip

    def _momentary(self, effect: RecordMomentary) -> OutageMomentaryBody:
        hub_class: HubClass = "transformer" if story.is_transformers(self.place) else "service"
        began = _began(effect.began.earliest)
        return OutageMomentaryBody(effect.outage_id, began, effect.operations, hub_class, lasted_s=effect.lasted_s)

    def _put(self, lane: Lane, kind: str, body: msgspec.Struct, due_s: float) -> Said:
        seq = sum(said_lane is lane for said_lane, _ in self.said) + 1
        at = _when(self._stamp(max(self._now_s(), due_s)))
        up = Up(1, self.name, JOURNAL, lane, seq, kind, at, msgspec.to_builtins(body))  # type: ignore[arg-type]
        said = Said(lane, seq, kind, msgspec.json.encode(up), due_s)
        self.said[lane, seq] = self.waiting[lane, seq] = said
        self._send(said)
        return said

    def _send(self, said: Said) -> None:
        if self.connected and self.session is not None:
            said.sent_s = said.sent_s or self._now_s()
            self.session.publish(topics.up(self.name, said.lane), said.payload)

    def _send_waiting(self) -> None:
        for said in self.waiting.values():
            self._send(said)

    def status(self) -> None:
        """Say that it is online, where it hangs, and how its supply is."""
        if self.session is not None:
            said = Status(
                1, self.name, "online", journal=JOURNAL, at=_when(self._stamp(self._now_s())),
                topology=spell(self.place), supply="on" if self.on else "off",
            )  # fmt: skip
            self.session.publish(topics.status(self.name), msgspec.json.encode(said), retain=True)

    # -- what it is told --------------------------------------------------------------------------------------------

    def ready(self) -> None:
        """The session stands: everything that waits goes first."""
        self.connected = True
        self.connections += 1
        self._send_waiting()
        self.status()

    def heard(self, topic: str, payload: bytes) -> None:
        """The head-end has stored something, or orders something."""
        if topic.endswith("/ack"):
            self._acknowledged(msgspec.json.decode(payload, type=Ack))
        elif not self.dark:
            self._obey(jwt.decode(payload, options={"verify_signature": False}))

    def lost(self, reason: str) -> None:
        """The session is gone without our doing: open another."""
        self.connected = False
        if not self.dark:
            asyncio.get_running_loop().call_later(1.0, self.connect, self)

    def _acknowledged(self, ack: Ack) -> None:
        now_s = self._now_s()
        for lane, number in ack.stored.items():
            for key in [key for key in self.waiting if key[0] is lane and key[1] <= number]:
                self.waiting.pop(key).stored_s = now_s
        if self.alert is not None and (Lane.ALARM, self.alert[1]) not in self.waiting and not self.dark:
            self._take(AlertStored(self.alert[0]), now_s)

    def _obey(self, claims: dict[str, Any]) -> None:
        """Its answers are the real ones; that it believes every signature is the bench's."""
        outcome = "accepted" if claims["cmd"] == "vend" else "done"
        if claims["cmd"] == "status":
            self.status()
        cmd, device = claims["cmd"], claims["args"].get("device")
        receipt = ReceiptBody(claims["jti"], cmd, outcome, True, device=device, role=ROLE_OF[cmd])
        self._put(Lane.RECEIPT, "receipt", receipt, self._now_s())

    # -- time -------------------------------------------------------------------------------------------------------

    def _now_s(self) -> float:
        return self.clock.now_s() - self.began_unix_s

    def _stamp(self, at_s: float) -> Stamp:
        return Stamp(self.began_unix_s + at_s, TimeTrust.NETWORK)

    def _at(self, story_s: float, call: Callable[[], object]) -> asyncio.TimerHandle:
        in_s = (self.began_unix_s + story_s - self.clock.now_s()) / self.clock.speed
        return asyncio.get_running_loop().call_later(max(0.0, in_s), call)

    def _outage_id(self) -> str:
        return hashlib.sha256(f"{self.name}/{self.outages}".encode()).hexdigest()[:16]


JOURNAL = "0f1ee700"


def _between(bounds: tuple[float, float], hub: str, what: str) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * share(hub, what)


def _when(stamp: Stamp) -> When:
    return When(round(stamp.unix_s, 3), stamp.trust)


def _began(stamp: Stamp) -> Began:
    return Began(_when(stamp), _when(stamp))
