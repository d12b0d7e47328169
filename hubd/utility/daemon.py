"""The utility daemon's composition root: what it is made of, and who is given what.

broker -> WanLink -> Orders -> Journal            (committed, then acknowledged)
                        |-> Vending -> SmartEnergyNetwork -> meter
meter -> SmartEnergyNetwork -> Happenings -> Metering -> Journal -> WanLink -> broker
                                                |-> Feeding -> FIFO -> consumer daemon
Vending -> Customer -> Feeding, DisplayMessages -> SmartEnergyNetwork -> displays in the home

`service.py` opens what all of it stands on, and runs it.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from hubd import __version__, console
from hubd.errors import StoreError
from hubd.feed.sender import FeedSender
from hubd.model.han import HanEvent, RadioForeign, RadioLost, RadioUp
from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.model.metering import MeterReading
from hubd.model.roles import Role
from hubd.model.topup import PrepaymentState
from hubd.store.journal import Journal
from hubd.utility import board, commands_management
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import CommandAnswers
from hubd.utility.command_end import CommandEnd
from hubd.utility.commands_prepayment import SetPrepayment
from hubd.utility.commands_vending import Vend
from hubd.utility.commissioning.asking import Asking
from hubd.utility.commissioning.closing import Closing
from hubd.utility.commissioning.invitations import Admit
from hubd.utility.commissioning.pairing import Pairing
from hubd.utility.commissioning.trials import VendOrTrial
from hubd.utility.commissioning.visits import Visits
from hubd.utility.config import UtilityConfig, radio_config, wan_config
from hubd.utility.console_answers import ConsoleAnswers
from hubd.utility.console_radio import RadioAnswers
from hubd.utility.customer import Customer
from hubd.utility.departure import Departure
from hubd.utility.display_messages import DisplayMessages
from hubd.utility.errands import Errands
from hubd.utility.events import EventName
from hubd.utility.feeding import Feeding
from hubd.utility.full_card import STANDS_STILL, stand_still_on_a_full_card, try_card
from hubd.utility.happenings import Happenings
from hubd.utility.household import Household
from hubd.utility.intake import Intake
from hubd.utility.interruptions import Interruptions
from hubd.utility.key_renewals import KeyRenewals
from hubd.utility.line_tests import LineTests
from hubd.utility.mailboxes import Mailboxes
from hubd.utility.metering import Metering
from hubd.utility.ordered_readings import OrderedReadings
from hubd.utility.orders import Orders
from hubd.utility.radio_identity import JournalIdentity
from hubd.utility.silence import MainsMeters, SilenceTold
from hubd.utility.status import status_of
from hubd.utility.supply import Supply
from hubd.utility.top_ups_by_hand import TopUpsByHand
from hubd.utility.top_ups_elsewhere import TopUpsElsewhere
from hubd.utility.vending import Vending
from hubd.wan import role_keys
from hubd.wan.link import WanLink
from hubd.wan.messages import Status
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

CURRENCY = "GBP"


class UtilityDaemon:
    """The parts, constructed in the order in which data flows through them."""

    def __init__(self, config: UtilityConfig, keys: role_keys.RoleKeys, journal: Journal, clock: HubClock) -> None:
        self._config = config
        self._journal = journal
        patient = journal.patient()  # for all who must not lose what they write, and may wait for room on the card
        self._clock = clock
        self._errands = Errands()
        self._happenings = Happenings(journal, clock, self._notify)
        identity = JournalIdentity(journal, clock, self._notify)
        self._network = SmartEnergyNetwork(
            radio_config(config), self._happenings.put, clock.stamp, identity, stands=self._stands
        )
        self._feeding = Feeding(FeedSender(config.feed.fifo), CURRENCY)
        self._household = Household(patient, self._network, self._feeding, clock)
        silence = SilenceTold(self._happenings.tell, self._feeding)
        self._mailboxes = Mailboxes(patient, self._network, clock, silence)
        self._interruptions = Interruptions(patient, clock, self._notify, self._feeding.credit_lasts)
        self._displays = DisplayMessages(patient, self._network, self._household, clock, self._notify)
        self._customer = Customer(journal, self._feeding, self._displays)
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
        self._readings = OrderedReadings(self._errands, self._metering)
        self._vending = Vending(
            patient,
            self._network,
            clock,
            self._notify,
            after_credit=self._metering.read_account,
            give_up_after_s=config.vending.give_up_after_s,
            offer_after_s=config.vending.offer_after_s,
            tell_customer=self._customer.topped_up,
            turns=self._mailboxes,
        )
        self._link = WanLink(wan_config(config), config.hub_id, journal, self.take, self._status, self._stored)
        self._supply = self._sense_supply()
        self._closing = Closing(
            patient, clock, self._notify, CURRENCY, lambda: self._network.radio.coordinator, board.serial_number()
        )
        self._asking = Asking(self._network, clock, self._feeding, self._mailboxes)
        self._visits = Visits(patient, self._network, self._vending, clock, self._notify, self._asking, self._closing)
        self._mailboxes.on_its_way = self._visits.on_its_way
        errand = (self._errands.spawn, CommandEnd(journal, clock, self._notify))
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
                    self._errands.spawn, patient, clock, self._notify, self._network, self._household, self._mailboxes
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
            self._readings.read_later,
        )
        self._console.answers |= TopUpsByHand(journal, clock, self._household, self._vending).answers
        self._console.answers |= LineTests(
            self._household, self._network, self._mailboxes, clock, self._errands.spawn
        ).answers
        self._renewals = KeyRenewals(self._household, self._network)
        self._console.answers |= self._renewals.answers
        self._console.answers |= RadioAnswers(config.radio.path, self._network, identity).answers
        self._console.answers |= Pairing(journal, self._household, self._visits, clock, self._notify).answers
        self._watched: set[Eui64] = set()
        self._recovered = asyncio.Event()

    async def run(self) -> None:
        """Run every part until one is cancelled. Supply, WAN and console do without the card; the others do not."""
        async with asyncio.TaskGroup() as group:
            if self._supply is not None:
                group.create_task(self._supply.run(), name="supply")
            group.create_task(self._link.run(), name="WAN")  # on a full card, what it deletes makes room for the rest
            serving = stand_still_on_a_full_card(self._serve, self._stand_still, lambda: try_card(self._journal))
            group.create_task(serving, name="meters and orders")
            await self._recovered.wait()
            answering = console.serve(self._config.console.socket, self._console, say_who=True)
            group.create_task(answering, name="console")

    async def _serve(self) -> None:
        """Recover what the journal holds, then serve meters and orders."""
        async with asyncio.TaskGroup() as tasks:
            self._errands.use(tasks)
            await self._household.reload()
            await self._customer.recall()
            letters = await self._mailboxes.recover(self._vending)
            unfinished = await self._vending.recover()
            await self._visits.recover()
            await self._orders.recover()
            await self._happenings.tell(EventName.STARTED, detail={"software": __version__, "unfinished": unfinished})
            self._errands.start(self._network.run(), "utility HAN")
            self._errands.start(self._mailboxes.run(), "mailboxes")
            for letter in letters:
                self._readings.take_up(letter)
            self._errands.start(self._intake.run(), "intake")
            self._errands.start(self._answers.run(), "answers to commands")
            self._errands.start(self._vending.run(), "vending")
            self._errands.start(self._displays.run(), "messages for displays")
            self._errands.start(self._elsewhere.run(), "top-ups elsewhere")
            self._errands.start(self._interruptions.run(), "interruptions")
            self._errands.start(self._visits.run(), "commissioning")
            self._errands.start(self._feeding.run(), "feed")
            among = (self._household, self._metering, self._vending, self._watch, self._on_the_network)
            self._errands.start(self._happenings.run(*among), "happenings")
            self._recovered.set()
            log.info("hub %s runs", self._config.hub)

    def _stand_still(self) -> None:
        self._errands.use(None)
        self._recovered.set()

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

    def _notify(self) -> None:
        self._link.notify()

    def _on_the_network(self, event: HanEvent) -> None:
        self._visits.on_the_network(event)
        self._displays.on_the_network(event)
        self._renewals.hear(event)
        if isinstance(event, RadioUp | RadioLost | RadioForeign):
            self._link.publish_status()

    @property
    def radio_is_up(self) -> bool:
        """The utility HAN runs."""
        return self._network.radio.state == "up"

    async def take(self, role: Role, orders: Sequence[bytes]) -> None:
        """Signed orders of one role, from the WAN. Returns when what they mean is on disk. Raises StoreError where
        nothing can be written: they stay with the broker.
        """
        await self._recovered.wait()
        if self._errands.stand_still:
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
            self._errands.start(self._metering.poll(device, self._config.metering.poll_s), f"poll {device}")

    async def _removed(self, device: Eui64) -> None:
        await self._visits.removed(device)
        await self._mailboxes.forget(device)
        await self._displays.forget(device)

    def _status(self) -> Status:
        at, radio, supply = self._clock.stamp(), self._network.radio.state, self._supply
        return status_of(self._config, self._journal.journal_id, at, radio, supply.word if supply else None)
