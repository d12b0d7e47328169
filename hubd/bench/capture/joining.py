"""What a device and its coordinator say to each other from the first scan to the last key."""

from hubd.bench.air.node import Node
from hubd.bench.capture import aps, mac
from hubd.bench.capture.aps import LinkSecurity
from hubd.bench.capture.channel import Channel
from hubd.bench.capture.security import WELL_KNOWN_KEY
from hubd.bench.capture.station import Station


def associate(channel: Channel, hub: Station, device: Station, node: Node) -> None:
    """Scan and association (IEEE 802.15.4-2003, clause 7.5.2 and 7.5.3): an address, and no key yet."""
    pan_id, network = channel.network.pan_id, channel.network
    channel.write(mac.beacon_request(device.next_mac()))
    channel.write(mac.beacon(pan_id, network.extended_pan_id, hub.next_mac()))
    sequence = device.next_mac()
    channel.write(mac.association_request(pan_id, device.octets, node.capability, sequence))
    channel.write(mac.acknowledgement(sequence))
    channel.poll(device, by_ieee=True)
    sequence = hub.next_mac()
    channel.write(mac.association_response(pan_id, device.octets, hub.octets, device.nwk, sequence))
    channel.write(mac.acknowledgement(sequence))


def give_keys(channel: Channel, hub: Station, device: Station, node: Node) -> None:
    """The network key under the key of the install code. A device without one comes with the well-known key, and asks
    for a link key of its own at once (base device behaviour).
    """
    preconfigured = node.install_code_key.reveal() if node.install_code_key else WELL_KNOWN_KEY
    sleeps = node.device.poll_interval_s is not None
    if sleeps:
        channel.poll(device)
    under = _under(channel, preconfigured, hub, device)
    payload = aps.transport_network_key(channel.network_key(), hub.next_aps(), device.octets, under)
    channel.send_plain(hub, device, payload)
    if node.install_code_key is None and node.link_key is not None:
        _own_link_key(channel, hub, device, node.link_key.reveal(), sleeps=sleeps)


def _own_link_key(channel: Channel, hub: Station, device: Station, own: bytes, *, sleeps: bool) -> None:
    asked = aps.request_link_key(device.next_aps(), _under(channel, WELL_KNOWN_KEY, device, device))
    channel.send(device, hub, asked)
    if sleeps:
        channel.poll(device)
    under = _under(channel, WELL_KNOWN_KEY, hub, device)
    channel.send(hub, device, aps.transport_link_key(own, hub.next_aps(), device.octets, under))
    channel.send(device, hub, aps.verify_link_key(own, device.next_aps(), device.octets))
    if sleeps:
        channel.poll(device)
    confirmed = aps.confirm_link_key(hub.next_aps(), device.octets, _under(channel, own, hub, device))
    channel.send(hub, device, confirmed)


def _under(channel: Channel, key: bytes, source: Station, device: Station) -> LinkSecurity:
    link = channel.link(key, source, device.octets)
    assert link is not None
    return link
