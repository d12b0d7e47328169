"""The head-end's listener under the story's clock, where that does not run as the machine's: the real service, told
another time. (Where it does, the fleet has `hubctl head listen`.)
"""

import asyncio
import signal
import sys
from pathlib import Path

from hubd.bench.fleet.clock import StoryClock
from hubd.headend.happenings import Connected, Happening
from hubd.headend.home import Home
from hubd.headend.service import Service


async def listen(home: Home, clock: StoryClock) -> None:
    """Until told to end."""

    def tell(happening: Happening) -> None:
        if isinstance(happening, Connected):
            print('{"happened":"connected"}', flush=True)

    service = Service(home, home.config(), tell, clock.now_s)
    task = asyncio.ensure_future(service.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.gather(task, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(listen(Home(Path(sys.argv[1])), StoryClock(float(sys.argv[2]), float(sys.argv[3]))))
