"""A device's place on the air: its address, its network, its key, and when it listens."""

import math
from dataclasses import dataclass, field, replace

from hubd.bench.air.clock import Timer
from hubd.bench.air.device import EndpointDescriptor, KeepsOwnHours, VirtualDevice
from hubd.bench.air.key_maker import KeyMaker
from hubd.model.identity import eui64_octets, parse_eui64
from hubd.model.secret import Secret

NOT_JOINED = 0xFFFE
FAST_POLL_S = 0.25
FAST_POLL_FOR_S = 10.0
"""A sleeping device asks more often for a while after it joined or heard something."""


@dataclass(slots=True, eq=False)
class Node:
    """Everything the air keeps about one device. `install_code_key` is the key that the device derived from its
    install code, None where it joins with the well-known key. `octets` is its IEEE address as on the wire.
    """

    device: VirtualDevice
    name: str = ""
    install_code_key: Secret[bytes] | None = None
    nwk: int = NOT_JOINED
    network: str = ""
    link_key: Secret[bytes] | None = None
    powered: bool = True
    refused: str = ""
    bindings: list[bytes] = field(default_factory=list)
    fast_poll_until_s: float = -math.inf
    down_free_s: float = 0.0
    up_free_s: float = 0.0
    timer: Timer | None = None
    timer_due_unix_s: float | None = None
    octets: bytes = b""
    own_hours: KeepsOwnHours | None = None
    key_maker: KeyMaker | None = None
    """None: the device goes on under its joining key for ever."""
    secured_heard: int = 0
    secured_said: int = 0
    """Frames under the link key that its application was given, and that left it; since the bench began."""

    def __post_init__(self) -> None:
        self.octets = eui64_octets(parse_eui64(self.device.ieee))[::-1]
        own_hours = self.device if isinstance(self.device, KeepsOwnHours) else None
        self.own_hours = own_hours if own_hours and own_hours.keeps_own_hours else None

    @property
    def joined(self) -> bool:
        """It believes to be on some network."""
        return self.nwk != NOT_JOINED

    @property
    def capability(self) -> int:
        """The MAC capability octet of its announcement."""
        return (
            0x80
            | (0x0E if self.device.poll_interval_s is None else 0x00)
            | (0x04 if self.device.mains_powered else 0)
        )

    def listens_in_s(self, now_s: float, unix_s: float) -> float:
        """Seconds until it can take a frame: none for a device that is always awake. Monotonic and wall clock."""
        if self.own_hours is not None:
            return self.own_hours.listens_in_s(unix_s)
        interval_s = self.device.poll_interval_s
        if interval_s is None:
            return 0.0
        if now_s < self.fast_poll_until_s:
            interval_s = min(interval_s, FAST_POLL_S)
        return interval_s - math.fmod(now_s, interval_s)

    def poll_fast_from(self, now_s: float) -> None:
        """It expects to hear more."""
        self.fast_poll_until_s = now_s + FAST_POLL_FOR_S

    @property
    def may_speak_secured(self) -> bool:
        """Whether its stack lets frames of the application out under the link key."""
        return self.key_maker is None or self.key_maker.key is not None

    @property
    def endpoints(self) -> tuple[EndpointDescriptor, ...]:
        """The device's own, with the cluster of its key maker on both sides of the first."""
        if self.key_maker is None:
            return self.device.endpoints
        first, more = self.device.endpoints[0], (self.key_maker.cluster_id,)
        first = replace(
            first, input_clusters=first.input_clusters + more, output_clusters=first.output_clusters + more
        )
        return (first, *self.device.endpoints[1:])

    def next_due_unix_s(self) -> float | None:
        """When the device or its key maker wants to be called."""
        own = self.device.next_due_unix_s()
        maker = self.key_maker.next_due_unix_s() if self.key_maker else None
        return min((at_s for at_s in (own, maker) if at_s is not None), default=None)

    def leave(self) -> None:
        """It is on no network any more."""
        if self.key_maker:
            self.key_maker.left()
        self.nwk, self.network, self.link_key = NOT_JOINED, "", None
        self.bindings.clear()
