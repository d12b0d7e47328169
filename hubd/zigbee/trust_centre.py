"""The trust centre: who may join, under which key, and which link keys the radio holds."""

import contextlib
import logging

import zigpy.types as t
import zigpy_znp.commands as c  # type: ignore[import-untyped]
import zigpy_znp.types as znp_t  # type: ignore[import-untyped]
from zigpy.device import ZigbeeDevice
from zigpy.zdo import broadcast
from zigpy.zdo.types import AddrRequestType, ZDOCmd

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee import radio_link_keys
from hubd.zigbee.observer import Observer
from hubd.zigbee.radio_link_keys import NotHeld
from hubd.zigbee.supervised_application import SupervisedApplication

_NOBODY = t.EUI64.convert("ff:ff:ff:ff:ff:ff:ff:ff")
log = logging.getLogger(__name__)


class TrustCentreApplication(SupervisedApplication):
    """Only listed devices are let in, each with the key of its install code."""

    _observer: Observer

    # Who may be on the network

    def handle_join(self, nwk: t.NWK, ieee: t.EUI64, parent_nwk: t.NWK, *, handle_rejoin: bool = True) -> None:
        """Only listed devices become known to zigpy; any other is told to leave."""
        address = Eui64(str(ieee))
        if self._observer.is_listed(address) or ieee in (_NOBODY, self.state.node_info.ieee):
            super().handle_join(nwk, ieee, parent_nwk, handle_rejoin=handle_rejoin)
            return
        self.create_task(self._turn_away(nwk, ieee), f"turn away {address}")

    async def _turn_away(self, nwk: t.NWK, ieee: t.EUI64) -> None:
        self._observer.turned_away(Eui64(str(ieee)))
        stranger = ZigbeeDevice(self, ieee, nwk)
        try:
            await stranger.zdo.request(
                ZDOCmd.Mgmt_Leave_req, ieee, stranger.zdo.LeaveOptions.NONE, expect_reply=False
            )
        except Exception as error:  # a stranger out of reach needs no telling
            log.debug("a device that is not listed could not be told to leave: %s", type(error).__name__)
        finally:
            stranger.on_remove()

    def watch_for_newcomers(self) -> None:
        """From now on, tell of each device that joins through the trust centre: its link key is the joining key."""
        self._znp.callback_for_response(
            c.ZDO.TCDevInd.Callback(partial=True),
            lambda told: self._observer.joined_anew(Eui64(str(told.SrcIEEE))),
        )

    async def look_for(self, device: Eui64) -> None:
        """Ask the network whether an expected device is on it already: it may have joined in the moment in which this
        process ended, and be silent since. Nobody answers for one that is not there.
        """
        address = t.EUI64.convert(device)
        known = self.devices.get(address)
        if isinstance(known, ZigbeeDevice):
            if not known.is_initialized and not known.initializing:
                known.schedule_initialize()
            return
        with contextlib.suppress(Exception):  # the device's own next word does as well
            await broadcast(  # type: ignore[no-untyped-call]
                app=self,
                command=ZDOCmd.NWK_addr_req,
                grpid=None,
                radius=0,
                IEEEAddr=address,
                RequestType=AddrRequestType.Single,
                StartIndex=0,
            )

    # Under which key

    async def take_install_codes_only(self) -> None:
        """No device joins with the well-known key. The radio forgets this at each reset."""
        await self._znp.request(
            c.AppConfig.BDBSetJoinUsesInstallCodeKey.Req(BdbJoinUsesInstallCodeKey=True),
            RspStatus=znp_t.Status.SUCCESS,
        )

    async def expect(self, device: Eui64, link_key: Secret[t.KeyData]) -> None:
        """Give the trust centre the key under which this device will join."""
        await self._znp.request(
            c.AppConfig.BDBAddInstallCode.Req(
                InstallCodeFormat=c.app_config.InstallCodeFormat.KeyDerivedFromInstallCode,
                IEEE=t.EUI64.convert(device),
                InstallCode=link_key.reveal().serialize(),
            ),
            RspStatus=znp_t.Status.SUCCESS,
        )

    async def take_link_key(self, device: Eui64, key: Secret[bytes]) -> None:
        """Use this key for the device from now on. Raises LinkError where the radio does not."""
        known = self.devices.get(t.EUI64.convert(device))
        if known is None or self._znp is None:
            raise LinkError(f"{device} is not on the network")
        await radio_link_keys.install(self._znp, device, known.nwk, key)

    async def link_key_held(self, device: Eui64) -> Secret[bytes] | NotHeld:
        """The key in use for the device, where the radio tells."""
        return await radio_link_keys.held(self._znp, device)

    async def forget_link_key(self, device: Eui64) -> None:
        """The radio shares no key with the device any more, where its firmware can do that."""
        await radio_link_keys.forget(self._znp, device)
