"""The part of a device's stack that makes its link key with the trust centre, beneath the application."""

from typing import Protocol

from hubd.bench.air.frame import ApsFrame
from hubd.model.identity import Eui64
from hubd.model.secret import Secret


class KeyMaker(Protocol):
    """A device with one speaks Smart Energy only under a key that it made; until then its stack lets none of it out.
    Frames of Key Establishment go to it and not to the application. Times are the simulated wall clock's.
    """

    key: Secret[bytes] | None
    """The key that was made; None before, and once the device is on no network."""
    cluster_id: int

    def joined(self, trust_centre: Eui64, unix_s: float) -> None:
        """The device is on a network, under its joining key."""

    def left(self) -> None:
        """It is on no network."""

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Take a frame of the cluster; returns what is sent because of it."""

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Do what is due."""

    def next_due_unix_s(self) -> float | None:
        """When `on_time` wants to be called; None: not needed."""

    def save(self) -> dict[str, object]:
        """What must outlive a restart, as JSON values. The air keeps the key itself."""

    def restore(self, saved: dict[str, object], key: Secret[bytes] | None) -> None:
        """The reverse of `save`; `key` is the device's link key."""
