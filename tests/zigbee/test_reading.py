"""R19, R30, R33: what meters say of themselves, asked for and reported."""

from dataclasses import replace

import pytest

from hubd.errors import LinkError
from hubd.model.han import Reported
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S, Stamp, TimeTrust
from hubd.model.supply import SupplyState
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork


async def test_registers_demand_and_supply_are_read_with_their_scale(bench):
    bench.meter.attributes[0x0702, 0x0302] = b"\x22\x10\x27\x00"  # divisor 10,000
    async with bench.joined() as network:
        reading = await network.read_metering(bench.meter.ieee)
    assert (reading.import_wh, reading.export_wh, reading.power_w) == (123_456, 100, -25)
    assert reading.supply is SupplyState.ON


async def test_what_the_meter_does_not_have_is_none(bench):
    del bench.meter.attributes[0x0702, 0x0001]
    bench.meter.attributes[0x0702, 0x0014] = b"\x30\xff"
    async with bench.joined() as network:
        reading = await network.read_metering(bench.meter.ieee)
    assert reading.export_wh is None
    assert reading.supply is None


async def test_the_account_is_read(bench):
    async with bench.joined() as network:
        account = await network.read_prepayment(bench.meter.ieee)
    assert (account.balance_e5, account.emergency_credit_e5, account.debt_e5) == (500_000, 100_000, None)


async def test_a_profile_is_read_and_a_refusal_is_told(bench):
    end = 700_000_000

    def profile(meter, frame):
        status = 0 if frame.data[3] == 0 else 2
        payload = end.to_bytes(4, "little") + bytes((status, 2, 2 if not status else 0))
        counts = b"\x7b\x00\x00\xff\xff\xff" if not status else b""
        return [meter.frame(0x0702, bytes((0x19, frame.data[1], 0x00)) + payload + counts)]

    bench.meter.on_command = profile
    async with bench.joined() as network:
        block = await network.read_profile(bench.meter.ieee, 0, 0, 2)
        assert (block.wh, block.interval_s) == ((123, None), 1_800)
        assert block.end_unix_s == end + ZIGBEE_EPOCH_UNIX_S
        with pytest.raises(LinkError, match="not supported"):
            await network.read_profile(bench.meter.ieee, 1, 0, 2)


async def test_a_silent_meter_is_a_link_error(bench):
    async with bench.joined() as network:
        bench.meter.deaf_to = {0x0702}
        with pytest.raises(LinkError, match="did not answer"):
            await network.read_metering(bench.meter.ieee)


async def test_an_answer_under_another_number_is_none(bench):
    async with bench.joined(read_attempts=1, read_timeout_s=0.1) as network:
        right = bench.meter._read

        def wrong(frame):
            answer = right(frame)
            return replace(answer, data=answer.data[:1] + bytes((answer.data[1] ^ 0x80,)) + answer.data[2:])

        bench.meter._read = wrong
        with pytest.raises(LinkError):
            await network.read_prepayment(bench.meter.ieee)


async def test_a_lost_request_is_sent_again(make_bench):
    """R7: 30 % of all transmissions and acknowledgements are lost."""
    bench = make_bench(seed=3)
    async with bench.joined(read_timeout_s=1.0, read_attempts=8) as network:
        bench.virtual.air.conditions.loss = 0.3
        for _ in range(5):
            assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567


async def test_reports_are_told_decoded(bench):
    async with bench.joined():
        bench.send(bench.meter.report(0x0702, 0x0000, b"\x25" + (2_000_000).to_bytes(6, "little")))
        bench.send(bench.meter.report(0x0705, 0x0001, b"\x2b" + (-5).to_bytes(4, "little", signed=True)))
        await bench.until(lambda: len(bench.of(Reported)) == 2)
    energy, account = bench.of(Reported)
    assert energy.reading.import_wh == 2_000_000
    assert energy.reading.export_wh is None
    assert account.prepayment.balance_e5 == -5


async def test_a_frame_that_came_twice_is_one_report(bench):
    async with bench.joined():
        twice = bench.meter.report(0x0702, 0x0000, b"\x25" + (2_000_000).to_bytes(6, "little"))
        bench.send(twice)
        bench.send(twice)
        bench.send(bench.meter.report(0x0702, 0x0000, b"\x25" + (2_000_001).to_bytes(6, "little"), tsn=0x56))
        await bench.until(lambda: bench.of(Reported)[-1:] and bench.of(Reported)[-1].reading.import_wh == 2_000_001)
    assert len(bench.of(Reported)) == 2


async def test_no_value_is_told_before_its_scale_is_known(bench):
    async with bench.joined():
        pass
    bench.meter.deaf_to = {0x0702}
    bench.events.clear()
    async with bench.running(read_timeout_s=0.05) as network:
        bench.send(bench.meter.report(0x0702, 0x0000, b"\x25" + (2_000_000).to_bytes(6, "little")))
        await bench.until(lambda: len(bench.meter.heard_on(0x0702)) >= 3)
        assert not bench.of(Reported)
        bench.meter.deaf_to = set()
        await bench.until(lambda: network._scales.known(bench.meter.ieee))
        bench.send(bench.meter.report(0x0702, 0x0000, b"\x25" + (2_000_001).to_bytes(6, "little"), tsn=2))
        await bench.until(lambda: len(bench.of(Reported)) == 2)
    assert [told.reading.import_wh for told in bench.of(Reported)] == [2_000_000, 2_000_001]


async def test_the_hub_serves_its_time_only_while_it_trusts_it(bench):
    """R21"""
    moment = Stamp(ZIGBEE_EPOCH_UNIX_S + 0x01020304, TimeTrust.NETWORK)
    ask = bytes((0x00, 0x21, 0x00, 0x00, 0x00, 0x01, 0x00, 0x05, 0x00))
    for trust, time, status in ((TimeTrust.NETWORK, b"\x04\x03\x02\x01", 3), (TimeTrust.UNSYNCED, b"\xff" * 4, 1)):
        bench.meter.heard.clear()
        async with bench.joined() as network:
            network._dispatch._stamp = lambda trust=trust: Stamp(moment.unix_s, trust)
            bench.send(bench.meter.frame(0x000A, ask))
            await bench.until(lambda: bench.meter.heard_on(0x000A))
        answer = bench.meter.heard_on(0x000A)[0]
        assert answer.secured
        assert answer.data == b"\x18\x21\x01" + b"\x00\x00\x00\xe2" + time + b"\x01\x00\x00\x18" + bytes(
            (status,)
        ) + (b"\x05\x00\x86")
    assert isinstance(bench.network, SmartEnergyNetwork)
