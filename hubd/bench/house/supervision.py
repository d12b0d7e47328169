"""Watches the house's processes. One that ends by itself is told at once. A daemon or a broker is started again after
a pause, as a service manager does; any other is a part of the bench, and without it the bench ends.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from hubd.bench.house.services import DAEMONS
from hubd.bench.processes import Child
from hubd.cli.exit_codes import Exit
from hubd.errors import LinkError

BROKERS = ("broker-wan", "broker-consumer")
REVIVED = DAEMONS + BROKERS
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Before each start of one that ends again and again. After the last one it is given up."""
WELL_AFTER_S = 60.0
"""One that has lived so long begins with the first pause again."""
LOOK_EVERY_S = 0.1
LAST_LINES = 5


class Supervision:
    """`children` may grow while it runs. `machine_is_down`: then the daemons are the service manager's to start."""

    def __init__(
        self,
        children: Mapping[str, Child],
        say: Callable[[str], None],
        machine_is_down: Callable[[], bool],
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._children = children
        self._say = say
        self._machine_is_down = machine_is_down
        self._pauses_s = pauses_s
        self._in_a_row: dict[str, int] = {}
        self._being_revived: set[str] = set()
        self.ended: list[str] = []
        """A line for each end and each start after one, for the view."""

    async def run(self) -> None:
        """For ever. Raises LinkError (in a group) where the bench cannot go on."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for child in self._newly_dead():
                    self._being_revived.add(child.name)
                    tasks.create_task(self._attend_to(child))
                await asyncio.sleep(LOOK_EVERY_S)

    def _newly_dead(self) -> list[Child]:
        dead = [child for child in self._children.values() if child.died and child.name not in self._being_revived]
        return [child for child in dead if not (child.name in DAEMONS and self._machine_is_down())]

    async def _attend_to(self, child: Child) -> None:
        if child.name not in REVIVED:
            self._tell(child, "the bench cannot go on without it, and ends")
            raise LinkError(_last_words(child))
        while not await self._is_back(child):
            pass
        self._being_revived.discard(child.name)

    async def _is_back(self, child: Child) -> bool:
        """After a pause: whether it runs, or is another's to start. Raises LinkError where it is given up."""
        pause_s = self._pause_s(child)
        if pause_s is None:
            self._tell(child, f"it ended {len(self._pauses_s) + 1} times in a row: the bench gives it up, and ends")
            raise LinkError(_last_words(child))
        self._tell(child, f"the bench goes on, and starts it again in {pause_s:g} s")
        await asyncio.sleep(pause_s)
        if child.running or (child.name in DAEMONS and self._machine_is_down()):
            return True
        try:
            await child.restart()
        except LinkError as error:
            if child.exit_code is None:  # up to now it hangs, and would hang on
                self._say(str(error))
                await child.kill9()
            return False
        self._say(f"{child.name} is started again")
        self._note(f"{child.name} is started again")
        return True

    def _pause_s(self, child: Child) -> float | None:
        times = 0 if child.lived_s() > WELL_AFTER_S else self._in_a_row.get(child.name, 0)
        self._in_a_row[child.name] = times + 1
        return self._pauses_s[times] if times < len(self._pauses_s) else None

    def _tell(self, child: Child, what_now: str) -> None:
        self._note(f"{child.name} {child.how_it_ended}; {what_now}")
        said = [f"    {line}" for line in child.last_lines(LAST_LINES)] or ["    it said nothing"]
        self._say(
            "\n".join([f"{child.name} {child.how_it_ended}: {what_now}.", "  Its last words:", *said, _cure(child)])
        )

    def _note(self, words: str) -> None:
        self.ended.append(f"{time.strftime('%H:%M:%S', time.gmtime())}  {words}")


def _cure(child: Child) -> str:
    if child.name not in REVIVED:
        return f"  Cure: start the bench again; where it comes again, read {child.log}"
    if child.name in DAEMONS and child.exit_code == Exit.CONFIGURATION:
        return f"  Cure: hubd check-config --{child.name.removeprefix('hubd-')} {child.argv[-1]}"
    return f"  Cure: nothing, where somebody ended it on purpose; else read {child.log}"


def _last_words(child: Child) -> str:
    return f"the bench has ended: {child.name} {child.how_it_ended}. Cure: start it again; its log is {child.log}"
