"""zigpy's application as a Smart Energy coordinator: one endpoint under profile 0x0109, its frames ours, its door
guarded (`trust_centre`).

zigpy keeps what it is good at: the radio's line, the network, devices and their interview, ZDO, general clusters.
Frames of Smart Energy clusters never reach its dispatcher, for four reasons. It has no notion of a frame that must be
secured and is not. It answers SUCCESS to every command it does not know. It waits for the radio's delivery confirm,
which can be lost or swapped between devices, before it looks at the answer. And it ignores profile 0x0109 altogether.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import zigpy.types as t
import zigpy_znp.commands as c  # type: ignore[import-untyped]
import zigpy_znp.types as znp_t  # type: ignore[import-untyped]
from zigpy.device import ZigbeeDevice
from zigpy.profiles import zha
from zigpy.zdo.types import SimpleDescriptor
from zigpy_znp.exceptions import InvalidCommandResponse  # type: ignore[import-untyped]

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.zigbee import line_test
from hubd.zigbee.device_link import MaybeSentError
from hubd.zigbee.line_test import LineTest
from hubd.zigbee.observer import Listener, Observer
from hubd.zigbee.radio_state import RadioFacts
from hubd.zigbee.se import profile
from hubd.zigbee.trust_centre import TrustCentreApplication


class SmartEnergyApplication(TrustCentreApplication):
    """See the module. `observe` must be called once, before the start."""

    _sent_to: dict[int, t.NWK]
    """Whom the last frame under each sequence number went to."""

    def observe(self, observer: Observer) -> None:
        """Tell this one of everything from now on."""
        self._observer = observer
        self._sent_to = {}
        self.add_listener(Listener(lambda: self.state.node_info.ieee, observer))

    def facts(self) -> RadioFacts:
        """What `hubctl radio show` tells of a radio that is up."""
        network, node = self.state.network_info, self.state.node_info
        firmware = f"{node.model or 'unknown'}, {node.version or 'unknown'}"
        return RadioFacts(str(network.extended_pan_id), int(network.pan_id), int(network.channel), firmware)

    def interviewed(self) -> Iterator[Eui64]:
        """The devices whose endpoints are known, in this life or an earlier one."""
        for device in self.devices.values():
            if isinstance(device, ZigbeeDevice) and device.nwk != 0x0000 and device.is_initialized:
                yield Eui64(str(device.ieee))

    # The endpoint

    async def register_endpoints(self) -> None:
        """The hub itself, and an endpoint for each mirror. What they list is what the hub really answers and uses."""
        await self.add_endpoint(
            SimpleDescriptor(
                endpoint=profile.ENDPOINT,
                profile=profile.PROFILE_ID,
                device_type=profile.ENERGY_SERVICE_INTERFACE,
                device_version=0,
                input_clusters=list(profile.SERVED),
                output_clusters=list(profile.USED),
            )
        )
        for endpoint in profile.MIRROR_ENDPOINTS:
            await self.add_endpoint(
                SimpleDescriptor(
                    endpoint=endpoint,
                    profile=profile.PROFILE_ID,
                    device_type=profile.METERING_DEVICE,
                    device_version=0,
                    input_clusters=[],
                    output_clusters=[profile.METERING, profile.PREPAYMENT],
                )
            )

    # In

    def packet_received(self, packet: t.ZigbeePacket) -> None:
        """Take the Smart Energy frames out, and let zigpy have the rest under a profile that it reads."""
        if packet.profile_id != profile.PROFILE_ID:
            super().packet_received(packet)
        elif not profile.is_ours(packet.cluster_id) or (sender := self._sender(packet)) is None:
            super().packet_received(packet.replace(profile_id=zha.PROFILE_ID))
        else:
            self._take(sender, packet)

    def _sender(self, packet: t.ZigbeePacket) -> ZigbeeDevice | None:
        """None for an address that no device has: zigpy then asks the network whose it is."""
        try:
            device = self.get_device_with_address(packet.src)
        except KeyError:
            return None
        return device if isinstance(device, ZigbeeDevice) else None

    def _take(self, sender: ZigbeeDevice, packet: t.ZigbeePacket) -> None:
        address = Eui64(str(sender.ieee))
        if not self._observer.is_listed(address):
            return
        cluster_id, endpoint = packet.cluster_id, int(packet.src_ep or 0)
        if cluster_id == profile.KEY_ESTABLISHMENT:
            self._observer.heard_key_establishment(address, endpoint, packet.data.serialize())
        elif t.TransmitOptions.APS_Encryption not in packet.tx_options:
            self._observer.refused_unsecured(address, cluster_id)
        elif not self._observer.may_speak(address):
            self._observer.refused_before_key(address, cluster_id)
        else:
            if not sender.is_initialized and not sender.initializing:
                sender.schedule_initialize()
            self._observer.heard(address, endpoint, cluster_id, packet.data.serialize())

    # Out

    async def send_packet(self, packet: t.ZigbeePacket) -> None:
        """What zigpy itself sends: Smart Energy clusters under the link key here too, whoever asked for it. Raises
        LinkError where there is no such key yet.
        """
        if packet.dst_ep and profile.needs_link_key(packet.cluster_id):
            if (receiver := self._receiver(packet)) is not None:
                self._require_key(receiver)
            packet = packet.replace(tx_options=packet.tx_options | t.TransmitOptions.APS_Encryption)
        await super().send_packet(packet)

    def endpoint_serving(self, device: Eui64, cluster_id: int) -> int | None:
        """The device's Smart Energy endpoint that serves this cluster; None where it has none, or is not known."""
        return self._endpoint(device, lambda endpoint: cluster_id in endpoint.in_clusters)

    def endpoint_using(self, device: Eui64, cluster_id: int) -> int | None:
        """As `endpoint_serving`: the endpoint that uses what the hub serves."""
        return self._endpoint(device, lambda endpoint: cluster_id in endpoint.out_clusters)

    def _endpoint(self, device: Eui64, fits: Callable[[Any], bool]) -> int | None:
        known = self.devices.get(t.EUI64.convert(device))
        if not isinstance(known, ZigbeeDevice):
            return None
        for endpoint in known.non_zdo_endpoints:
            if endpoint.profile_id == profile.PROFILE_ID and fits(endpoint):
                return int(endpoint.endpoint_id)
        return None

    def _receiver(self, packet: t.ZigbeePacket) -> Eui64 | None:
        try:
            return Eui64(str(self.get_device_with_address(packet.dst).ieee)) if packet.dst else None
        except KeyError:
            return None

    def _require_key(self, device: Eui64) -> None:
        if not self._observer.may_speak(device):
            raise LinkError(
                f"no key is established with {device} yet: nothing is said to it, and nothing heard of it"
            )

    async def send_secured(self, device: Eui64, endpoint: int, cluster_id: int, tsn: int, data: bytes) -> None:
        """Hand the radio one frame under the link key, to be acknowledged. Its delivery is not told here: only the
        device's own answer says it. Raises LinkError where the frame certainly did not go out, MaybeSentError where
        nobody knows.
        """
        self._require_key(device)
        await self._send(device, endpoint, cluster_id, tsn, data, c.af.TransmitOptions.ENABLE_SECURITY)

    async def send_unsecured(self, device: Eui64, endpoint: int, cluster_id: int, tsn: int, data: bytes) -> None:
        """As `send_secured`, under the network key alone: for Key Establishment, which makes the link key."""
        await self._send(device, endpoint, cluster_id, tsn, data, c.af.TransmitOptions.NONE)

    async def _send(
        self, device: Eui64, endpoint: int, cluster_id: int, tsn: int, data: bytes, security: c.af.TransmitOptions
    ) -> None:
        known = self.devices.get(t.EUI64.convert(device))
        if known is None:
            raise LinkError(f"{device} is not on the network")
        if self._znp is None or self.lost.done():
            raise LinkError("the radio is not up")
        self._sent_to[tsn] = known.nwk
        request = c.AF.DataRequestExt.Req(
            DstAddrModeAddress=znp_t.AddrModeAddress(mode=znp_t.AddrMode.NWK, address=known.nwk),
            DstEndpoint=endpoint,
            DstPanId=0x0000,
            SrcEndpoint=profile.ENDPOINT,
            ClusterId=cluster_id,
            TSN=tsn,
            Options=security | c.af.TransmitOptions.ACK_REQUEST | c.af.TransmitOptions.SUPPRESS_ROUTE_DISC_NETWORK,
            Radius=0,
            Data=data,
        )
        try:
            await self._znp.request(request, RspStatus=znp_t.Status.SUCCESS)
        except InvalidCommandResponse as error:
            raise LinkError(f"the radio did not take the frame: {error.response.Status.name}") from None
        except Exception as error:
            raise MaybeSentError(f"the radio fell silent over the frame ({type(error).__name__})") from None

    def mend_routes(self) -> None:
        """From now on, look for a new way where the radio says that it has none. A delivery confirm is good for no
        more than that: believed wrongly, it costs one search.
        """
        self._znp.callback_for_response(
            c.AF.DataConfirm.Callback(partial=True, Status=znp_t.Status.NWK_NO_ROUTE), self._look_for_a_way
        )

    async def _look_for_a_way(self, confirm: Any) -> None:
        if (nwk := self._sent_to.get(confirm.TSN)) is not None:
            with contextlib.suppress(Exception):  # the request's own retry finds out
                await self._discover_route(nwk)

    async def test_line(
        self, device: Eui64, next_tsn: Callable[[], int], timeout_s: float, attempts: int
    ) -> LineTest:
        """See `line_test`; with the tables of neighbours on both ends. Raises LinkError."""
        known = self.devices.get(t.EUI64.convert(device))
        if not isinstance(known, ZigbeeDevice) or self._znp is None:
            raise LinkError(f"{device} is not on the network")
        found = await line_test.run(self._znp, self, device, known.nwk, next_tsn, timeout_s, attempts)
        hub = self.get_device(ieee=self.state.node_info.ieee)
        at_device = None
        if found.answered and not self.sleeps(device):
            at_device = await line_test.lqi_of(hub.ieee, known.zdo.Mgmt_Lqi_req)
        at_radio = await line_test.lqi_of(known.ieee, hub.zdo.Mgmt_Lqi_req)
        return replace(found, lqi_at_radio=at_radio, lqi_at_device=at_device)

    async def hears(self, device: Eui64, within_s: float) -> bool:
        """Whether the device answers a question under the network key alone: for its node descriptor, which every
        device has.
        """
        known = self.devices.get(t.EUI64.convert(device))
        if not isinstance(known, ZigbeeDevice):
            return False
        try:
            async with asyncio.timeout(within_s):
                await known.zdo.Node_Desc_req(known.nwk)
        except Exception:  # zigpy raises of every kind
            return False
        return True

    def sleeps(self, device: Eui64) -> bool:
        """The device says that its receiver is off while it is idle; it polls, or wakes at its own hours."""
        known = self.devices.get(t.EUI64.convert(device))
        descriptor = known.node_desc if isinstance(known, ZigbeeDevice) else None
        return descriptor is not None and not descriptor.is_receiver_on_when_idle
