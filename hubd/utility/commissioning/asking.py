"""The questions of commissioning, put to the network: each ends in an event for the machine."""

from collections.abc import Awaitable, Callable

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.stamp import TimeTrust
from hubd.model.topup import PrepaymentState
from hubd.utility.clock import HubClock
from hubd.utility.commissioning import events as ev
from hubd.utility.feeding import Feeding
from hubd.utility.mailbox import LetterKind
from hubd.utility.turns import NobodySleeps, Turns
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

HUB_UNTRUSTED = "the hub's own time is not trusted, so nothing was compared"
MOST_WH_A_LITRE = 13
"""What a litre of natural gas is worth at most: a meter that sells energy may have charged as much (R13)."""
NO_CLOCK = "the device serves no Time cluster"


class Asking:
    """Asks one device one thing. LinkErrors become Unanswered: the machine knows when to ask again."""

    def __init__(
        self, network: SmartEnergyNetwork, clock: HubClock, feeding: Feeding, turns: Turns | None = None
    ) -> None:
        self._network = network
        self._clock = clock
        self._feeding = feeding
        self._turns = turns or NobodySleeps()

    async def ask(self, device: Eui64, question: ev.Effect) -> ev.Event:
        """The answer as an event; of a meter that sleeps, after its next wake."""
        asks: dict[type, Callable[[Eui64], Awaitable[ev.Event]]] = {
            ev.AskNameplate: self._nameplate_of,
            ev.AskKey: self._key_with,
            ev.AskClock: self._clock_of,
            ev.AskReading: self._reading_of,
            ev.AskAccount: self._account_of,
        }
        try:
            name = f"commissioning: {type(question).__name__}"
            return await self._turns.deliver(device, LetterKind.ROUTINE, name, lambda: asks[type(question)](device))
        except LinkError:
            return ev.Unanswered()

    async def _nameplate_of(self, device: Eui64) -> ev.Event:
        return ev.NameplateRead(await self._network.read_nameplate(device))

    async def _key_with(self, device: Eui64) -> ev.Event:
        key = self._network.key_with(device)
        if key.may_speak:
            return ev.KeyReady(key.suite)
        self._network.establish_key(device)
        return ev.Unanswered()  # what becomes of it comes by itself

    async def _clock_of(self, device: Eui64) -> ev.Event:
        before = self._clock.stamp()
        told_unix_s = await self._network.read_clock(device)
        after = self._clock.stamp()
        if told_unix_s is None:
            return ev.ClockRead(None, NO_CLOCK)
        if TimeTrust.UNSYNCED in (before.trust, after.trust):
            return ev.ClockRead(None, HUB_UNTRUSTED)
        return ev.ClockRead(round(told_unix_s - (before.unix_s + after.unix_s) / 2, 1))

    async def _reading_of(self, device: Eui64) -> ev.Event:
        reading = await self._network.read_metering(device)
        account = await self._prepayment(device)
        settings = await self._network.read_settings(device)
        self._feeding.measured(device, reading, account)
        return ev.ReadingTaken(reading, account, settings)

    async def _account_of(self, device: Eui64) -> ev.Event:
        reading = await self._network.read_metering(device)
        account = await self._prepayment(device)
        used_wh = reading.import_wh
        if used_wh is None and reading.volume_l is not None:
            used_wh = reading.volume_l * MOST_WH_A_LITRE
        return ev.AccountRead(None if account is None else account.balance_e5, used_wh)

    async def _prepayment(self, device: Eui64) -> PrepaymentState | None:
        """None where the device has no account; silence is a LinkError."""
        return await self._network.read_prepayment(device) if self._network.has_account(device) else None
