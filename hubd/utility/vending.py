"""The shell of the vending machine: puts on disk what must be there, sends, and tells how each order ended.

One machine a meter (`vending_machine.py`). `Send` is durable before a byte leaves; `Finish` commits ledger and final
receipt together. A kill between any two of these lines is recovered from the journal: the token is then of unknown
fate, is sent again, and the meter's own memory sees to it that it counts once.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp
from hubd.model.top_up_case import TopUpCase, case_of
from hubd.model.topup import NoAnswer, NotReady, NotSent, Outcome, Stage, TopUpAnswer
from hubd.store import inbox, top_ups
from hubd.store.journal import Journal
from hubd.utility import vending_events as ev
from hubd.utility import vending_machine as machine
from hubd.utility import vending_queue
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.notify import Notify
from hubd.utility.orders import where_of
from hubd.utility.outgoing import put_event, put_receipt
from hubd.utility.receipts import LOCAL, receipt_of
from hubd.utility.turns import NobodySleeps, Turns
from hubd.utility.vending_queue import NEVER_S, MeterQueue, TopUp
from hubd.utility.vending_recovery import LEAST_LEFT_S, Allowed, recovered_queues
from hubd.wan.messages import ReceiptBody
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

AfterCredit = Callable[[Eui64], Awaitable[object]]
"""What is done once a meter has taken a token: its account is read back and published."""
TellCustomer = Callable[[Eui64, TopUpCase, Stamp], None]
"""What is done when there is something to tell the customer of a top-up: it goes to the consumer's side."""
LEAST_WAKES = 2
"""A code for a sleeping meter is neither given up nor offered for entry by hand before it had that many chances to be
delivered; after a start, that many anew."""
_IN_THE_ACCOUNT = frozenset({Outcome.ACCEPTED, Outcome.DUPLICATE})


class Vending:
    """All meters' queues. `record` belongs to its caller's transaction; `start` comes after the commit."""

    def __init__(
        self,
        journal: Journal,
        network: SmartEnergyNetwork,
        clock: HubClock,
        notify: Notify,
        after_credit: AfterCredit,
        give_up_after_s: float,
        offer_after_s: float,
        tell_customer: TellCustomer = lambda device, case, at: None,
        turns: Turns | None = None,
    ) -> None:
        self._journal = journal
        self._network = network
        self._clock = clock
        self._notify = notify
        self._after_credit = after_credit
        self._give_up_after_s = give_up_after_s
        self._offer_after_s = offer_after_s
        self.tell_customer = tell_customer
        self._turns = turns or NobodySleeps()
        self._queues: dict[Eui64, MeterQueue] = {}
        self._events: asyncio.Queue[tuple[Eui64, ev.Event]] = asyncio.Queue()
        self._effects: asyncio.TaskGroup | None = None
        self._finished: dict[str, asyncio.Future[ReceiptBody]] = {}
        self._told: dict[str, asyncio.Future[ReceiptBody]] = {}

    async def recover(self) -> int:
        """Take up what the journal still owes the meters. Returns how many orders."""
        rows = await self._journal.read(top_ups.unfinished)
        now_s, wall_s = self._clock.monotonic_s(), self._clock.stamp().unix_s
        self._queues = recovered_queues(rows, now_s, wall_s, self._allowed, self._turns.sleeps)
        for device in self._queues:
            self._turns.tokens_wait(device)
            self._events.put_nowait((device, ev.Clock()))
        return len(rows)

    def record(
        self,
        connection: sqlite3.Connection,
        order: str,
        device: Eui64,
        token: Secret[str],
        source: str,
        at: Stamp,
        before: tuple[Secret[str], ...] = (),
    ) -> None:
        """Put the order into the ledger: part of the transaction that accepts it."""
        top_ups.add(
            connection,
            order=order,
            device=device,
            token=token,
            source=source,
            at=at,
            give_up_at=Stamp(at.unix_s + self._allowed(device).give_up_after_s, at.trust),
            before=before,
        )

    def start(self, order: str, device: Eui64, token: Secret[str], before: tuple[Secret[str], ...] = ()) -> None:
        """The order is on disk: queue it for its meter. What sections of a key change come with is offered to nobody
        for entry by hand: alone it is of no use.
        """
        now_s, allowed = self._clock.monotonic_s(), self._allowed(device)
        offer_at_s = NEVER_S if before else now_s + allowed.offer_after_s
        by_hand = order.startswith(LOCAL)
        give_up_at_s = now_s + allowed.give_up_after_s
        top_up = TopUp(order, token, give_up_at_s, offer_at_s=offer_at_s, before=before, by_hand=by_hand)
        self._events.put_nowait((device, ev.Ordered(top_up)))

    def _allowed(self, device: Eui64) -> Allowed:
        chances_s = LEAST_WAKES * self._turns.wakes_every_s(device)
        return Allowed(
            max(self._give_up_after_s, chances_s),
            max(self._offer_after_s, chances_s),
            max(LEAST_LEFT_S, chances_s),
        )

    def awake(self, device: Eui64) -> None:
        """A meter that sleeps is awake for its tokens."""
        self._events.put_nowait((device, ev.Awake()))

    def asleep(self, device: Eui64) -> None:
        """It is not any more: its tokens wait for its next wake."""
        self._events.put_nowait((device, ev.Asleep()))

    def heard_of(self, device: Eui64) -> None:
        """A frame of this device came in: what waits for it need not wait longer."""
        if device in self._queues:
            self._events.put_nowait((device, ev.Reachable()))

    def stage(self, order: str, device: Eui64) -> Stage:
        """How far an order is that has not ended."""
        queue = self._queues.get(device, MeterQueue())
        return vending_queue.stage(queue, order) or Stage.RECEIVED

    def held_case(self, order: str, device: Eui64) -> TopUpCase | None:
        """Why an order has to wait for its meter; None: it does not."""
        return vending_queue.held_case(self._queues.get(device, MeterQueue()), order)

    def is_locked(self, device: Eui64) -> bool:
        """Whether the meter said that it is locked after wrong codes, and it is not time to ask again."""
        return vending_queue.is_locked(self._queues.get(device, MeterQueue()), self._clock.monotonic_s())

    async def final_receipt(self, order: str) -> ReceiptBody:
        """Wait for the end of an order that was started."""
        return await self._finished.setdefault(order, asyncio.get_running_loop().create_future())

    async def next_receipt(self, order: str) -> ReceiptBody:
        """Wait for the next word on an order that was started: its end, or why it has to wait."""
        return await self._told.setdefault(order, asyncio.get_running_loop().create_future())

    async def run(self) -> None:
        """Turn events into effects, for ever."""
        async with asyncio.TaskGroup() as self._effects:
            while True:
                device, event = await self._next_event()
                queue = self._queues.get(device) or MeterQueue(listening=not self._turns.sleeps(device))
                queue, effects = machine.step(queue, event, self._clock.monotonic_s())
                if queue.waiting:
                    self._queues[device] = queue
                else:
                    self._queues.pop(device, None)
                for effect in effects:
                    await self._perform(device, effect)
                self._mind_sleep(device, event, queue)

    def _mind_sleep(self, device: Eui64, event: ev.Event, queue: MeterQueue) -> None:
        """A sleeping meter is kept awake while tokens are on their way, and no longer."""
        if isinstance(event, ev.Ordered):
            self._turns.tokens_wait(device)
        elif not queue.waiting:
            self._turns.tokens_rest(device, still_owed=False)
        elif queue.listening and queue.held_for is not None and not queue.sending:
            self._turns.tokens_rest(device, still_owed=True)
            if self._turns.sleeps(device):
                self.asleep(device)

    async def _next_event(self) -> tuple[Eui64, ev.Event]:
        deadlines = [(due, d) for d, q in self._queues.items() if (due := machine.next_deadline_s(q)) is not None]
        if not deadlines:
            return await self._events.get()
        due_s, device = min(deadlines)
        try:
            async with asyncio.timeout(max(0.0, due_s - self._clock.monotonic_s())):
                return await self._events.get()
        except TimeoutError:
            return device, ev.Clock()

    async def _perform(self, device: Eui64, effect: ev.Effect) -> None:
        match effect:
            case ev.Send():
                await self._journal.commit(lambda c: top_ups.mark_sending(c, effect.order, effect.progress))
                assert self._effects is not None
                self._effects.create_task(self._send(device, effect), name=f"top-up {effect.order}")
            case ev.Hold():
                await self._journal.commit(lambda c: self._hold(c, effect, self._clock.stamp()))
            case ev.Defer():
                await self._defer(device, effect)
            case ev.Offer():
                await self._offer(device, effect)
            case ev.Finish():
                await self._finish(device, effect)

    async def _send(self, device: Eui64, send: ev.Send) -> None:
        event: ev.Event
        match await self._answer_to(device, send):
            case TopUpAnswer() as answer:
                event = ev.Answered(send.order, answer)
            case NoAnswer(reason):
                log.info("order %s: no answer (%s)", send.order, reason)
                event = ev.Unanswered(send.order)
            case NotSent(reason):
                log.info("order %s: not sent (%s)", send.order, reason)
                event = ev.Unsent(send.order)
            case NotReady(reason):
                log.info("order %s: the meter is not ready (%s)", send.order, reason)
                event = ev.NotReady(send.order, reason)
        self._events.put_nowait((device, event))

    async def _answer_to(self, device: Eui64, send: ev.Send) -> TopUpAnswer | NoAnswer | NotSent | NotReady:
        try:
            return await self._network.top_up(device, send.token)
        except Exception as bug:  # a daemon that dies of it would send, and die, again at each start
            return NoAnswer(f"an error inside the hub: {where_of(bug)}")

    async def _offer(self, device: Eui64, effect: ev.Offer) -> None:
        at = self._clock.stamp()
        reason = "not delivered yet: the customer may enter the code at the meter by hand; it counts once"

        def work(connection: sqlite3.Connection) -> None:
            last4 = top_ups.mark_offered(connection, effect.order, at)
            detail = {"token_ends": last4, "attempts": effect.attempts}
            name = EventName.TOP_UP_UNDELIVERED
            put_event(connection, at, name, device=device, order=effect.order, reason=reason, detail=detail)

        await self._journal.commit(work)
        self._notify()

    def _hold(self, connection: sqlite3.Connection, hold: ev.Hold, at: Stamp) -> None:
        top_ups.hold(connection, hold.order, at.unix_s + hold.retry_in_s, fate_known=hold.fate_known)

    async def _defer(self, device: Eui64, effect: ev.Defer) -> None:
        receipt = receipt_of(
            effect.order, device, Outcome.DEFERRED, effect.reason, effect.attempts, effect.answer, effect.case
        )
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            self._hold(connection, effect.hold, at)
            top_ups.told(connection, effect.order, effect.case)
            put_receipt(connection, at, receipt)

        await self._journal.commit(work)
        self._notify()
        self.tell_customer(device, self._queues[device].held_for or effect.case, at)
        _resolve(self._told, receipt)

    async def _finish(self, device: Eui64, effect: ev.Finish) -> None:
        receipt = receipt_of(effect.order, device, effect.outcome, effect.reason, effect.attempts, effect.answer)
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            top_ups.finish(connection, effect.order, effect.outcome, effect.reason, effect.answer, at)
            inbox.finish(connection, effect.order)
            put_receipt(connection, at, receipt)

        await self._journal.commit(work)
        self._notify()
        self.tell_customer(device, case_of(effect.outcome, receipt.result_code, receipt.top_up_value_e5), at)
        log.info("order %s: %s after %d tries", effect.order, effect.outcome, effect.attempts)
        _resolve(self._finished, receipt)
        _resolve(self._told, receipt)
        if effect.outcome in _IN_THE_ACCOUNT:
            assert self._effects is not None
            self._effects.create_task(self._read_back(device), name=f"read back {device}")

    async def _read_back(self, device: Eui64) -> None:
        await self._after_credit(device)


def _resolve(waiting: dict[str, asyncio.Future[ReceiptBody]], receipt: ReceiptBody) -> None:
    if (waiter := waiting.pop(receipt.order, None)) is not None and not waiter.done():
        waiter.set_result(receipt)
