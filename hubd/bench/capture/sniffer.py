"""Listens to the air and writes what a radio next to the coordinator would have received."""

from dataclasses import replace

from hubd.bench.air import zdo
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.membership import announcement
from hubd.bench.air.node import NOT_JOINED, Node
from hubd.bench.capture import aps, joining, nwk
from hubd.bench.capture.aps import Block
from hubd.bench.capture.channel import Channel
from hubd.bench.capture.station import Station

_ANNOUNCED_UNDER = 0x81
"""Sequence number of announcements: a device's own ZDO numbers are not simulated."""


class Sniffer:
    """An `air.listener.Listener`. A frame that was not heard stands there once, without a MAC acknowledgement: MAC's
    own repetitions are not shown.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def close(self) -> None:
        """Listen no more."""
        self._channel.close()

    def down(self, node: Node, frame: ApsFrame, *, acknowledged: bool, heard: bool) -> None:
        """From the coordinator to a device; a sleeping device asks for it first."""
        hub, device = self._channel.hub(), self._channel.device(node)
        held = self._channel.network.link_key(node.octets) if frame.secured else None
        own = node.link_key.reveal() if frame.secured and node.link_key else None
        counter = hub.next_aps()
        for block in aps.blocks(frame):
            if heard and node.device.poll_interval_s is not None:
                self._channel.poll(device)
            answer = acknowledged or block.count > 1
            under = self._channel.link(held, hub, node.octets)
            payload = aps.data(frame, block, counter, acknowledged=answer, under=under)
            self._channel.send(hub, device, payload, heard=heard)
            if answer and heard and own == held:
                self._acknowledge(frame, block, counter, device, hub, own)

    def down_to_all(self, frame: ApsFrame) -> None:
        """From the coordinator to every device."""
        self._tell_all(self._channel.hub(), frame)

    def up(self, node: Node, frame: ApsFrame, *, heard: bool) -> None:
        """From a device to the coordinator."""
        hub, device = self._channel.hub(), self._channel.device(node)
        own = node.link_key.reveal() if frame.secured and node.link_key else None
        counter = device.next_aps()
        for block in aps.blocks(frame):
            pieces = block.count > 1
            under = self._channel.link(own, device, node.octets)
            payload = aps.data(frame, block, counter, acknowledged=pieces, under=under)
            self._channel.send(device, hub, payload, heard=heard)
            if pieces and heard:
                self._acknowledge(frame, block, counter, hub, device, own)

    def joined(self, node: Node) -> None:
        """Scan, association, keys, announcement."""
        hub, device = self._channel.hub(), self._channel.device(node)
        joining.associate(self._channel, hub, device, node)
        joining.give_keys(self._channel, hub, device, node)
        body = bytes((_ANNOUNCED_UNDER,)) + announcement(node)
        self._tell_all(device, ApsFrame(0x0000, zdo.DEVICE_ANNCE, 0, 0, body, secured=False))

    def refused(self, node: Node) -> None:
        """Scan and association; then the device waits in vain for a network key that it can read."""
        joining.associate(self._channel, self._channel.hub(), Station(node.octets, NOT_JOINED), node)

    def left(self, node: Node) -> None:
        """A device leaves."""
        device = self._channel.device(node)
        self._channel.hop(device, None, nwk.leave(device.sender(), self._channel.network_key()))

    def _acknowledge(
        self, frame: ApsFrame, block: Block, counter: int, source: Station, to: Station, key: bytes | None
    ) -> None:
        device = source if source.nwk else to
        under = self._channel.link(key, source, device.octets)
        self._channel.send(source, to, aps.acknowledgement(frame, block, counter, under))

    def _tell_all(self, source: Station, frame: ApsFrame) -> None:
        plain = replace(frame, secured=False)
        counter = source.next_aps()
        for block in aps.blocks(plain):
            payload = aps.data(plain, block, counter, acknowledged=False, under=None, to_all=True)
            self._channel.send_to_all(source, payload)
