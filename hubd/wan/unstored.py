"""Alarms that the card does not take: told all the same, and kept in memory until the head-end has them.

They go out under a journal of their own, which lives as long as the program and begins its lane at 1: so no number is
ever used for two messages, and the head-end's word for the one journal is never taken for the other's.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.model.stamp import Stamp
from hubd.wan.messages import Ack, Up, When

MOST = 16
"""The oldest is forgotten for one more."""

Told = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Said:
    seq: int
    payload: bytes
    told: Told


class Unstored:
    """Alarms by name: said again under the same name, one says what is true by then."""

    def __init__(self, hub: HubId) -> None:
        self._hub = hub
        self._journal_id = secrets.token_hex(4)
        self._last_seq = 0
        self._said: dict[str, _Said] = {}

    def put(self, name: str, kind: str, body: bytes, at: Stamp, told: Told) -> None:
        """Keep an alarm. `told` is called when the head-end has stored it. `body` is JSON."""
        before = self._said.pop(name, None)
        if before is None:
            self._last_seq += 1
        seq = before.seq if before is not None else self._last_seq
        self._said[name] = _Said(seq, self._encoded(seq, kind, body, at), told)
        while len(self._said) > MOST:
            del self._said[next(iter(self._said))]

    def waiting(self) -> list[tuple[int, bytes]]:
        """Number and payload of each that the head-end has not stored."""
        return [(said.seq, said.payload) for said in self._said.values()]

    def stored(self, ack: Ack) -> None:
        """The head-end's word, where it is about these."""
        if ack.journal != self._journal_id:
            return
        up_to = ack.stored.get(Lane.ALARM, 0)
        for name, said in list(self._said.items()):
            if said.seq <= up_to:
                del self._said[name]
                said.told()

    def _encoded(self, seq: int, kind: str, body: bytes, at: Stamp) -> bytes:
        return msgspec.json.encode(
            Up(
                v=1,
                hub=self._hub,
                journal=self._journal_id,
                lane=Lane.ALARM,
                seq=seq,
                kind=kind,  # type: ignore[arg-type]
                at=When(at.unix_s, at.trust),
                body=msgspec.Raw(body),  # type: ignore[arg-type]
            )
        )
