"""What a sniffer must know of the coordinator, to write frames that the coordinator itself could have sent."""

from typing import Protocol

from hubd.bench.capture.nwk import NetworkKey
from hubd.bench.coordinator import factory, nv
from hubd.bench.coordinator.coordinator import Coordinator


class NetworkView(Protocol):
    """The network as it is at this moment. Addresses in wire order."""

    @property
    def ieee(self) -> bytes:
        """The coordinator's address."""

    @property
    def pan_id(self) -> int:
        """The PAN id."""

    @property
    def extended_pan_id(self) -> bytes:
        """The extended PAN id."""

    @property
    def key(self) -> NetworkKey:
        """The active network key."""

    @property
    def frame_counter(self) -> int:
        """The coordinator's counter, as it stood at its last start."""

    def link_key(self, octets: bytes) -> bytes | None:
        """The key that the coordinator shares with a device."""


class CoordinatorView:
    """A virtual coordinator that runs."""

    def __init__(self, coordinator: Coordinator) -> None:
        self._it = coordinator

    @property
    def ieee(self) -> bytes:
        """See NetworkView."""
        return self._it.ieee

    @property
    def pan_id(self) -> int:
        """See NetworkView."""
        return self._it.running.parameters.pan_id if self._it.running else 0xFFFF

    @property
    def extended_pan_id(self) -> bytes:
        """See NetworkView."""
        return self._it.running.parameters.extended_pan_id if self._it.running else bytes(8)

    @property
    def key(self) -> NetworkKey:
        """See NetworkView."""
        active = self._it.nv.read_osal(factory.NWK_ACTIVE_KEY_INFO)
        return NetworkKey(active[1:17], active[0])

    @property
    def frame_counter(self) -> int:
        """See NetworkView."""
        return int.from_bytes(self._it.nv.read((nv.ZSTACK, nv.SECURITY_MATERIAL_TABLE, 0))[:4], "little")

    def link_key(self, octets: bytes) -> bytes | None:
        """See NetworkView."""
        return self._it.trust.link_key(octets)
