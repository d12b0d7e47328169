"""Half-hourly energy: what a meter recorded and the journal lacks, asked for and kept (R19, R20)."""

import functools
import logging
import sqlite3

from hubd.model.identity import Eui64
from hubd.model.metering import ProfileBlock
from hubd.store import profiles
from hubd.store.journal import Journal
from hubd.store.profiles import HALF_HOUR_S
from hubd.utility.clock import HubClock
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_profile
from hubd.wan.messages import ProfileBody
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

CHANNELS = {"import": 0, "export": 1}
"""Interval channels of Get Profile: consumption delivered and received."""
PERIODS_A_QUERY = 12
"""What fits one frame of Get Profile Response."""
MOST_QUERIES = 64
"""So far back a channel is asked for at one time: 16 days. What is older is asked for next time."""
SLOTS_A_MESSAGE = 48

Slots = dict[int, int | None]
"""Wh by the start of the half-hour; None where the meter marks it as invalid."""


class HalfHours:
    """Collects one meter's channels, newest first, back to where the journal ends."""

    def __init__(self, journal: Journal, network: SmartEnergyNetwork, clock: HubClock, notify: Notify) -> None:
        self._journal = journal
        self._network = network
        self._clock = clock
        self._notify = notify

    async def collect(self, device: Eui64, has_export: bool) -> None:
        """Fetch what is missing, channel by channel; all of a channel is committed at once, so that a crash leaves no
        hole behind the newest. Raises LinkError where the meter does not answer.
        """
        for name, channel in CHANNELS.items():
            if name == "export" and not has_export:
                continue
            newest = functools.partial(profiles.newest_end_unix_s, address=device, channel=name)
            kept_until_s = await self._journal.read(newest) or 0
            now_s = int(self._clock.stamp().unix_s)
            if now_s >= kept_until_s + HALF_HOUR_S:
                await self._keep(device, name, await self._missing(device, channel, kept_until_s, now_s))

    async def _missing(self, device: Eui64, channel: int, kept_until_s: int, now_s: int) -> Slots:
        found: Slots = {}
        end_unix_s = now_s
        for _ in range(MOST_QUERIES):
            block = await self._network.read_profile(device, channel, end_unix_s, PERIODS_A_QUERY)
            if block.interval_s != HALF_HOUR_S:
                log.info("%s records intervals of %d s, not half-hours: none are kept", device, block.interval_s)
                return {}
            new = {s: wh for s, wh in slots_of(block).items() if s >= kept_until_s and s not in found}
            found |= new
            if len(new) < PERIODS_A_QUERY:
                break
            end_unix_s = min(new)
        return found

    async def _keep(self, device: Eui64, channel: str, found: Slots) -> None:
        if not found:
            return
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            for start_unix_s, wh in found.items():
                profiles.put(connection, device, channel, start_unix_s, wh)
            for start_unix_s, run in runs_of(found):
                body = ProfileBody(device, channel, start_unix_s, HALF_HOUR_S, run)  # type: ignore[arg-type]
                put_profile(connection, at, body)

        await self._journal.commit_grouped(work)
        self._notify()


def slots_of(block: ProfileBlock) -> Slots:
    """The block's intervals by their start."""
    return {block.end_unix_s - (i + 1) * block.interval_s: wh for i, wh in enumerate(block.wh)}


def runs_of(slots: Slots) -> list[tuple[int, list[int | None]]]:
    """The slots as unbroken runs of at most a day, oldest first: what one message can say."""
    runs: list[tuple[int, list[int | None]]] = []
    for start_unix_s in sorted(slots):
        if runs and len(runs[-1][1]) < SLOTS_A_MESSAGE:
            first_s, run = runs[-1]
            if start_unix_s == first_s + len(run) * HALF_HOUR_S:
                run.append(slots[start_unix_s])
                continue
        runs.append((start_unix_s, [slots[start_unix_s]]))
    return runs
