"""How the radio stands, for `hubctl status` and the head-end."""

from dataclasses import dataclass
from typing import Literal

from hubd.model.identity import Eui64
from hubd.zigbee.network_identity import NetworkIdentity


@dataclass(frozen=True, slots=True)
class RadioFacts:
    """What a radio that is up says of itself and its network."""

    extended_pan_id: str
    pan_id: int
    channel: int
    firmware: str


@dataclass(frozen=True, slots=True)
class RadioState:
    """`starting` until it was up once, then `up` or `lost`; `foreign` while a radio is there that is not this hub's.
    `reason` says why it is not up, for people. `coordinator` is this hub's radio, `found` the foreign one.
    """

    state: Literal["starting", "up", "lost", "foreign"]
    reason: str = ""
    coordinator: Eui64 | None = None
    facts: RadioFacts | None = None
    found: NetworkIdentity | None = None
