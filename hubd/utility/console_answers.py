"""What `hubctl` may ask the utility daemon, on its own socket. The closed list is `ConsoleAnswers.answers`."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hubd import __version__
from hubd.console import ConsoleRefusedError
from hubd.errors import LinkError
from hubd.model.credit_status import credit_status
from hubd.model.device import Device
from hubd.model.identity import Eui64, HubId
from hubd.model.metering import MeterReading
from hubd.model.topup import PrepaymentState
from hubd.store import devices, outbox, spool, top_ups
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household
from hubd.utility.mailbox import LetterKind
from hubd.utility.mailboxes import Mailboxes
from hubd.utility.metering import Metering
from hubd.utility.receipts import LOCAL
from hubd.utility.supply import Supply
from hubd.wan.link import WanLink
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

Answer = Callable[[dict[str, Any]], Awaitable[Any]]


class ConsoleAnswers:
    """The operator's questions."""

    def __init__(
        self,
        hub: HubId,
        journal: Journal,
        clock: HubClock,
        network: SmartEnergyNetwork,
        link: WanLink,
        household: Household,
        metering: Metering,
        feeding: Feeding,
        supply: Supply | None,
        mailboxes: Mailboxes,
        read_later: Callable[[Eui64, str], None],
    ) -> None:
        self._hub = hub
        self._journal = journal
        self._clock = clock
        self._network = network
        self._link = link
        self._household = household
        self._metering = metering
        self._feeding = feeding
        self._supply = supply
        self._mailboxes = mailboxes
        self._read_later = read_later
        self.answers: dict[str, Answer] = {
            "status": self.status,
            "devices": self.devices,
            "removed_devices": self.removed_devices,
            "read": self.read,
        }

    async def __call__(self, question: dict[str, Any]) -> Any:
        """Answer one question. Raises ConsoleRefusedError with words for the operator."""
        answer = self.answers.get(str(question.get("do")))
        if answer is None:
            raise ConsoleRefusedError(f"the daemon does not know that question; it knows {', '.join(self.answers)}")
        return await answer(question)

    async def status(self, question: dict[str, Any]) -> dict[str, Any]:
        """Radio, WAN, backlog, time."""
        backlog = await self._journal.read(outbox.backlog)
        unfinished = await self._journal.read(top_ups.unfinished)
        radio = self._network.radio
        return {
            "hub": self._hub,
            "software": __version__,
            "radio": {"state": radio.state, "reason": radio.reason, "coordinator": radio.coordinator},
            "wan": {"connected": self._link.connected},
            "journal": self._journal.journal_id,
            "not_written": self._journal.trouble,
            "backlog": {str(lane): count for lane, count in backlog.items()},
            "top_ups_under_way": len(unfinished),
            "orders_waiting": await self._journal.read(spool.count),
            "time_trust": str(self._clock.trust()),
            "devices": len(self._household.all()),
            "supply": {"sensed": False} if self._supply is None else self._supply.describe(),
        }

    async def devices(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        """Every admitted device with its latest values and their age."""
        return [self._device(device) for device in self._household.all()]

    async def removed_devices(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        """The last devices that were removed, newest first."""
        return [msgspec.to_builtins(each) for each in await self._journal.read(devices.removed)]

    def _device(self, device: Device) -> dict[str, Any]:
        heard = self._household.heard_at(device.address)
        return {
            "alias": device.alias,
            "address": device.address,
            "kind": str(device.kind),
            "joined": self._household.is_on_network(device.address),
            "token_scheme": device.token_scheme,
            "heard_s_ago": None if heard is None else round(self._clock.stamp().unix_s - heard.unix_s, 1),
            **self._sleep(device),
            **self._latest(device),
        }

    def _latest(self, device: Device) -> dict[str, Any]:
        """The latest known, and how old it is (R24)."""
        latest, now_s = self._feeding.latest(device.address), self._clock.stamp().unix_s
        reading, account = (latest.reading, latest.prepayment) if latest else (None, None)
        values = _values(reading, account)
        if reading is not None:
            values["age_s"] = round(now_s - reading.measured_at.unix_s, 1)
        if latest is not None and latest.credit_until is not None:
            values["credit_until"] = latest.credit_until.unix_s
        if account is not None:
            values["account_age_s"] = round(now_s - account.measured_at.unix_s, 1)
        return values

    def _sleep(self, device: Device) -> dict[str, Any]:
        """For a meter that sleeps: how often and when it last woke, and what waits for it."""
        if not self._mailboxes.sleeps(device.address):
            return {}
        woke, now_s = self._mailboxes.woke_at(device.address), self._clock.stamp().unix_s
        return {
            "wakes_every_s": self._mailboxes.wakes_every_s(device.address),
            "woke_s_ago": None if woke is None else round(now_s - woke.unix_s, 1),
            "waiting": self._mailboxes.waiting(device.address),
        }

    async def read(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask a meter now; of one that sleeps, order a reading for its next wake and tell what is known."""
        device = self._household.meter_named(str(question.get("device", "")))
        if self._mailboxes.sleeps(device.address) and not self._mailboxes.is_awake(device.address):
            return await self._order_reading(device)
        try:
            reading, prepayment = await self._metering.read(device.address)
        except LinkError as error:
            return {"no_answer": str(error)}
        return {"alias": device.alias, "address": device.address, **_values(reading, prepayment), "age_s": 0.0}

    async def _order_reading(self, device: Device) -> dict[str, Any]:
        order = LOCAL + uuid.uuid4().hex[:12]
        await self._mailboxes.keep(device.address, LetterKind.READ, order)
        sleep = self._sleep(device)
        sleep["waiting"].append(order)
        self._read_later(device.address, order)
        known = {"alias": device.alias, "address": device.address, "asleep": True, "order": order}
        return known | sleep | self._latest(device)


def _values(reading: MeterReading | None, prepayment: PrepaymentState | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if reading is not None:
        values |= {
            "import_wh": reading.import_wh,
            "export_wh": reading.export_wh,
            "power_w": reading.power_w,
            "volume_l": reading.volume_l,
            "supply": reading.supply.name.lower() if reading.supply is not None else None,
            "measured_at": reading.measured_at.unix_s,
            "time_trust": str(reading.measured_at.trust),
        }
    if prepayment is not None:
        values |= {
            "balance_e5": prepayment.balance_e5,
            "emergency_credit_e5": prepayment.emergency_credit_e5,
            "debt_e5": prepayment.debt_e5,
            "credit_status": credit_status(prepayment.credit_status),
        }
    return values
