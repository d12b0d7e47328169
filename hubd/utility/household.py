"""The devices this hub was told to let in: the only ones it knows, reads or sends anything to."""

import logging
import sqlite3

from hubd.console import ConsoleRefusedError
from hubd.errors import SecurityError
from hubd.model.device import Device, DeviceKind
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.stamp import Stamp
from hubd.model.token_schemes import DEFAULT, SCHEMES
from hubd.store import devices
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.zigbee import install_code
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

METERS = frozenset({DeviceKind.ELECTRICITY_METER, DeviceKind.GAS_METER})
LONGEST_WINDOW_S = 900


class Household:
    """The register of devices, on disk and in memory."""

    def __init__(self, journal: Journal, network: SmartEnergyNetwork, feeding: Feeding, clock: HubClock) -> None:
        self._journal = journal
        self._network = network
        self._feeding = feeding
        self._clock = clock
        self._devices: dict[Eui64, Device] = {}
        self._heard_at: dict[Eui64, Stamp] = {}
        self._heard_at_s: dict[Eui64, float] = {}
        self._left: set[Eui64] = set()

    async def reload(self) -> None:
        """Load the register from the journal, at the start."""
        self._devices = {device.address: device for device in await self._journal.read(devices.all_devices)}
        for device in self._devices.values():
            self.now_knows(device)

    def all(self) -> tuple[Device, ...]:
        """Every device, in the order of admission."""
        return tuple(self._devices.values())

    def find(self, name: str) -> Device | None:
        """A device by alias (`electricity-1`) or address."""
        for device in self._devices.values():
            if device.alias == name:
                return device
        try:
            return self._devices.get(parse_eui64(name))
        except ValueError:
            return None

    def meter_named(self, name: str) -> Device:
        """A meter by alias or address, for the console. Raises ConsoleRefusedError in words where it is none here."""
        device = self.find(name)
        if device is None:
            known = ", ".join(each.alias for each in self.all()) or "none yet"
            raise ConsoleRefusedError(f"no device {name!r} here; known: {known}")
        if device.kind not in METERS:
            raise ConsoleRefusedError(f"{device.alias} is not a meter")
        return device

    def knows(self, address: Eui64) -> bool:
        """Whether the device was admitted."""
        return address in self._devices

    def is_on_network(self, address: Eui64) -> bool:
        """Whether the device has joined, and has not left since."""
        return address in self._network.known() and address not in self._left

    def left(self, address: Eui64) -> None:
        """The device said that it leaves the network. It stays in the register, and may come back."""
        self._left.add(address)
        self._feeding.reachable(address, False)

    def token_scheme(self, address: Eui64) -> str:
        """What codes this meter takes (`model/token_schemes`)."""
        known = self._devices.get(address)
        return DEFAULT if known is None else known.token_scheme

    def heard_at(self, address: Eui64) -> Stamp | None:
        """When the last frame of this device came in, since the daemon's start."""
        return self._heard_at.get(address)

    def heard_at_s(self, address: Eui64) -> float:
        """The same on the monotonic clock; minus infinity: not yet."""
        return self._heard_at_s.get(address, float("-inf"))

    def heard_of(self, address: Eui64) -> None:
        """A frame of this device came in."""
        self._heard_at[address] = self._clock.stamp()
        self._heard_at_s[address] = self._clock.monotonic_s()
        self._left.discard(address)
        self._feeding.reachable(address, True)

    def radio_lost(self) -> None:
        """Nobody can be heard until the radio is back; each is reachable again when it is."""
        for address in self._devices:
            self._feeding.reachable(address, False)

    def objection_to_device(self, address: str) -> str | None:
        """Why a command about this device cannot be obeyed."""
        if parse_eui64(address) in self._devices:
            return None
        return f"unknown_device: {parse_eui64(address)} is not a device of this hub; look at the address"

    def objection_to_meter(self, address: str) -> str | None:
        """Why a command for this meter cannot be obeyed."""
        if (objection := self.objection_to_device(address)) is not None:
            return objection
        device = self._devices[parse_eui64(address)]
        return None if device.kind in METERS else f"not_a_meter: {device.address} is an {device.kind}"

    def objection_to_newcomer(
        self, address: str, kind: str, code: str, window_s: int, token_scheme: str = DEFAULT
    ) -> str | None:
        """Why a device cannot be admitted as asked."""
        if token_scheme not in SCHEMES:
            return f"unknown_token_scheme: {token_scheme}; known are {', '.join(SCHEMES)}"
        if kind not in set(DeviceKind):
            return f"unknown_kind: {kind}; known are {', '.join(DeviceKind)}"
        if not 0 < window_s <= LONGEST_WINDOW_S:
            return f"bad_window: {window_s} s; from 1 to {LONGEST_WINDOW_S} s"
        known = self._devices.get(parse_eui64(address))
        if known is not None and known.kind != kind:
            return f"other_kind: {known.address} stands in the register as {known.kind}; remove it first"
        try:
            install_code.parse(code)
        except SecurityError as error:
            return f"bad_install_code: {error}"
        return None

    def record(
        self, connection: sqlite3.Connection, address: Eui64, kind: DeviceKind, token_scheme: str = DEFAULT
    ) -> Device:
        """Put a newcomer into the register: part of the transaction that accepts its admission."""
        return devices.add(connection, address, kind, self._clock.stamp(), token_scheme)

    def now_knows(self, device: Device) -> None:
        """The admission of a newcomer is on disk."""
        self._devices[device.address] = device
        if self._feeding.latest(device.address) is None:
            self._feeding.know(device)

    async def see_out(self, address: Eui64) -> None:
        """Strike the device from the register, and tell it to leave: now, or when the radio is back. On disk before a
        word goes out: what a crash leaves undone is done at the next start.
        """
        at = self._clock.stamp()
        await self._journal.commit(lambda c: devices.remove(c, address, at))
        self._devices.pop(address, None)
        self._feeding.forget(address)
        await self._network.remove(address)
