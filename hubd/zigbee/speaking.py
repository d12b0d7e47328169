"""What the hub says in Key Establishment: requests under numbers of its own, answers under the number they answer."""

import contextlib
import logging
import secrets
from collections.abc import Collection
from typing import Protocol

from hubd.errors import LinkError, WireError
from hubd.model.identity import Eui64
from hubd.zigbee.cbke.suite import Suite, mask
from hubd.zigbee.device_link import MaybeSentError
from hubd.zigbee.se import key_establishment as cluster
from hubd.zigbee.se import profile
from hubd.zigbee.zcl import general
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.general import GeneralCommand

log = logging.getLogger(__name__)
_ENUM16 = 0x31


class Air(Protocol):
    """The way out: `SmartEnergyApplication` while it is up."""

    def endpoint_serving(self, device: Eui64, cluster_id: int) -> int | None:
        """The endpoint to speak to."""

    async def send_unsecured(self, device: Eui64, endpoint: int, cluster_id: int, tsn: int, data: bytes) -> None:
        """Under the network key. Raises LinkError where the frame certainly did not go out, MaybeSentError where
        nobody knows.
        """


class Speaking:
    """Remembers from where and under which number each device has spoken last."""

    def __init__(self) -> None:
        self._speaks_from: dict[Eui64, tuple[int, int]] = {}
        self._tsn = secrets.randbelow(256)

    def heard(self, device: Eui64, endpoint: int, tsn: int) -> None:
        """A command of the cluster came."""
        self._speaks_from[device] = (endpoint, tsn)

    async def say(self, air: Air, partner: Eui64, message: cluster.Message) -> bool:
        """Send it. False where it certainly did not go out."""
        endpoint, tsn = self._speaks_from.get(partner, (None, 0))
        if not cluster.is_to_client(message):
            self._tsn = tsn = (self._tsn + 1) % 256
        if endpoint is None:
            endpoint = air.endpoint_serving(partner, profile.KEY_ESTABLISHMENT)
        return endpoint is not None and await self.send(air, partner, endpoint, cluster.build(tsn, message))

    async def answer_read(
        self, air: Air, device: Eui64, endpoint: int, frame: ZclFrame, suites: Collection[Suite]
    ) -> None:
        """Answer a Read Attributes: the cluster has one attribute. Nothing is said to any other frame."""
        if frame.command_id != GeneralCommand.READ_ATTRIBUTES or frame.manufacturer is not None:
            return
        known = {int(cluster.Attribute.KEY_ESTABLISHMENT_SUITE): (_ENUM16, mask(suites))}
        with contextlib.suppress(WireError):
            asked = general.parse_read_attributes(frame.payload)
            await self.send(air, device, endpoint, general.read_attributes_response(frame, asked, known))

    async def send(self, air: Air, device: Eui64, endpoint: int, frame: ZclFrame) -> bool:
        """Send a frame of the cluster. False where it certainly did not go out."""
        try:
            await air.send_unsecured(device, endpoint, profile.KEY_ESTABLISHMENT, frame.tsn, frame.encode())
        except MaybeSentError as error:
            log.debug("a frame of key establishment may not have gone out to %s: %s", device, error)
        except LinkError as error:
            log.debug("a frame of key establishment did not go out to %s: %s", device, error)
            return False
        return True
