"""What the hub says of itself in its retained status."""

from typing import Literal

from hubd import __version__
from hubd.model.stamp import Stamp
from hubd.utility.config import UtilityConfig
from hubd.wan.messages import Status, When


def status_of(
    config: UtilityConfig, journal: str, at: Stamp, radio: str, supply: Literal["on", "off"] | None
) -> Status:
    """While the hub is there. `supply` is None where it is not sensed, or not known yet."""
    sensed = config.supply
    return Status(
        v=1,
        hub=config.hub,
        state="online",
        software=__version__,
        journal=journal,
        at=When(at.unix_s, at.trust),
        radio=radio,
        topology=sensed.topology if sensed else None,
        hub_class=sensed.hub_class if sensed else None,
        sentinel=sensed.sentinel if sensed else None,
        supply=supply,
    )
