"""R6: a key that is believed and worth nothing is found out, told of, and made anew; a meter is never locked out."""

import asyncio
import contextlib
import dataclasses
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubd.bench.air.node import Node
from hubd.errors import LinkError
from hubd.model.han import DeviceJoined, KeyEstablished, KeyEstablishmentFailed, KeyInDoubt, Reported
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.topup import NoAnswer, TopUpAnswer
from hubd.zigbee import established_keys, initiating
from hubd.zigbee.cbke import initiator
from hubd.zigbee.cbke.exchange import Retry
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

from .certified import COORDINATOR, OURS, issue
from .conftest import INSTALL_CODE, METER, METERING, Bench, Secured, le


@pytest.fixture
async def keyed(secured: Secured) -> Bench:
    """A meter that made its key in an earlier life of the hub, and begins nothing by itself any more."""
    bench = secured(issue(OURS[Suite.ONE], METER))
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
    bench.events.clear()
    return bench


def radio_forgets(bench: Bench, node: Node) -> None:
    bench.virtual.coordinator.trust.forget(node.octets)


def radio_forgets_the_key(bench: Bench, node: Node) -> None:
    bench.virtual.coordinator.trust.remove_link_key(node.octets)


def radio_holds_another(bench: Bench, node: Node) -> None:
    bench.virtual.coordinator.trust.set_link_key(node.octets, Secret(bytes(16)))


@pytest.mark.parametrize(
    ("loses", "reason"),
    [
        (radio_forgets, "no key"),
        (radio_forgets_the_key, "no key"),
        (radio_holds_another, "another key"),
    ],
)
async def test_a_radio_without_the_key_is_found_out_at_the_start_r6(keyed: Bench, monkeypatch, loses, reason):
    monkeypatch.setattr(initiating, "LET_IT_BEGIN_S", 0.05)
    loses(keyed, keyed.node())
    async with keyed.running() as network:
        assert not network.may_speak(METER) or keyed.of(KeyEstablished)
        await keyed.until(lambda: keyed.of(KeyEstablished))
        assert (await network.read_metering(METER)).import_wh == 1_234_567
    (doubt,) = keyed.of(KeyInDoubt)
    assert doubt.device == METER
    assert reason in doubt.reason


async def test_a_radio_that_does_not_tell_its_keys_is_believed_r6(keyed: Bench):
    """As one that has none would not be: the commands are optional in firmware."""
    keyed.virtual.coordinator._handlers.pop((0x05, 0x25))
    async with keyed.running() as network:
        assert (await network.read_metering(METER)).import_wh == 1_234_567
        assert not keyed.of(KeyEstablished)
        assert not keyed.of(KeyInDoubt)


async def test_a_radio_that_takes_a_key_and_holds_none_is_found_out_at_once_r6(secured: Secured, monkeypatch):
    bench = secured(issue(OURS[Suite.ONE], METER))
    monkeypatch.setattr(bench.virtual.coordinator.trust, "link_key", lambda octets: None)
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(KeyEstablishmentFailed))
        assert "holds none" in bench.of(KeyEstablishmentFailed)[0].reason
        assert not network.may_speak(METER)


def begins_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The meter answers when it is asked for a key, and asks for none itself."""
    monkeypatch.setattr(bench.node().key_maker, "on_time", lambda unix_s: [])


def loses_its_key(bench: Bench) -> None:
    """As a meter does that was reset, or never heard the last word of the exchange."""
    node = bench.node()
    node.key_maker.key, node.link_key = None, node.install_code_key


async def test_a_hub_killed_before_its_last_word_comes_to_another_key_by_itself_r6(secured: Secured, monkeypatch):
    """The radio holds the key and the disk says so; the meter, which was never told, does not begin again."""
    bench = secured(issue(OURS[Suite.ONE], METER))
    written, over, replace = threading.Event(), threading.Event(), established_keys._replace

    def replace_and_die(path: Path, octets: bytes) -> None:
        replace(path, octets)
        written.set()
        over.wait(30.0)

    with monkeypatch.context() as dying:
        dying.setattr(established_keys, "_replace", replace_and_die)
        async with bench.running(), release(over):
            await bench.network.admit(METER, Secret(INSTALL_CODE), 60)
            await bench.until(written.is_set)
    bench.node().key_maker.joined(Eui64(COORDINATOR), time.time())  # its exchange is over, and nothing came of it
    begins_nothing(bench, monkeypatch)
    bench.events.clear()
    async with bench.running(read_timeout_s=0.05) as network:
        assert network.may_speak(METER), "as far as the disk and the radio know"
        await bench.until(lambda: bench.of(KeyEstablished))
        assert (await network.read_metering(METER)).import_wh == 1_234_567
    assert "under the network key, and not under its link key" in bench.of(KeyInDoubt)[0].reason


@contextlib.asynccontextmanager
async def release(event: threading.Event) -> AsyncIterator[None]:
    try:
        yield
    finally:
        event.set()


async def test_a_meter_that_lost_its_key_is_found_out_by_its_silence_and_takes_its_token_r6(
    keyed: Bench, monkeypatch
):
    begins_nothing(keyed, monkeypatch)
    async with keyed.running(read_timeout_s=0.05) as network:
        await keyed.until(lambda: network._scales.known(METER))
        loses_its_key(keyed)
        for _ in range(2):
            assert isinstance(await network.top_up(METER, Secret("73943333457189043313")), NoAnswer)
        await keyed.until(lambda: keyed.of(KeyEstablished))
        keyed.meter.on_command = lambda meter, frame: [meter.top_up_response(frame.data[1])]
        assert isinstance(await network.top_up(METER, Secret("73943333457189043313")), TopUpAnswer)
        assert len(keyed.of(KeyInDoubt)) == 1


async def test_a_meter_that_is_off_is_in_no_doubt_r6(keyed: Bench):
    async with keyed.running(read_timeout_s=0.02) as network:
        await keyed.until(lambda: network._scales.known(METER))
        keyed.virtual.air.power(keyed.node(), False)
        for _ in range(4):
            with pytest.raises(LinkError, match="did not answer"):
                await network.read_metering(METER)
        await keyed.until(lambda: f"whether {METER} hears" not in {task.get_name() for task in asyncio.all_tasks()})
        assert not keyed.of(KeyInDoubt)
        keyed.virtual.air.power(keyed.node(), True)
        assert (await network.read_metering(METER)).import_wh == 1_234_567


async def test_a_meter_whose_frames_come_without_security_makes_another_key_r6(keyed: Bench, monkeypatch):
    begins_nothing(keyed, monkeypatch)
    async with keyed.running() as network:
        await keyed.until(lambda: network._scales.known(METER))
        for tsn in (1, 2):
            keyed.send(keyed.meter.report(METERING, 0x0000, b"\x25" + le(5, 6), tsn=tsn, secured=False))
        await keyed.until(lambda: keyed.of(KeyEstablished))
    assert "without APS security" in keyed.of(KeyInDoubt)[0].reason
    assert not keyed.of(Reported)


async def test_who_only_forges_frames_in_a_meter_s_name_takes_no_key_away_r6(keyed: Bench, monkeypatch):
    """The meter itself does not go along with the exchange: the key that stands goes on to stand."""
    monkeypatch.setattr(initiator, "INITIATE_TIMEOUT_S", 0.05)
    monkeypatch.setattr(initiator, "ATTEMPTS", 1)
    keyed.node().key_maker = None
    async with keyed.running() as network:
        for tsn in range(8):
            keyed.send(keyed.meter.report(METERING, 0x0000, b"\x25" + le(5, 6), tsn=tsn, secured=False))
        await keyed.until(lambda: keyed.of(KeyEstablishmentFailed))
        assert keyed.of(KeyEstablishmentFailed)[0].retry_in_s is None, "one exchange, not one after another"
        assert len(keyed.of(KeyInDoubt)) == 1
        assert network.may_speak(METER)
        assert (await network.read_metering(METER)).import_wh == 1_234_567


async def test_a_radio_that_spoils_the_old_key_over_a_new_one_is_not_believed_any_more_r6(keyed: Bench, monkeypatch):
    """The new one was refused, and the old one is gone: nothing may rest on either."""
    trust, node = keyed.virtual.coordinator.trust, keyed.node()
    take = trust.set_link_key
    begins_nothing(keyed, monkeypatch)
    async with keyed.running() as network:
        await keyed.until(lambda: network._scales.known(METER))
        with monkeypatch.context() as spoilt:
            spoilt.setattr(trust, "set_link_key", lambda octets, key: take(octets, Secret(bytes(16))))
            network.renew_key(METER)
            await keyed.until(lambda: keyed.of(KeyEstablishmentFailed))
            assert "holds another" in keyed.of(KeyEstablishmentFailed)[0].reason
            await keyed.until(lambda: keyed.of(KeyInDoubt))
            assert not network.may_speak(METER)
        network.renew_key(METER)
        await keyed.until(lambda: keyed.of(KeyEstablished))
        assert trust.link_key(node.octets) == node.link_key.reveal() != bytes(16)


async def test_a_device_that_is_removed_in_the_middle_of_its_exchange_gets_no_key_r15(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER))
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: under_way(network))
        await network.remove(METER)
        assert not under_way(network)
        await bench.until(lambda: not bench.node().joined)
        assert not bench.of(KeyEstablished)
        assert bench.virtual.coordinator.trust.link_key(bench.node().octets) is None
        assert METER not in network._keys


def under_way(network: SmartEnergyNetwork) -> bool:
    state = network._establishing._state
    return state is not None and state.exchange is not None


async def test_a_key_is_renewed_soon_though_another_device_s_attempt_is_waited_for_r6(keyed: Bench, monkeypatch):
    """The one exchange that there is was about to be tried again with somebody else: a matter of seconds."""
    monkeypatch.setattr(initiating, "BUSY_AGAIN_S", 0.05)
    other = Eui64("00:0d:6f:00:0a:90:69:e8")
    async with keyed.running() as network:
        await keyed.until(lambda: network._scales.known(METER))
        establishing = network._establishing
        last = Retry(other, Suite.ONE, initiator.ATTEMPTS, time.monotonic() + 0.3)
        establishing._state = dataclasses.replace(await establishing._ready(), retry=last)
        assert network.renew_key(METER) is None
        await keyed.until(lambda: METER in [event.device for event in keyed.of(KeyEstablished)])
