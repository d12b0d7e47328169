"""What the air asks of a virtual device."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hubd.bench.air.frame import ApsFrame


@dataclass(frozen=True, slots=True)
class EndpointDescriptor:
    """A Simple Descriptor. Input clusters are those the device serves."""

    endpoint: int
    profile_id: int
    device_id: int
    input_clusters: tuple[int, ...]
    output_clusters: tuple[int, ...]


class VirtualDevice(Protocol):
    """A device as a pure machine: bytes and time in, bytes out. The air gives it its network address, answers ZDO
    from its descriptors, and calls `on_frame` and `on_time` with the simulated wall clock (`unix_s`).
    """

    ieee: str
    """IEEE address, as `model.identity.Eui64` writes it."""
    kind: str
    endpoints: tuple[EndpointDescriptor, ...]
    mains_powered: bool
    poll_interval_s: float | None
    """Sleeping devices: how often they ask for what is held for them. None: always awake."""

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Take one frame from the coordinator; returns what the device sends because of it, in order."""

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Do what is due at this time (meter energy, reports); returns what the device sends."""

    def next_due_unix_s(self) -> float | None:
        """When `on_time` wants to be called next; None: not needed."""

    def save(self) -> dict[str, object]:
        """What must outlive a restart of the bench (registers, balance, token memory), as JSON values."""

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""


@runtime_checkable
class KeepsOwnHours(Protocol):
    """A sleeping device that says itself when it listens; nothing but its own rule makes it poll faster. Unless
    `keeps_own_hours`, it polls as sleeping devices do.
    """

    keeps_own_hours: bool

    def listens_in_s(self, unix_s: float) -> float:
        """Seconds until it asks its parent for what is held for it."""

    def stay_awake(self, unix_s: float) -> None:
        """Its stack exchanges frames that the application does not see."""


@runtime_checkable
class NoticesJoining(Protocol):
    """A device that does something of its own once it is on a network."""

    def on_joined(self, unix_s: float) -> None:
        """It has just joined; `next_due_unix_s` is asked again afterwards."""
