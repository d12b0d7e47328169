"""How the radio stands, for `hubctl status` and the head-end."""

from dataclasses import dataclass
from typing import Literal

from hubd.model.identity import Eui64


@dataclass(frozen=True, slots=True)
class RadioState:
    """`starting` until it was up once, then `up` or `lost`. `reason` says why it is not up, for people."""

    state: Literal["starting", "up", "lost"]
    reason: str = ""
    coordinator: Eui64 | None = None
