"""The utility daemon's composition root: what it is made of, and who is given what.

broker -> WanLink -> Orders -> Journal            (committed, then acknowledged)
                        |-> Vending -> SmartEnergyNetwork -> meter
meter -> SmartEnergyNetwork -> Happenings -> Metering -> Journal -> WanLink -> broker
                                                |-> Feeding -> FIFO -> consumer daemon
Vending -> Feeding, DisplayMessages -> SmartEnergyNetwork -> displays in the home
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from typing import Any

from hubd import __version__, console, state_folder
from hubd.errors import LinkError, NoRoomError, StoreError
from hubd.feed.sender import FeedSender
from hubd.model.han import HanEvent
from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.model.metering import MeterReading
from hubd.model.roles import Role
from hubd.model.stamp import Stamp
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import PrepaymentState
from hubd.store import inbox, meta, top_ups
from hubd.store.journal import Journal
from hubd.store.reserve import RESERVE_BYTES
from hubd.store.sleepers import LetterRow
from hubd.utility import board, commands_management, private_state
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import CommandAnswers
from hubd.utility.commands_prepayment import SetPrepayment
from hubd.utility.commands_vending import Vend
from hubd.utility.commissioning.asking import Asking
from hubd.utility.commissioning.closing import Closing
from hubd.utility.commissioning.invitations import Admit
from hubd.utility.commissioning.pairing import Pairing
from hubd.utility.commissioning.trials import VendOrTrial
from hubd.utility.commissioning.visits import Visits
from hubd.utility.config import UtilityConfig
from hubd.utility.console_answers import ConsoleAnswers
from hubd.utility.console_radio import RadioAnswers
from hubd.utility.departure import Departure, live
from hubd.utility.display_messages import DisplayMessages
from hubd.utility.events import EventName
from hubd.utility.feeding import Feeding
from hubd.utility.full_card import STANDS_STILL, stand_still_on_a_full_card
from hubd.utility.happenings import Happenings
from hubd.utility.household import Household
from hubd.utility.intake import Intake
from hubd.utility.interruptions import Interruptions
from hubd.utility.key_renewals import KeyRenewals
from hubd.utility.line_tests import LineTests
from hubd.utility.mailboxes import Mailboxes
from hubd.utility.metering import Metering
from hubd.utility.orders import Orders
from hubd.utility.outgoing import put_receipt
from hubd.utility.radio_identity import JournalIdentity
from hubd.utility.receipts import LOCAL, command_receipt
from hubd.utility.silence import MainsMeters, SilenceTold
from hubd.utility.supply import Supply
from hubd.utility.top_ups_by_hand import TopUpsByHand
from hubd.utility.top_ups_elsewhere import TopUpsElsewhere
from hubd.utility.vending import Vending
from hubd.wan import role_keys
from hubd.wan.commands import Command
from hubd.wan.config import WanConfig
from hubd.wan.link import WanLink
from hubd.wan.messages import Status, When
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

CURRENCY = "GBP"


async def run(config: UtilityConfig, clock: HubClock | None = None) -> None:
    """Run the daemon until cancelled, or until its supply's energy ends. Raises a HubdError where it cannot start."""
    keys = role_keys.load(config.wan.role_keys)
    with contextlib.ExitStack() as alone:
        alone.enter_context(await asyncio.to_thread(state_folder.hold, config.state))
        await asyncio.to_thread(private_state.require, config.state)
        journal = await Journal.open(
            config.state / "journal.sqlite", group_window_s=config.store.group_window_s, reserve_bytes=RESERVE_BYTES
        )
        try:
            daemon = UtilityDaemon(config, keys, journal, clock or HubClock(config.time.assume_synced))
        except BaseException:
            await journal.close()
            raise

        async def close() -> None:
            with alone:  # a machine that starts again must find the folder free
                await daemon.close()

        await live(daemon.run, close, daemon.departure)


class UtilityDaemon:
    """The parts, constructed in the order in which data flows through them."""

    def __init__(self, config: UtilityConfig, keys: role_keys.RoleKeys, journal: Journal, clock: HubClock) -> None:
        self._config = config
        self._journal = journal
        patient = journal.patient()  # for all who must not lose what they write, and may wait for room on the card
        self._clock = clock
        self._happenings = Happenings(journal, clock, self._notify)
        identity = JournalIdentity(journal, clock, self._notify)
        self._network = SmartEnergyNetwork(
            _radio_config(config),
            self._happenings.put,
            clock.stamp,
            identity,
            stands=self._stands,
        )
        self._feeding = Feeding(FeedSender(config.feed.fifo), CURRENCY)
        self._household = Household(patient, self._network, self._feeding, clock)
        silence = SilenceTold(self._happenings.tell, self._feeding)
        self._mailboxes = Mailboxes(patient, self._network, clock, silence)
        self._interruptions = Interruptions(patient, clock, self._notify, self._feeding.credit_lasts)
        self._displays = DisplayMessages(patient, self._network, self._household, clock, self._notify)
        self._elsewhere = TopUpsElsewhere(patient, self._network, clock, self._notify)
        self._metering = Metering(
            journal,
            self._network,
            self._feeding,
            clock,
            self._notify,
            self._mailboxes,
            self._told,
            silence=MainsMeters(
                self._household, self._feeding, clock, lambda: self.radio_is_up, self._happenings.tell
            ),
            most_readings=config.store.most_readings,
        )
        self._vending = Vending(
            patient,
            self._network,
            clock,
            self._notify,
            after_credit=self._metering.read_account,
            give_up_after_s=config.vending.give_up_after_s,
            offer_after_s=config.vending.offer_after_s,
            tell_customer=self._tell_customer,
            turns=self._mailboxes,
        )
        self._link = WanLink(_wan_config(config), config.hub_id, journal, self.take, self._status, self._stored)
        self._supply = self._sense_supply()
        self._closing = Closing(
            patient, clock, self._notify, CURRENCY, lambda: self._network.radio.coordinator, board.serial_number()
        )
        self._asking = Asking(self._network, clock, self._feeding, self._mailboxes)
        self._visits = Visits(patient, self._network, self._vending, clock, self._notify, self._asking, self._closing)
        self._mailboxes.on_its_way = self._visits.on_its_way
        errand = (self._spawn, self._finished)
        self._answers = CommandAnswers(journal, clock, self._notify)
        self._orders = Orders(
            config.hub_id,
            keys,
            journal,
            clock,
            self._notify,
            {
                "vend": VendOrTrial(Vend(self._household, self._vending, clock), self._household, self._visits),
                "read": commands_management.read(*errand, self._household, self._metering),
                "prepayment": SetPrepayment(
                    self._spawn, patient, clock, self._notify, self._network, self._household, self._mailboxes
                ),
                "status": commands_management.status(*errand, self._link.publish_status),
                "admit": Admit(self._household, self._visits, clock),
                "remove": commands_management.remove(*errand, self._household, self._removed),
            },
            self._answers,
        )
        self._intake = Intake(journal, self._orders, self._answers)
        self._console = ConsoleAnswers(
            config.hub_id,
            journal,
            clock,
            self._network,
            self._link,
            self._household,
            self._metering,
            self._feeding,
            self._supply,
            self._mailboxes,
            self._read_later,
        )
        self._console.answers |= TopUpsByHand(journal, clock, self._household, self._vending).answers
        self._console.answers |= LineTests(
            self._household, self._network, self._mailboxes, clock, self._spawn
        ).answers
        self._renewals = KeyRenewals(self._household, self._network)
        self._console.answers |= self._renewals.answers
        self._console.answers |= RadioAnswers(config.radio.path, self._network, identity).answers
        self._console.answers |= Pairing(journal, self._household, self._visits, clock, self._notify).answers
        self._watched: set[Eui64] = set()
        self._recovered = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        """Of what needs the card; None while it stands still."""

    async def run(self) -> None:
        """Run every part until one is cancelled. Supply, WAN and console do without the card; the others do not."""
        async with asyncio.TaskGroup() as group:
            if self._supply is not None:
                group.create_task(self._supply.run(), name="supply")
            group.create_task(self._link.run(), name="WAN")  # on a full card, what it deletes makes room for the rest
            serving = stand_still_on_a_full_card(self._serve, self._stand_still, self._write)
            group.create_task(serving, name="meters and orders")
            await self._recovered.wait()
            answering = console.serve(self._config.console.socket, self._console, say_who=True)
            group.create_task(answering, name="console")

    async def _serve(self) -> None:
        """Recover what the journal holds, then serve meters and orders."""
        async with asyncio.TaskGroup() as self._tasks:
            await self._household.reload()
            await self._recall_top_ups()
            await self._displays.recover()
            letters = await self._mailboxes.recover(self._vending)
            unfinished = await self._vending.recover()
            await self._visits.recover()
            await self._orders.recover()
            await self._happenings.tell(EventName.STARTED, detail={"software": __version__, "unfinished": unfinished})
            self._start(self._network.run(), "utility HAN")
            self._start(self._mailboxes.run(), "mailboxes")
            for letter in letters:
                self._take_up(letter)
            self._start(self._intake.run(), "intake")
            self._start(self._answers.run(), "answers to commands")
            self._start(self._vending.run(), "vending")
            self._start(self._displays.run(), "messages for displays")
            self._start(self._elsewhere.run(), "top-ups elsewhere")
            self._start(self._interruptions.run(), "interruptions")
            self._start(self._visits.run(), "commissioning")
            self._start(self._feeding.run(), "feed")
            self._start(
                self._happenings.run(
                    self._household, self._metering, self._vending, self._watch, self._on_the_network
                ),
                "happenings",
            )
            self._recovered.set()
            log.info("hub %s runs", self._config.hub)

    def _stand_still(self) -> None:
        self._tasks = None
        self._recovered.set()

    async def _write(self) -> None:
        """Anything, to see whether the card takes it."""
        at_s = str(self._clock.monotonic_s())
        await self._journal.commit(lambda c: meta.put(c, "card_tried", at_s))

    async def close(self) -> None:
        """What is left to do when the parts have ended."""
        try:
            if self._supply is not None:
                await self._supply.close()
        finally:
            await self._journal.close()

    @property
    def departure(self) -> Departure | None:
        """The way down, where the hub senses its supply."""
        return None if self._supply is None else self._supply.departure

    def _sense_supply(self) -> Supply | None:
        if self._config.supply is None:
            return None
        return Supply(
            self._config.hub_id,
            self._config.supply,
            self._journal,
            self._clock,
            self._happenings.tell,
            self._urge,
            self._link.say_unstored,
            self._feeding.mains,
        )

    def _urge(self) -> None:
        self._link.notify()
        self._link.urge()

    def _stored(self, stored: Mapping[Lane, int]) -> None:
        if self._supply is not None:
            self._supply.stored(stored)

    def _start(self, part: Coroutine[Any, Any, None], name: str) -> None:
        if self._tasks is None:
            part.close()
            raise StoreError(STANDS_STILL)
        self._tasks.create_task(part, name=name)

    def _spawn(self, work: Awaitable[None]) -> None:
        async def errand() -> None:
            await work

        self._start(errand(), "errand")

    def _notify(self) -> None:
        self._link.notify()

    async def _recall_top_ups(self) -> None:
        """What the customer was last told of each meter's top-up, for a consumer's side that starts anew."""
        for row in await self._journal.read(top_ups.latest_of_each):
            self._feeding.topped_up(row.device, row.case, row.received_at)

    def _tell_customer(self, device: Eui64, case: TopUpCase, at: Stamp) -> None:
        self._feeding.topped_up(device, case, at)
        self._displays.topped_up(device, case, at)

    def _on_the_network(self, event: HanEvent) -> None:
        self._visits.on_the_network(event)
        self._displays.on_the_network(event)
        self._renewals.hear(event)

    @property
    def radio_is_up(self) -> bool:
        """The utility HAN runs."""
        return self._network.radio.state == "up"

    async def take(self, role: Role, orders: Sequence[bytes]) -> None:
        """Signed orders of one role, from the WAN. Returns when what they mean is on disk. Raises StoreError where
        nothing can be written: they stay with the broker.
        """
        await self._recovered.wait()
        if self._tasks is None:
            raise StoreError(STANDS_STILL)
        await self._intake.take(role, orders)

    def _told(self, device: Eui64, reading: MeterReading | None, prepayment: PrepaymentState | None) -> None:
        self._interruptions.seen(device, reading, prepayment)
        if prepayment is not None:
            self._elsewhere.seen(device, prepayment)

    def _stands(self, device: Eui64) -> bool:
        return self._household.knows(device)

    def _watch(self, device: Eui64) -> None:
        if device not in self._watched and self._household.knows(device) and device in self._network.known():
            self._watched.add(device)
            self._start(self._metering.poll(device, self._config.metering.poll_s), f"poll {device}")

    async def _removed(self, device: Eui64) -> None:
        await self._visits.removed(device)
        await self._mailboxes.forget(device)
        await self._displays.forget(device)

    def _take_up(self, letter: LetterRow) -> None:
        """A reading that was ordered on the hub itself before the last end; orders of the WAN begin by themselves."""
        if letter.name.startswith(LOCAL):
            self._read_later(letter.device, letter.name)

    def _read_later(self, device: Eui64, name: str) -> None:
        self._start(self._read_at_its_wake(device, name), f"read {device}")

    async def _read_at_its_wake(self, device: Eui64, name: str) -> None:
        try:
            await self._metering.read_in_turn(device, name)
        except (LinkError, NoRoomError) as error:
            log.info("%s was not read: %s", device, error)

    async def _finished(self, command: Command, outcome: str, reason: str | None, device: Eui64 | None) -> None:
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            inbox.finish(connection, command.jti)
            put_receipt(
                connection, at, command_receipt(command.jti, command.cmd, command.role, outcome, reason, device)
            )

        await self._journal.commit(work)
        self._notify()

    def _status(self) -> Status:
        at = self._clock.stamp()
        supply = self._config.supply
        return Status(
            v=1,
            hub=self._config.hub,
            state="online",
            software=__version__,
            journal=self._journal.journal_id,
            at=When(at.unix_s, at.trust),
            radio=self._network.radio.state,
            topology=supply.topology if supply else None,
            hub_class=supply.hub_class if supply else None,
            sentinel=supply.sentinel if supply else None,
            supply=self._supply.word if self._supply else None,
        )


def _radio_config(config: UtilityConfig) -> RadioConfig:
    return RadioConfig(
        path=config.radio.path,
        channel=config.radio.channel,
        baudrate=config.radio.baudrate,
        database=config.state / "zigbee.sqlite",
        certificates=config.security.certificates,
        watchdog_s=config.radio.watchdog_s,
        answer_timeout_s=config.radio.answer_timeout_s,
    )


def _wan_config(config: UtilityConfig) -> WanConfig:
    wan = config.wan
    return WanConfig(host=wan.host, port=wan.port, ca=wan.ca, certificate=wan.certificate, key=wan.key)
