"""Devices that do key establishment badly, for a bench that wants to see them refused.

Each is the honest `DeviceKeyMaker` with one thing wrong: what it holds, when it speaks, or what it says.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.key_establishment import DeviceKeyMaker
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.se.key_establishment import CommandId

LATE_S: Final = 30.0
"""Longer than anybody waits who was told 2 s."""
_ZCL_HEADER: Final = 3


def _copied(own: Eui64, credentials: Credentials) -> DeviceKeyMaker:
    """Its certificate is right and copied off the air: the private key is not the certificate's."""
    octets = credentials.suite.curve.octets - 1
    return DeviceKeyMaker(own, replace(credentials, private=Secret(int.from_bytes(secrets.token_bytes(octets)) | 1)))


class Silent(DeviceKeyMaker):
    """Never begins, never answers."""

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        return []

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        return []

    def next_due_unix_s(self) -> float | None:
        """See KeyMaker."""
        return None


class Late(DeviceKeyMaker):
    """Begins in time, and says everything after that when nobody waits for it any more."""

    def __init__(self, own: Eui64, credentials: Credentials) -> None:
        super().__init__(own, credentials)
        self._held: list[tuple[float, ApsFrame]] = []

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        self._held += [(unix_s + LATE_S, said) for said in super().on_frame(frame, unix_s)]
        return []

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        due = [said for at_unix_s, said in self._held if at_unix_s <= unix_s]
        self._held = self._held[len(due) :]
        return due + super().on_time(unix_s)

    def next_due_unix_s(self) -> float | None:
        """See KeyMaker."""
        due = [at_unix_s for at_unix_s, _ in self._held[:1]]
        own = super().next_due_unix_s()
        return min(due if own is None else [*due, own], default=None)


class Garbage(DeviceKeyMaker):
    """Its commands are of the cluster, and what is in them is noise of the wrong length."""

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        return [_noise(said) for said in super().on_frame(frame, unix_s)]

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        return [_noise(said) for said in super().on_time(unix_s)]


class Replay(DeviceKeyMaker):
    """Makes a key honestly once; joined anew, it says again what it said then, word for word."""

    def __init__(self, own: Eui64, credentials: Credentials) -> None:
        super().__init__(own, credentials)
        self._said: list[ApsFrame] = []
        self._to_say: list[ApsFrame] = []
        self._replays = False

    def joined(self, trust_centre: Eui64, unix_s: float) -> None:
        """See KeyMaker."""
        self._replays = self._replays or bool(self._said)
        self._to_say = list(self._said)
        super().joined(trust_centre, unix_s)

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        if self._replays:
            return [] if frame.data[2:_ZCL_HEADER] == bytes((CommandId.TERMINATE,)) else self._next()
        return self._note(super().on_frame(frame, unix_s))

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """See KeyMaker."""
        if not self._replays:
            return self._note(super().on_time(unix_s))
        self._begin_at_unix_s = None
        return self._next() if len(self._to_say) == len(self._said) else []

    def _note(self, frames: list[ApsFrame]) -> list[ApsFrame]:
        self._said += frames
        return frames

    def _next(self) -> list[ApsFrame]:
        said, self._to_say = self._to_say[:1], self._to_say[1:]
        return said


def _noise(frame: ApsFrame) -> ApsFrame:
    return replace(frame, data=frame.data[:_ZCL_HEADER] + secrets.token_bytes(3))


MANNERS: Final[dict[str, Callable[[Eui64, Credentials], DeviceKeyMaker]]] = {
    "honest": DeviceKeyMaker,
    "copied": _copied,
    "silent": Silent,
    "late": Late,
    "garbage": Garbage,
    "replay": Replay,
}
"""What `key_establishment` in a devices file may say."""
