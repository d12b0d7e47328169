"""A virtual device's side of key establishment: it begins soon after joining, and again when that came to nothing.

It is the initiator, as joining devices are, and answers as the responder where the hub begins. The arithmetic is done
at once, in the coordinator's process; a real meter takes its time.
"""

import secrets
from dataclasses import replace

from hubd.bench.air.frame import ApsFrame
from hubd.errors import WireError
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke import machine
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.exchange import (
    Begin,
    Clock,
    Compute,
    Computed,
    Effect,
    Established,
    Event,
    Failed,
    Heard,
    KeyEstablishment,
    Send,
    Unreadable,
)
from hubd.zigbee.cbke.work import perform
from hubd.zigbee.se import key_establishment as cluster
from hubd.zigbee.se import profile
from hubd.zigbee.se.key_establishment import GenerateTimes
from hubd.zigbee.zcl.frame import ZclFrame, decode

HUB_ENDPOINT = 1
OWN_ENDPOINT = 1
BEGINS_AFTER_S = 0.2
"""After its announcement, for the hub to know of it."""
AGAIN_AFTER_S = 30.0
"""After a failure: a meter keeps trying as long as it is on the network."""
_TIMES = GenerateTimes(2, 2)


class DeviceKeyMaker:
    """A `KeyMaker` with one certificate."""

    cluster_id = int(profile.KEY_ESTABLISHMENT)

    def __init__(self, own: Eui64, credentials: Credentials) -> None:
        self.key: Secret[bytes] | None = None
        self._credentials = credentials
        self._own = own
        self._fresh = KeyEstablishment(own, {credentials.suite: credentials}, {credentials.suite: _TIMES})
        self._state = self._fresh
        self._trust_centre: Eui64 | None = None
        self._begin_at_unix_s: float | None = None
        self._tsn = 0
        self._answered_tsn = 0

    def joined(self, trust_centre: Eui64, unix_s: float) -> None:
        """Whatever key there was is of an earlier life."""
        self.left()
        self._trust_centre, self._begin_at_unix_s = trust_centre, unix_s + BEGINS_AFTER_S

    def left(self) -> None:
        """Forget all."""
        self.key, self._trust_centre, self._begin_at_unix_s = None, None, None
        self._state = replace(self._fresh, count=self._state.count)

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Take a frame of the hub's; anybody else is not heard."""
        if self._trust_centre is None:
            return []
        try:
            heard = decode(frame.data)
        except WireError:
            return []
        self._answered_tsn = heard.tsn
        try:
            event: Event = Heard(self._trust_centre, cluster.parse(heard))
        except WireError:
            event = Unreadable(self._trust_centre, heard.to_client)
        return self._take(event, unix_s)

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Begin, or notice that the hub has fallen silent."""
        due = self._begin_at_unix_s
        if due is not None and unix_s >= due and self._trust_centre is not None:
            self._begin_at_unix_s = None
            return self._take(Begin(self._trust_centre, self._credentials.suite), unix_s)
        return self._take(Clock(), unix_s)

    def next_due_unix_s(self) -> float | None:
        """The next beginning, or the end of a wait."""
        due = (at_s for at_s in (self._begin_at_unix_s, machine.next_deadline_s(self._state)) if at_s is not None)
        return min(due, default=None)

    def save(self) -> dict[str, object]:
        """Whose network it is on, and whether the key is one that was made."""
        return {"trust_centre": self._trust_centre, "made": self.key is not None}

    def restore(self, saved: dict[str, object], key: Secret[bytes] | None) -> None:
        """The reverse of `save`. What was under way is over; a device without a key begins anew."""
        centre = saved["trust_centre"]
        self._trust_centre = None if centre is None else parse_eui64(str(centre))
        self.key = key if saved["made"] else None
        self._begin_at_unix_s = 0.0 if self._trust_centre is not None and self.key is None else None

    def _take(self, event: Event, unix_s: float) -> list[ApsFrame]:
        frames: list[ApsFrame] = []
        events = [event]
        while events:
            self._state, effects = machine.step(self._state, events.pop(0), unix_s)
            for effect in effects:
                frames += self._do(effect, events, unix_s)
        return frames

    def _do(self, effect: Effect, events: list[Event], unix_s: float) -> list[ApsFrame]:
        match effect:
            case Send(_, message):
                return [self._frame(message)]
            case Compute(number, work):
                events.append(Computed(number, perform(work, secrets.token_bytes)))
            case Established(_, _, _, link_key):
                self.key = link_key
            case Failed(_, _, _, _, _, None) if self.key is None:
                self._begin_at_unix_s = unix_s + max(AGAIN_AFTER_S, effect.wait_s)
        return []

    def _frame(self, message: cluster.Message) -> ApsFrame:
        if cluster.is_to_client(message):
            tsn = self._answered_tsn
        else:
            tsn = self._tsn = (self._tsn + 1) % 256
        built: ZclFrame = cluster.build(tsn, message)
        return ApsFrame(
            profile.PROFILE_ID, self.cluster_id, OWN_ENDPOINT, HUB_ENDPOINT, built.encode(), secured=False
        )
