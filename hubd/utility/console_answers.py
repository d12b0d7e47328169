"""What `hubctl` may ask the utility daemon, on its own socket. The closed list is `ConsoleAnswers.answers`."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hubd import __version__
from hubd.console import ConsoleRefusedError
from hubd.errors import LinkError
from hubd.model.device import Device
from hubd.model.identity import Eui64, HubId
from hubd.model.metering import MeterReading
from hubd.model.secret import Secret
from hubd.model.token_schemes import amount_e5, tidy
from hubd.model.top_up_case import TopUpCase, case_of
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome, PrepaymentState, Stage
from hubd.store import devices, outbox, spool, top_ups
from hubd.store.journal import Journal
from hubd.store.top_ups import TopUpRow
from hubd.utility.clock import HubClock
from hubd.utility.code_checks import objection_to_code
from hubd.utility.events import EventName
from hubd.utility.feeding import Feeding
from hubd.utility.household import METERS, Household
from hubd.utility.mailbox import LetterKind
from hubd.utility.mailboxes import Mailboxes
from hubd.utility.metering import Metering
from hubd.utility.outgoing import put_event
from hubd.utility.receipts import LOCAL
from hubd.utility.supply import Supply
from hubd.utility.vending import Vending
from hubd.wan.link import WanLink
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

LONGEST_WAIT_S = 60.0

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
        vending: Vending,
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
        self._vending = vending
        self._feeding = feeding
        self._supply = supply
        self._mailboxes = mailboxes
        self._read_later = read_later
        self.answers: dict[str, Answer] = {
            "status": self.status,
            "devices": self.devices,
            "removed_devices": self.removed_devices,
            "read": self.read,
            "vend": self.vend,
            "top_up": self.top_up,
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
        device = self._meter(question)
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

    async def vend(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        """The latest top-ups, newest first; or the one named `order`."""
        order = question.get("order")
        if order is None:
            rows = await self._journal.read(lambda c: top_ups.recent(c, int(question.get("most", 20))))
        else:
            row = await self._journal.read(lambda c: top_ups.find(c, str(order)))
            if row is None:
                raise ConsoleRefusedError(f"no order {order!r}; `hubctl vend` lists the latest")
            rows = [row]
        return [_top_up(row, self._vending.stage(row.order, row.device)) for row in rows]

    async def top_up(self, question: dict[str, Any]) -> dict[str, Any]:
        """A code keyed in by hand. On disk before it is sent; works without the WAN, reported when it is back."""
        device = self._meter(question)
        token, at = Secret(tidy(str(question.get("code", "")))), self._clock.stamp()
        case = await self._journal.read(lambda c: objection_to_code(c, device, token))
        if case is not None:
            self._vending.tell_customer(device.address, case, at)
            return _case(device, case) | {"outcome": str(Outcome.REFUSED), "final": True}
        order = LOCAL + uuid.uuid4().hex[:12]

        def work(connection: Any) -> None:
            self._vending.record(connection, order, device.address, token, "local", at)
            put_event(
                connection, at, EventName.LOCAL_TOP_UP, device=device.address, order=order, detail={"source": "hub"}
            )

        await self._journal.commit(work)
        self._vending.start(order, device.address, token)
        standing = {"order": order, "amount_e5": amount_e5(token.reveal(), device.token_scheme)}
        joined = self._household.is_on_network(device.address)
        self._vending.tell_customer(device.address, TopUpCase.UNDER_WAY if joined else TopUpCase.METER_LEFT, at)
        if not joined:
            return standing | _case(device, TopUpCase.METER_LEFT) | {"outcome": "under_way", "final": False}
        try:
            async with asyncio.timeout(min(float(question.get("wait_s", 30.0)), LONGEST_WAIT_S)):
                receipt = await self._vending.final_receipt(order)
        except TimeoutError:
            return standing | _case(device, TopUpCase.UNDER_WAY) | {"outcome": "under_way", "final": False}
        return standing | dict(msgspec.to_builtins(receipt))

    def _meter(self, question: dict[str, Any]) -> Device:
        name = str(question.get("device", ""))
        device = self._household.find(name)
        if device is None:
            known = ", ".join(d.alias for d in self._household.all()) or "none yet"
            raise ConsoleRefusedError(f"no device {name!r} here; known: {known}")
        if device.kind not in METERS:
            raise ConsoleRefusedError(f"{device.alias} is not a meter")
        return device


def _case(device: Device, case: TopUpCase) -> dict[str, Any]:
    return {"device": device.address, "case": str(case), "reason": WORDS[case].both}


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
        values |= {"balance_e5": prepayment.balance_e5, "debt_e5": prepayment.debt_e5}
    return values


def _top_up(row: TopUpRow, stage: Stage) -> dict[str, Any]:
    return {
        "order": row.order,
        "device": row.device,
        "token_ends": row.last4,
        "source": row.source,
        "received_at": row.received_at.unix_s,
        "attempts": row.attempts,
        "outcome": row.outcome or str(stage),
        "case": case_of(row.outcome, row.result_code),
        "reason": row.reason,
        "offered": row.offered,
        "credit_remaining_e5": row.credit_remaining_e5,
    }
