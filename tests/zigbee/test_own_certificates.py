"""R4, R6: the hub's own certificate is proven at the start; what is wrong with it is told as the hub's own fault."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from hubd.model.han import DeviceJoined, KeyEstablishmentFailed, OwnCertificateUnusable
from hubd.model.secret import Secret
from hubd.zigbee import initiating
from hubd.zigbee.cbke import certificate_text
from hubd.zigbee.cbke.suite import Suite

from .certified import COORDINATOR, OURS, issue
from .conftest import INSTALL_CODE, METER, Bench, Secured


def with_anothers_private_key(bench: Bench) -> Path:
    """The hub's file, its third line from another issue."""
    file = bench.config.certificates[0]
    mine, other = issue(OURS[Suite.ONE], COORDINATOR), issue(OURS[Suite.ONE], COORDINATOR)
    file.write_text(certificate_text.write(mine).replace(_private(mine), _private(other)))
    return file


def _private(credentials) -> str:
    return credentials.private.reveal().to_bytes(credentials.suite.curve.octets, "big").hex()


async def test_a_private_key_that_does_not_fit_is_told_at_the_start_r6(secured: Secured):
    bench = secured(None)
    file = with_anothers_private_key(bench)
    async with bench.running() as network:
        await bench.until(lambda: bench.of(OwnCertificateUnusable))
        (told,) = bench.of(OwnCertificateUnusable)
        assert str(file) in told.reason
        assert "does not fit" in told.reason
        assert "Cure" in told.reason
        assert network.radio.state == "up", "keys that stand are good all the same"


async def test_a_device_that_comes_hears_nothing_and_the_reason_is_the_hub_s_own_r6(
    secured: Secured, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(initiating, "LET_IT_BEGIN_S", 0.05)
    bench = secured(issue(OURS[Suite.ONE], METER))
    file = with_anothers_private_key(bench)
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: len(bench.of(KeyEstablishmentFailed)) >= 2)
        for told in bench.of(KeyEstablishmentFailed):
            assert (told.device, told.retry_in_s) == (METER, None)
            assert "the hub's own certificate" in told.reason
            assert str(file) in told.reason
        assert "the hub's own certificate" in network.renew_key(METER)
        assert len(bench.of(OwnCertificateUnusable)) == 1
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_a_key_that_stands_outlives_a_certificate_that_was_spoilt_r6(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER))
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
    with_anothers_private_key(bench)
    bench.config = replace(bench.config)
    async with bench.running() as network:
        await bench.until(lambda: bench.of(OwnCertificateUnusable))
        assert (await network.read_metering(METER)).import_wh == 1_234_567
