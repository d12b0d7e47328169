"""The radio channel: puts APS frames into NWK and MAC frames, counts for each sender, writes packets and keys."""

from collections.abc import Callable

from hubd.bench.air.node import Node
from hubd.bench.capture import mac, nwk
from hubd.bench.capture.aps import LinkSecurity
from hubd.bench.capture.counters import latest_counters
from hubd.bench.capture.key_file import KeyFile
from hubd.bench.capture.network_view import NetworkView
from hubd.bench.capture.nwk import NetworkKey
from hubd.bench.capture.pcap import PcapFile
from hubd.bench.capture.security import WELL_KNOWN_KEY
from hubd.bench.capture.station import Station


class Channel:
    """One network on its channel."""

    def __init__(self, pcap: PcapFile, keys: KeyFile, network: NetworkView, unix_s: Callable[[], float]) -> None:
        self.network = network
        self._pcap = pcap
        self._keys = keys
        self._unix_s = unix_s
        self._counters = latest_counters(pcap.earlier)
        pcap.earlier.clear()
        self._stations: dict[bytes, Station] = {}

    def close(self) -> None:
        """Nothing more is written."""
        self._pcap.close()
        self._keys.close()

    # Who sends

    def hub(self) -> Station:
        """The coordinator."""
        return self._station(self.network.ieee, nwk.COORDINATOR, self.network.frame_counter)

    def device(self, node: Node) -> Station:
        """A device at its present address."""
        return self._station(node.octets, node.nwk, 0)

    def _station(self, octets: bytes, address: int, at_least: int) -> Station:
        found = self._stations.get(octets)
        if found is None:
            found = Station(octets, address, self._counters.get(octets, 0))
            self._stations[octets] = found
        found.nwk = address
        found.frame_counter = max(found.frame_counter, at_least)
        return found

    def link(self, key: bytes | None, source: Station, device: bytes) -> LinkSecurity | None:
        """The security of a frame under the link key shared with `device`; None where there is no key."""
        if key is None:
            return None
        self._keys.note(key, "well-known link key" if key == WELL_KNOWN_KEY else f"link key with {_address(device)}")
        return LinkSecurity(key, source.octets, source.next_frame_counter())

    def network_key(self) -> NetworkKey:
        """The active network key."""
        active = self.network.key
        self._keys.note(active.key, f"network key of PAN 0x{self.network.pan_id:04x}")
        return active

    # What is sent

    def send(self, source: Station, to: Station, payload: bytes, *, heard: bool = True) -> None:
        """An APS frame under the network key; `heard`: MAC acknowledges it."""
        self.hop(source, to, nwk.secured_data(source.sender(), to.nwk, payload, self.network_key()), heard=heard)

    def send_plain(self, source: Station, to: Station, payload: bytes) -> None:
        """An APS frame for a device that has no network key yet."""
        self.hop(source, to, nwk.plain_data(source.sender(), to.nwk, payload))

    def send_to_all(self, source: Station, payload: bytes) -> None:
        """An APS frame for every device that is awake."""
        self.hop(source, None, nwk.secured_data(source.sender(), nwk.ALL_AWAKE, payload, self.network_key()))

    def hop(self, source: Station, to: Station | None, frame: bytes, *, heard: bool = True) -> None:
        """A NWK frame to a neighbour, or (None) to all of them."""
        sequence = source.next_mac()
        dst = mac.BROADCAST if to is None else to.nwk
        self.write(mac.data(self.network.pan_id, dst, source.nwk, sequence, frame))
        if to is not None and heard:
            self.write(mac.acknowledgement(sequence))

    def poll(self, device: Station, *, by_ieee: bool = False) -> None:
        """A device asks for what is held for it, and there is something."""
        sequence = device.next_mac()
        self.write(mac.data_request(self.network.pan_id, device.octets if by_ieee else device.nwk, sequence))
        self.write(mac.acknowledgement(sequence, more_waits=True))

    def write(self, packet: bytes) -> None:
        """A MAC frame as it stands."""
        self._pcap.write(self._unix_s(), packet)


def _address(octets: bytes) -> str:
    return octets[::-1].hex(":")
