"""Begin to record the air of a virtual coordinator."""

from pathlib import Path

from hubd.bench.capture import key_file
from hubd.bench.capture.channel import Channel
from hubd.bench.capture.key_file import KeyFile
from hubd.bench.capture.network_view import CoordinatorView
from hubd.bench.capture.pcap import PcapFile
from hubd.bench.capture.sniffer import Sniffer
from hubd.bench.coordinator.coordinator import Coordinator


def begin_capture(path: Path, coordinator: Coordinator) -> Sniffer:
    """From now on everything is in this file, and the keys in one beside it (`key_file.beside`). Close it at the end.
    Raises ConfigurationError where either cannot be written.
    """
    pcap, keys = PcapFile(path), KeyFile(key_file.beside(path))
    sniffer = Sniffer(Channel(pcap, keys, CoordinatorView(coordinator), coordinator.air.clock.unix_s))
    coordinator.air.let_listen(sniffer)
    return sniffer
