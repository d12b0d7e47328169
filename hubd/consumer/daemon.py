"""The consumer daemon's composition root: what it is made of, and who is given what.

FIFO -> FeedReceiver -> Meters -> Session -> the consumer's broker -> Home Assistant
                            |-> MemoryFile
"""

import asyncio
import logging

from hubd import state_folder
from hubd.consumer.config import ConsumerConfig
from hubd.consumer.home_assistant import states
from hubd.consumer.home_assistant.publication import Publication
from hubd.consumer.home_assistant.session import Session
from hubd.consumer.home_assistant.topics import Topics
from hubd.consumer.memory_file import MemoryFile
from hubd.consumer.meter import KnownMeter
from hubd.consumer.meters import Meters
from hubd.feed.frames import Frame, Mains
from hubd.feed.receiver import FeedReceiver

log = logging.getLogger(__name__)


async def run(config: ConsumerConfig) -> None:
    """Run the daemon until cancelled. Raises a HubdError where it cannot start."""
    with await asyncio.to_thread(state_folder.hold, config.state):
        memory = MemoryFile(config.state / "meters.json")
        await _Daemon(config, memory, await asyncio.to_thread(memory.load)).run()


class _Daemon:
    """The parts, constructed in the order in which data flows through them."""

    def __init__(self, config: ConsumerConfig, memory: MemoryFile, remembered: list[KnownMeter]) -> None:
        table = config.home_assistant
        self._names = config.names
        self._topics = Topics(table.topic_prefix, table.discovery_prefix)
        self._memory = memory
        self._mains: Mains | None = None
        self._meters = Meters(remembered, self._changed)
        self._receiver = FeedReceiver(config.feed.fifo, self._take)
        self._session = Session(table, self._topics, self._everything)

    async def run(self) -> None:
        """Run every part until one is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._receiver.run(), name="feed")
            tasks.create_task(self._meters.run(), name="meters")
            tasks.create_task(self._session.run(), name="Home Assistant")
            tasks.create_task(self._memory.run(self._meters.all), name="memory")
            log.info("the consumer daemon runs")

    def _everything(self) -> list[Publication]:
        return states.everything(self._topics, self._names, self._meters.all(), self._mains)

    def _take(self, frame: Frame) -> None:
        if not isinstance(frame, Mains):
            self._meters.take(frame)
        elif frame != self._mains:
            self._mains = frame
            if frame.state == "off":
                self._memory.changed()
            self._session.offer([states.mains(self._topics, frame)])

    def _changed(self, before: KnownMeter | None, after: KnownMeter) -> None:
        self._memory.changed()
        messages = states.changed(self._topics, self._names, before, after)
        if before is None or before.silent != after.silent:
            messages.append(states.feed(self._topics, self._meters.all()))
        self._session.offer(messages)
