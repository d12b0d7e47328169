"""The consumer daemon between a real FIFO and a real broker (R1, R19, R49)."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from hubd.bench.memory import cpu_s, pss_kb
from hubd.bench.processes import Children
from hubd.feed.frames import Frame, Link, Meter, Prepayment, Reading, Supply, When, encode
from hubd.feed.sender import FeedSender
from hubd.model.stamp import TimeTrust

from .conftest import HUBD, WITHIN_S, Broker, Seen, running, watching

pytestmark = pytest.mark.process

ALIAS = "electricity-1"
AT = When(1_700_000_000, TimeTrust.NETWORK)
METER = Meter(ALIAS, "electricity_meter", "Electricity meter", True)
ANNOUNCED = f"homeassistant/device/hubd_{ALIAS}/config"
HUB_ANNOUNCED = "homeassistant/device/hubd/config"
STATE: list[Frame] = [
    METER,
    Link(ALIAS, True),
    Reading(ALIAS, AT, 5_000, 70, 300),
    Supply(ALIAS, "on", AT),
    Prepayment(ALIAS, AT, "GBP", balance_e5=500_000),
]
SHOWN = {
    "hubd/availability": "online",
    "hubd/feed": "ON",
    f"hubd/{ALIAS}/availability": "online",
    f"hubd/{ALIAS}/balance": "5.00",
    f"hubd/{ALIAS}/connection": "ON",
    f"hubd/{ALIAS}/export": "0.070",
    f"hubd/{ALIAS}/import": "5.000",
    f"hubd/{ALIAS}/measured_at": "2023-11-14T22:13:20+00:00",
    f"hubd/{ALIAS}/power": "300",
    f"hubd/{ALIAS}/supply": "ON",
    f"hubd/{ALIAS}/supply_state": "on",
}


async def told(sender: FeedSender, frames: list[Frame]) -> None:
    """Send until it has been read by somebody."""
    async with asyncio.timeout(WITHIN_S):
        before = sender.counts.sent
        while sender.counts.sent < before + len(frames):
            sender.whole_state(frames)
            await asyncio.sleep(0.005)


async def shown(seen: Seen) -> None:
    await seen.until(lambda: SHOWN.items() <= seen.last.items() and len(announced(seen)) == 8)


def announced(seen: Seen) -> list[str]:
    return list(json.loads(seen.last[ANNOUNCED])["cmps"]) if ANNOUNCED in seen.last else []


async def test_what_the_feed_says_is_announced_and_retained_r49(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    async with running(consumer_toml):
        async with watching(broker.port) as seen:
            await told(sender, STATE)
            await shown(seen)
        async with watching(broker.port) as newcomer:
            await shown(newcomer)
            assert set(newcomer.last) == {*SHOWN, ANNOUNCED, HUB_ANNOUNCED}
    async with watching(broker.port) as after_the_end:
        await after_the_end.value("hubd/availability", "offline")


async def test_a_new_meter_is_announced_once_with_all_that_it_has(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    async with running(consumer_toml), watching(broker.port) as seen:
        await seen.value("hubd/availability", "online")
        await told(sender, STATE)
        await shown(seen)
        assert len(seen.all_of(ANNOUNCED)) == 1


async def test_no_zero_is_ever_published_that_was_not_read_r19(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    async with watching(broker.port) as seen:
        async with running(consumer_toml):
            await told(sender, [METER, Link(ALIAS, True), Reading(ALIAS, AT, power_w=300)])
            await seen.value(f"hubd/{ALIAS}/power", "300")
            await told(sender, STATE)
            await shown(seen)
        async with running(consumer_toml):
            await seen.until(lambda: seen.all_of("hubd/availability")[-2:] == ["offline", "online"])
            await told(sender, [METER, Link(ALIAS, True), Reading(ALIAS, AT, 5_001)])
            await seen.value(f"hubd/{ALIAS}/import", "5.001")
        assert seen.all_of(f"hubd/{ALIAS}/import") == ["5.000", "5.001"]
        assert seen.all_of(f"hubd/{ALIAS}/export") == ["0.070"]


async def test_a_register_that_falls_is_not_passed_on_even_after_a_restart_r19(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    async with watching(broker.port) as seen:
        async with running(consumer_toml):
            await told(sender, STATE)
            await shown(seen)
            sender.send(Reading(ALIAS, AT, 0, 0, 301))
            await seen.value(f"hubd/{ALIAS}/power", "301")
        async with running(consumer_toml):
            await told(sender, [METER, Link(ALIAS, True), Reading(ALIAS, AT, 17, 0, 302)])
            await seen.value(f"hubd/{ALIAS}/power", "302")
        assert seen.all_of(f"hubd/{ALIAS}/import") == ["5.000"]
        assert seen.all_of(f"hubd/{ALIAS}/export") == ["0.070"]


async def test_a_restart_announces_what_was_there_and_calls_it_unavailable_until_it_is_heard_of(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    async with running(consumer_toml), watching(broker.port) as seen:
        await told(sender, STATE)
        await shown(seen)
    assert broker.child is not None
    await broker.child.kill9()
    await broker.child.restart()
    async with running(consumer_toml), watching(broker.port) as seen:
        await seen.value("hubd/availability", "online")
        assert len(announced(seen)) == 8
        assert seen.last[f"hubd/{ALIAS}/availability"] == "offline"
        assert f"hubd/{ALIAS}/import" not in seen.last
        await told(sender, STATE)
        await shown(seen)


async def test_a_broker_that_lost_its_memory_is_told_everything_again_and_warned_of_once(
    consumer_toml: Path, broker: Broker, sender: FeedSender, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(consumer_toml):
        async with watching(broker.port) as seen:
            await told(sender, STATE)
            await shown(seen)
        assert broker.child is not None
        await broker.child.kill9()
        await asyncio.sleep(0.09)
        sender.send(Reading(ALIAS, AT, 5_002))
        await broker.child.restart()
        async with watching(broker.port) as seen:
            await seen.value(f"hubd/{ALIAS}/import", "5.002")
            await seen.value("hubd/availability", "online")
            assert len(announced(seen)) == 8
    assert [r.levelname for r in caplog.records if r.name.startswith("hubd")].count("WARNING") == 1


async def test_home_assistants_birth_is_answered_with_everything(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    async with running(consumer_toml), watching(broker.port) as seen:
        await told(sender, STATE)
        await shown(seen)
        before = len(seen.history)
        await seen.say("homeassistant/status", "offline")
        await seen.say("homeassistant/status", "online")
        await seen.until(lambda: ("hubd/availability", "online") in seen.history[before:])
        said = [topic for topic, _ in seen.history[before:] if topic != "homeassistant/status"]
        assert said[0] == HUB_ANNOUNCED
        assert set(said) == {*SHOWN, ANNOUNCED, HUB_ANNOUNCED}
        assert len(said) == len(set(said))


async def test_a_birth_that_the_broker_only_retains_asks_for_nothing(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    async with watching(broker.port) as seen:
        await seen.say("homeassistant/status", "online", retain=True)
        async with running(consumer_toml):
            await seen.value("hubd/availability", "online")
            await asyncio.sleep(0.05)
            assert seen.all_of(HUB_ANNOUNCED) == seen.all_of(HUB_ANNOUNCED)[:1]


async def test_a_wrong_password_is_an_outage_with_a_reason_that_keeps_the_secret_r4(
    tmp_path: Path, children: Children, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "empty").write_text("")
    closed = Broker(tmp_path, children, "allow_anonymous false", f"password_file {tmp_path / 'empty'}")
    await closed.start()
    (tmp_path / "password").write_text("swordfish\n")
    (tmp_path / "password").chmod(0o600)
    FeedSender(tmp_path / "feed")
    path = tmp_path / "consumer.toml"
    path.write_text(
        f'state = "state"\n[feed]\nfifo = "feed"\n[home_assistant]\nhost = "127.0.0.1"\nport = {closed.port}\n'
        'username = "hubd"\npassword_file = "password"\n'
    )
    async with running(path):
        async with asyncio.timeout(WITHIN_S):
            while "away" not in caplog.text:
                await asyncio.sleep(0.005)
    assert "uthori" in caplog.text
    assert "swordfish" not in caplog.text


async def test_hostile_lines_change_nothing_and_good_ones_among_them_pass_r1(
    consumer_toml: Path, broker: Broker, sender: FeedSender
) -> None:
    hostile = [
        b"\x00" * 5_000,
        b'{"frame":"link","alias":"electricity-1/../#","reachable":true}',
        b'{"frame":"reading","alias":"electricity-1","measured_at":{"unix_s":1,"trust":"network"},"import_wh":1e99}',
        b'{"frame":"token","alias":"electricity-1","token":"59386323472137426967"}',
        b"[" * 4_000,
        b"\xff\xfe",
    ]
    async with running(consumer_toml), watching(broker.port) as seen:
        await told(sender, STATE)
        await shown(seen)
        writer = os.open(sender._fifo, os.O_WRONLY | os.O_NONBLOCK)
        for line in hostile:
            os.write(writer, line + b"\n")
        for number in range(2, 200):
            os.write(writer, encode(Link(f"gas-{number}", True)))
        os.write(writer, encode(Reading(ALIAS, AT, 5_003)))
        os.close(writer)
        await seen.value(f"hubd/{ALIAS}/import", "5.003")
        assert {topic for topic in seen.last if ALIAS in topic} == {*(t for t in SHOWN if ALIAS in t), ANNOUNCED}
        assert "5938" not in json.dumps(seen.history)


async def test_killed_at_any_time_the_process_comes_back_and_its_last_will_speaks_for_it(
    tmp_path: Path, consumer_toml: Path, broker: Broker, sender: FeedSender, children: Children
) -> None:
    """The real command: its last will on kill -9, its memory (at most 45 MB), its end on SIGTERM."""
    argv = [str(HUBD), "consumer", "--config", str(consumer_toml)]
    child = await children.start("consumer", argv, tmp_path / "consumer.log")
    async with watching(broker.port) as seen:
        await seen.value("hubd/availability", "online")
        await told(sender, STATE)
        await shown(seen)
        assert pss_kb(child.pid) <= 45_000
        idle_s = cpu_s(child.pid)
        await child.kill9()
        await seen.value("hubd/availability", "offline")
        await child.restart()
        await seen.value("hubd/availability", "online")
        await told(sender, [METER, Link(ALIAS, True), Reading(ALIAS, AT, 5_004)])
        await seen.value(f"hubd/{ALIAS}/import", "5.004")
        assert seen.all_of(f"hubd/{ALIAS}/import") == ["5.000", "5.004"]
        await child.stop()
        assert await child.wait() == 0
        await seen.value("hubd/availability", "offline")
        assert idle_s < 5
