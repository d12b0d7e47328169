"""The utility HAN: one Smart Energy network on one radio, kept up for ever.

This file joins the parts, and each rule stands in the part's own file: the radio's lives (`radio_session`,
`bringing_up`), forming and resuming (`formation`), who may be here (`door`, `trust_centre`), what is secured
(`smart_energy_application`), with whom a key is established (`establishing`), what follows when devices come, go or
speak (`network_observer`), what is asked of devices (`questions`), what is an answer (`device_link`,
`top_up_answers`), what a frame leads to (`dispatch`), what is reported (`reports`), what sleepers and displays are
told when they ask (`mirrors`, `messages`), and the clusters (`se/`).
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from hubd.errors import LinkError
from hubd.model import han
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.zigbee import database, own_certificates
from hubd.zigbee import install_code as install_codes
from hubd.zigbee.admissions import Admissions
from hubd.zigbee.background import Background
from hubd.zigbee.bringing_up import bring_up, build, coordinator_of
from hubd.zigbee.dispatch import Dispatch
from hubd.zigbee.door import Door
from hubd.zigbee.established_keys import EstablishedKeys
from hubd.zigbee.establishing import Establishing
from hubd.zigbee.key_doubts import KeyDoubts
from hubd.zigbee.key_with import KeysInUse, KeyWith
from hubd.zigbee.messages import Messages
from hubd.zigbee.mirrors import Mirrors
from hubd.zigbee.network_identity import ForeignRadioError, IdentityLedger, Unwritten
from hubd.zigbee.network_observer import NetworkObserver
from hubd.zigbee.questions import POLLED_WITHIN_S, Questions
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.radio_session import RadioSession
from hubd.zigbee.radio_state import RadioState
from hubd.zigbee.reports import Reports
from hubd.zigbee.se import metering
from hubd.zigbee.seeing_off import SeeingOff
from hubd.zigbee.smart_energy_application import SmartEnergyApplication
from hubd.zigbee.supervised_application import quieten_zigpy
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.values import Value


def _untrusted_now() -> Stamp:
    return Stamp(time.time(), TimeTrust.UNSYNCED)


class SmartEnergyNetwork(Questions):
    """The network as the daemon uses it. Run `run` for ever beside it; before the radio is up, and while it is lost,
    requests raise LinkError and tokens are NotSent.
    """

    radio: RadioState

    def __init__(
        self,
        config: RadioConfig,
        on_event: Callable[[han.HanEvent], None],
        stamp: Callable[[], Stamp] = _untrusted_now,
        ledger: IdentityLedger | None = None,
        stands: Callable[[Eui64], bool] = lambda device: True,
    ) -> None:
        """`stamp` is the hub's clock: it dates readings, serves meters as far as trusted. `ledger`: `formation`.
        `stands`: whether a device stands in the register, by signed command; without one, whoever joined may stay.
        """
        self.radio = RadioState("starting")
        super().__init__(config, stamp)
        self._tell = on_event
        self._ledger = ledger or Unwritten()
        self._background = Background()
        self._admissions = Admissions()
        self._door = Door(self._admissions)
        self._seeing_off = SeeingOff(self._background, stands, self._turned_away)
        self.mirrors = Mirrors()
        self.messages = Messages()
        self._dispatch = Dispatch(self, self._link, stamp)
        self._reports = Reports(self._scales, self._background, lambda: self._app, on_event, stamp)
        self._keys = EstablishedKeys(config.database and config.database.with_suffix(".keys.json"))
        self._certificates = own_certificates.read(config.certificates)
        self._establishing = Establishing(
            self._certificates, self._keys, self._background, on_event, self._key_established
        )
        self._doubts = KeyDoubts(self._keys, self._background, on_event, self._establishing.renew)
        self._keys_in_use = KeysInUse(self._certificates, self._keys)
        self._observer = NetworkObserver(
            on_event,
            self._background,
            self._up,
            self._keys_in_use,
            self._admissions,
            self._door,
            self._establishing,
            self._doubts,
            self._dispatch,
            self._reports,
            again_after_s=config.read_timeout_s,
        )
        self._session = RadioSession(config, self._build, self._start, self._radio_up, self._radio_lost)

    async def run(self) -> None:
        """Keep the network up until cancelled."""
        quieten_zigpy()
        async with asyncio.TaskGroup() as group:
            self._background.use(group)
            try:
                group.create_task(self._door.keep(), name="doorkeeper")
                group.create_task(self._establishing.keep(), name="key establishment")
                await self._session.run()
            finally:
                self._background.use(None)

    # What the daemon asks for

    async def admit(self, device: Eui64, install_code: Secret[str], window_s: int) -> None:
        """Let this device in, and no other; returns once the window is open. It shuts by itself when the device is in
        or the time is over; DeviceJoined tells of success. Raises SecurityError for a bad install code, LinkError
        where the radio cannot do it.
        """
        code = install_codes.parse(install_code.reveal())
        self._establishing.prepare()
        await self._door.admit(device, install_codes.link_key(code), window_s)
        if (app := self._app) is not None:
            self._background.spawn(app.look_for(device), f"look for {device}")

    async def remove(self, device: Eui64) -> None:
        """The device was struck from the register: from now on nothing of it is heard. It is told to leave, and the
        radio forgets its key: now, or when the radio is back.
        """
        self._admissions.strike(device)
        self._reports.forget(device)
        self._establishing.forget(device)
        self.mirrors.forget(device)
        await self._seeing_off.struck(device, self._app)

    def look_again(self) -> None:
        """The radio's place in the ledger changed: try it now."""
        self._session.look_again()

    def form_anew(self) -> None:
        """The ledger says that a new network is to be formed on this radio: leave the present one, and do it."""
        if self._app is not None:
            self._app.lose("a new network is to be formed on it")

    def known(self) -> frozenset[Eui64]:
        """Devices that joined and were interviewed, in this run or an earlier one."""
        return frozenset(self._admissions.known)

    def key_with(self, device: Eui64) -> KeyWith:
        """Under which key the device is spoken to now."""
        return self._keys_in_use.with_device(device)

    def may_speak(self, device: Eui64) -> bool:
        """Whether a key was established with it, where that is asked for."""
        return self.key_with(device).may_speak

    def establish_key(self, device: Eui64) -> None:
        """Somebody waits for a key with this device: begin as soon as that is sensible. KeyEstablished or
        KeyEstablishmentFailed tells what comes of it; nothing happens where a key stands.
        """
        if self._app is not None and device in self._admissions.known and not self.may_speak(device):
            self._establishing.want(device)
            self._establishing.hasten(device)

    def renew_key(self, device: Eui64) -> str | None:
        """Replace the key of this device, or make its first; KeyEstablished or KeyEstablishmentFailed tells what
        comes of it. Returns why that cannot be; None where it is begun.
        """
        if not self._keys_in_use.are_made:
            return "this hub has no certificates to make a key with (the configuration's [security] certificates)"
        if self._establishing.objection is not None:
            return self._establishing.objection
        if self._app is None:
            return f"the radio is not up: {self.radio.reason or 'it is starting'}"
        if device not in self._admissions.known:
            return "it is not on the network"
        self._establishing.renew(device)
        return None

    def let_sleep(self, device: Eui64) -> None:
        """Tell a mirrored meter that nothing waits any more. Not waited for: it sleeps by itself in the end."""
        app = self._app
        endpoint = app and app.endpoint_serving(device, metering.CLUSTER_ID)
        frame = self.mirrors.let_sleep(device, self._link(device).next_tsn())
        if endpoint and frame is not None:
            self.reply(device, endpoint, metering.CLUSTER_ID, frame)

    # The radio's lives

    async def _build(self) -> SmartEnergyApplication:
        await self._prepare_database()
        app = await build(self._config)
        app.observe(self._observer)
        may_stay = self._seeing_off.may_stay
        self._admissions.known.update(device for device in app.interviewed() if may_stay(device))
        for device in self._keys.all():
            if not may_stay(device):
                self._establishing.forget(device)
        return app

    async def _prepare_database(self) -> None:
        """A network that is to be formed anew has no devices yet."""
        remembered = await self._ledger.load()
        if fresh := remembered is not None and not remembered.has_network:
            self._admissions.known.clear()
            self._links.clear()
            for device in self._keys.all():
                self._establishing.forget(device)
        if self._config.database is not None:
            await asyncio.to_thread(database.prepare, self._config.database, fresh=fresh)

    async def _start(self, app: SmartEnergyApplication) -> None:
        try:
            await bring_up(app, self._config, self._ledger, self._establishing, self._door)
        except ForeignRadioError as error:
            self._found_foreign(error)
            raise

    def _radio_up(self, app: SmartEnergyApplication) -> None:
        self._app = app
        coordinator = coordinator_of(app)
        self._establishing.radio_is_up(app, coordinator)
        self.radio = RadioState("up", coordinator=coordinator, facts=app.facts())
        self._tell(han.RadioUp(coordinator))
        self._seeing_off.radio_is_up(app)
        for device in self.known():
            if self.may_speak(device):
                self._reports.want_scale(device)
            else:
                self._establishing.want(device)
        app.hear()

    def _radio_lost(self, reason: str) -> None:
        self._app = None
        self._door.radio_is_lost()
        self._establishing.radio_is_lost()
        for link in self._links.values():
            link.radio_lost(reason)
        if self.radio.state != "foreign":
            self.radio = RadioState("lost", reason, self.radio.coordinator)
            self._tell(han.RadioLost(reason))

    def _found_foreign(self, error: ForeignRadioError) -> None:
        known = self.radio.found
        self.radio = RadioState("foreign", str(error), error.bound.coordinator, found=error.found)
        if known != error.found:
            self._tell(han.RadioForeign(error.bound.coordinator, error.found.coordinator, str(error)))

    def _up(self) -> SmartEnergyApplication:
        if self._app is None:
            raise LinkError(f"the radio is not up: {self.radio.reason or 'it is starting'}")
        return self._app

    # What a frame may lead to (`Duties`)

    def reported(self, device: Eui64, cluster_id: int, values: Mapping[int, Value]) -> None:
        """A device reported attributes."""
        self._reports.reported(device, cluster_id, values)

    def of_mirror(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        """What is said to a frame about a mirror."""
        return self.mirrors.answer(device, frame)

    def of_messages(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        """What is said to a display that asks or confirms."""
        return self.messages.answer(device, frame)

    def reply(self, device: Eui64, endpoint: int, cluster_id: int, frame: ZclFrame) -> None:
        """Answer a device's frame. Not waited for: the device asks again where the answer is lost."""
        if (app := self._app) is not None:
            sending = app.send_secured(device, endpoint, cluster_id, frame.tsn, frame.encode())
            self._background.spawn(sending, f"reply to {device}")

    # Within

    def _turned_away(self, device: Eui64) -> None:
        self._observer.turned_away(device)

    def _key_established(self, device: Eui64) -> None:
        self._observer.key_established(device)

    def _unanswered(self, device: Eui64) -> None:
        if (app := self._app) is not None:
            within_s = POLLED_WITHIN_S if self.polls(device) else self._config.read_timeout_s
            self._doubts.unanswered(device, app, within_s)
