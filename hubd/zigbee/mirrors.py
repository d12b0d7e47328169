"""The mirrors of sleeping meters: who has one, and what a meter that reports to its own is told.

A meter that asks for a mirror sleeps longer than a parent holds a frame for it: it can be spoken to only after one of
its reports, and only if the answer to that report tells it to stay awake. Who decides that is the keeper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from hubd.errors import WireError
from hubd.model.han import Mirror
from hubd.model.identity import Eui64
from hubd.zigbee.se import mirror, profile
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.general import GeneralCommand, Status, default_response

ENDPOINTS: Final = profile.MIRROR_ENDPOINTS


class Keeper(Protocol):
    """Who minds the sleeping meters. Called from the event loop; must not block or raise."""

    def mirrored(self, device: Eui64, mirror: Mirror) -> None:
        """The meter has set up its mirror. Its reports are answered once `Mirrors.recall` was called with it."""

    def woke(self, device: Eui64) -> bool:
        """The meter reported, and waits for an answer: whether it is to stay awake."""


@dataclass(frozen=True, slots=True)
class NoKeeper:
    """Where nobody minds: every meter may sleep at once."""

    def mirrored(self, device: Eui64, mirror: Mirror) -> None:
        """Nothing to do."""

    def woke(self, device: Eui64) -> bool:
        """Nothing waits."""
        return False


class Mirrors:
    """Answers what meters say of their mirrors."""

    def __init__(self) -> None:
        self.keeper: Keeper = NoKeeper()
        self._known: dict[Eui64, Mirror] = {}
        self._given: dict[Eui64, int] = {}

    def recall(self, known: Mapping[Eui64, Mirror]) -> None:
        """These mirrors are on disk: reports to them are answered."""
        self._known.update(known)
        self._given.update({device: each.endpoint for device, each in known.items()})

    def forget(self, device: Eui64) -> None:
        """The device is gone, or joined anew."""
        self._known.pop(device, None)
        self._given.pop(device, None)

    def answer(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        """What is to be said to a Metering frame of this device, where it is about its mirror. Raises WireError."""
        if not frame.to_client or frame.manufacturer is not None:
            return None
        if not frame.cluster_command:
            return self._to_report(device, frame) if frame.command_id == GeneralCommand.REPORT_ATTRIBUTES else None
        match frame.command_id:
            case mirror.FromMeter.REQUEST_MIRROR:
                return mirror.request_mirror_response(frame.tsn, self._endpoint_for(device))
            case mirror.FromMeter.CONFIGURE_MIRROR:
                return self._configured(device, frame)
            case mirror.FromMeter.REMOVE_MIRROR:
                endpoint = self._given.get(device, mirror.NO_MIRROR)
                self.forget(device)
                return mirror.mirror_removed(frame.tsn, endpoint)
        return None

    def let_sleep(self, device: Eui64, tsn: int) -> ZclFrame | None:
        """The word, without a report, that nothing waits any more; None for a device without a mirror."""
        known = self._known.get(device)
        return mirror.mirror_report_attribute_response(tsn, known.scheme, False) if known else None

    def _to_report(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        known = self._known.get(device)
        if known is None:
            return None
        return mirror.mirror_report_attribute_response(frame.tsn, known.scheme, self.keeper.woke(device))

    def _endpoint_for(self, device: Eui64) -> int | None:
        if device not in self._given:
            free = [endpoint for endpoint in ENDPOINTS if endpoint not in self._given.values()]
            if not free:
                return None
            self._given[device] = free[0]
        return self._given[device]

    def _configured(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        try:
            asked = mirror.parse_configure_mirror(frame.payload)
        except WireError:
            return default_response(frame, Status.MALFORMED_COMMAND) if frame.wants_default_response else None
        status = Status.FAILURE
        if asked.understood and device in self._given:
            self.keeper.mirrored(device, Mirror(self._given[device], asked.scheme, asked.reports_every_s))
            status = Status.SUCCESS
        return default_response(frame, status) if frame.wants_default_response else None
