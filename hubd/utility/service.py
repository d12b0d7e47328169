"""The utility daemon as a service: its folder held, its journal open, and both left in order at the end."""

import asyncio
import contextlib

from hubd import state_folder
from hubd.store.journal import Journal
from hubd.store.reserve import RESERVE_BYTES
from hubd.utility import private_state
from hubd.utility.clock import HubClock
from hubd.utility.config import UtilityConfig
from hubd.utility.daemon import UtilityDaemon
from hubd.utility.departure import live
from hubd.wan import role_keys


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
