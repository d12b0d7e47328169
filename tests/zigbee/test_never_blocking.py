"""The room never blocks the event loop: not at the start, not while vending, not through a loss."""

from blockbuster import blockbuster_ctx

from hubd.model.han import RadioUp
from hubd.model.secret import Secret


async def test_a_life_of_the_network_without_a_blocking_call(bench):
    with blockbuster_ctx("hubd.zigbee"):
        async with bench.joined() as network:
            await network.read_metering(bench.meter.ieee)
            await network.top_up(bench.meter.ieee, Secret("73943333457189043313"))
            bench.events.clear()
            bench.virtual.coordinator.reset(2)
            await bench.until(lambda: bench.of(RadioUp))
