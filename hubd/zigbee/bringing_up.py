"""One life of the radio from nothing: the application built, its network resumed or formed, its duties begun."""

import asyncio

from hubd.model.identity import Eui64
from hubd.zigbee.door import Door
from hubd.zigbee.establishing import Establishing
from hubd.zigbee.formation import resume_or_form
from hubd.zigbee.network_identity import IdentityLedger
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_application import SmartEnergyApplication
from hubd.zigbee.zigpy_config import zigpy_config


async def build(config: RadioConfig) -> SmartEnergyApplication:
    """The application, with the devices that it remembers. Cancelled in between, it is finished first and then ended:
    zigpy opens its database early, and the thread of one that is left behind keeps the process from ending.
    """
    for_zigpy = await asyncio.to_thread(zigpy_config, config)
    task = asyncio.ensure_future(SmartEnergyApplication.new(for_zigpy, start_radio=False))
    try:
        app = await asyncio.shield(task)
    except asyncio.CancelledError:
        await (await task).shutdown()
        raise
    assert isinstance(app, SmartEnergyApplication)
    return app


async def bring_up(
    app: SmartEnergyApplication, config: RadioConfig, ledger: IdentityLedger, establishing: Establishing, door: Door
) -> None:
    """The network runs when this returns, and only devices that are expected join. Raises ForeignRadioError where the
    radio is another network's, TimeoutError, and whatever zigpy raises.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(config.start_timeout_s) as limit:
        await app.connect()
        await resume_or_form(
            app, config.channel, ledger, lambda: limit.reschedule(loop.time() + config.form_timeout_s)
        )
        await app.initialize(auto_form=False)
        app.watch_for_resets()
        app.mend_routes()
        app.watch_for_newcomers()
        await establishing.look_over(app, coordinator_of(app))
        await app.take_install_codes_only()
        await door.radio_is_up(app)


def coordinator_of(app: SmartEnergyApplication) -> Eui64:
    """The radio's own address."""
    return Eui64(str(app.state.node_info.ieee))
