"""The topics of the consumer's broker."""

from dataclasses import dataclass

ONLINE = b"online"
OFFLINE = b"offline"


@dataclass(frozen=True, slots=True)
class Topics:
    """`prefix` is the first level of the states and the hub's name in unique ids; `discovery` is Home Assistant's."""

    prefix: str
    discovery: str

    @property
    def bridge(self) -> str:
        """Whether this daemon is connected: online or offline (the last will)."""
        return f"{self.prefix}/availability"

    @property
    def feed(self) -> str:
        """Whether the utility's side tells of any meter: ON or OFF."""
        return f"{self.prefix}/feed"

    @property
    def mains(self) -> str:
        """Whether the house has supply, as the hub senses it: ON or OFF."""
        return f"{self.prefix}/mains"

    def availability(self, alias: str) -> str:
        """Whether a meter's values are of now: online or offline."""
        return f"{self.prefix}/{alias}/availability"

    def state(self, alias: str, key: str) -> str:
        """One value of a meter."""
        return f"{self.prefix}/{alias}/{key}"

    def config(self, device: str) -> str:
        """The discovery message of a device."""
        return f"{self.discovery}/device/{device}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery}/status"

    def device(self, alias: str) -> str:
        """A meter's identifier in Home Assistant."""
        return f"{self.prefix}_{alias}"
