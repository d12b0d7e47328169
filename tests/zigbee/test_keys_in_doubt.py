"""R6: a key that is believed and worth nothing is found out, told of, and made anew; a meter is never locked out."""

import pytest

from hubd.bench.air.node import Node
from hubd.model.han import DeviceJoined, KeyEstablished, KeyEstablishmentFailed, KeyInDoubt
from hubd.model.secret import Secret
from hubd.zigbee import initiating
from hubd.zigbee.cbke.suite import Suite

from .certified import OURS, issue
from .conftest import INSTALL_CODE, METER, Bench, Secured


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
