"""The shell around the last-gasp rules, on a real journal and a fast clock."""

import asyncio
import time
from pathlib import Path

import pytest

from hubd.bench.grid.clock import ClockFile, change
from hubd.model.lane import Lane
from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.phases import Phase
from hubd.store import outages as outage_table
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.capacitor_watch import estimates_f
from hubd.utility.departure import Leaving
from hubd.utility.events import EventName
from hubd.utility.life import LastAlive
from hubd.utility.supply_config import CapacitorTable, ShedTable

from .hub import ENOUGH, FACTOR, WITHIN_S, hub


async def test_a_lock_out_is_one_alert_and_one_restoration_with_one_id_r41_r43(journal: Journal, clock_file: Path):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        began = time.time()
        lost_s = it.supply(False)
        await it.phase(Phase.SENDING)
        (alert,) = await it.messages()
        assert (alert["kind"], alert["claim"], alert["off_for_s"], alert["operations"]) == (
            "outage_alert",
            "alert",
            60.0,
            1,
        )
        assert abs(alert["began"]["earliest"]["unix_s"] - began) < 0.1
        assert it.urged[-1] - lost_s >= 60.0
        await it.head_end_stores()
        await it.phase(Phase.SENT)
        back_s = it.supply(True)
        await it.phase(Phase.NORMAL)
        (restored,) = await it.messages()
        assert (restored["kind"], restored["outage"]) == ("outage_restored", alert["outage"])
        assert restored["lasted_s"] == pytest.approx(back_s - lost_s, abs=3.0)
        assert (restored["alert_sent"], restored["sentinel"], restored["topology"]) == (True, True, "f1/s1/t1/h1")
        assert await journal.read(outage_table.find) is None


async def test_reclosings_are_one_momentary_event_and_no_alert_r41(journal: Journal, clock_file: Path):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        for _ in range(3):
            it.supply(False)
            await it.phase(Phase.RIDING)
            await it.pass_s(4)
            it.supply(True)
            await it.phase(Phase.WATCHING)
        await it.phase(Phase.NORMAL)
        assert await it.messages() == []
        (momentary,) = await it.messages(Lane.EVENT)
        assert (momentary["kind"], momentary["operations"]) == ("outage_momentary", 3)


async def test_a_return_believed_late_still_comes_before_the_alert_that_was_due_after_it_r43(
    journal: Journal, clock_file: Path
):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        lost_s = it.supply(False)
        await it.phase(Phase.RIDING)
        it.supply(True, lost_s + 59.99)
        await it.phase(Phase.NORMAL)
        assert [message["kind"] for message in await it.messages(Lane.EVENT)] == ["outage_momentary"]
        assert await it.messages() == []


async def test_an_alert_that_nobody_stores_is_one_message_sent_three_times_saying_what_is_true_then_r43(
    journal: Journal, clock_file: Path
):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.SENT)
        (alert,) = await it.messages()
        assert (alert["attempt"], alert["off_for_s"], alert["seq"]) == (3, 68.0, 1)
        assert len(it.urged) == 3


@pytest.mark.parametrize("killed_in", [Phase.RIDING, Phase.SENDING])
async def test_a_kill_loses_and_doubles_nothing_r43(journal: Journal, clock_file: Path, killed_in: Phase):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        began = time.time()
        it.supply(False)
        await it.phase(killed_in)
    async with hub(journal, clock_file) as it:
        it.supply(False)
        await it.phase(Phase.SENDING)
        (alert,) = await it.messages()
        await it.head_end_stores()
        it.supply(True)
        await it.phase(Phase.NORMAL)
        (restored,) = await it.messages()
        assert restored["outage"] == alert["outage"]
        for body in (alert, restored):
            assert abs(body["began"]["earliest"]["unix_s"] - began) < 0.2
            assert body["began"]["earliest"] == body["began"]["latest"]


async def test_an_alert_stored_while_the_hub_was_dead_is_not_sent_again_r43(journal: Journal, clock_file: Path):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.SENDING)
    await journal.commit(lambda c: outbox.delete_stored(c, {Lane.ALARM: 1}))
    async with hub(journal, clock_file) as it:
        it.supply(False)
        await it.phase(Phase.SENT)
        it.supply(True)
        await it.phase(Phase.NORMAL)
        assert [message["kind"] for message in await it.messages()] == ["outage_restored"]


@pytest.mark.parametrize("stores", [True, False], ids=["a stored alert", "an alert that nobody stores"])
async def test_a_loss_after_the_alert_is_counted_through_a_kill_r43(journal: Journal, clock_file: Path, stores: bool):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.SENDING)
        if stores:
            await it.head_end_stores()
            await it.phase(Phase.SENT)
        it.supply(True)
        await it.phase(Phase.RESTORING)
        it.supply(False)
        await it.until(lambda: it.outages.state.phase in (Phase.SENT, Phase.SENDING))
        await it.pass_s(2)
    async with hub(journal, clock_file) as it:
        it.supply(False)
        await it.until(lambda: it.outages.state.outage is not None)
        it.supply(True)
        await it.phase(Phase.NORMAL)
        restored = (await it.messages())[-1]
        assert (restored["kind"], restored["operations"]) == ("outage_restored", 2)


async def test_after_a_deep_discharge_the_true_start_is_told_r42(journal: Journal, clock_file: Path):
    began = time.time()
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.RIDING)
    change(clock_file, boot="the next")
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        (restored,) = await it.messages()
        assert abs(restored["began"]["earliest"]["unix_s"] - began) < 0.2
        assert restored["began"]["earliest"] == restored["began"]["latest"]
        assert restored["alert_sent"] is False


async def test_a_loss_that_left_no_word_is_told_as_the_honest_interval_r42(journal: Journal, clock_file: Path):
    alive = Stamp(time.time() - 3_600, TimeTrust.NETWORK)
    last = LastAlive("another boot", alive, in_order=False)
    async with hub(journal, clock_file, last) as it:
        started = time.time()
        it.supply(True)
        await it.phase(Phase.NORMAL)
        (restored,) = await it.messages()
        assert restored["began"]["earliest"]["unix_s"] == pytest.approx(alive.unix_s, abs=0.01)
        assert restored["began"]["latest"]["unix_s"] == pytest.approx(started, abs=0.3)
        assert (restored["failure"], restored["alert_sent"]) == ("energy_before_alert", False)
        assert "lasted_s" not in restored


@pytest.mark.parametrize(
    "last",
    [
        None,
        LastAlive("another boot", Stamp(0.0, TimeTrust.NETWORK), in_order=True),
        LastAlive("bench", Stamp(0.0, TimeTrust.NETWORK), in_order=False),
    ],
    ids=["first start", "told to end", "a crash of the daemon alone"],
)
async def test_a_start_that_has_another_reason_is_no_outage_r42(
    journal: Journal, clock_file: Path, last: LastAlive | None
):
    async with hub(journal, clock_file, last) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        assert it.outages.state.outage is None


async def test_a_step_of_the_wall_clock_moves_no_timer(
    journal: Journal, clock_file: Path, monkeypatch: pytest.MonkeyPatch
):
    real, step_s = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + step_s)
    three_years_s = 3 * 365 * 86_400.0
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        lost_s = it.supply(False)
        await it.phase(Phase.RIDING)
        step_s = three_years_s
        await it.phase(Phase.SENDING)
        assert it.now_s() - lost_s < 75
        (alert,) = await it.messages()
        assert (alert["off_for_s"], alert["since_first_s"]) == (60.0, 60.0)
        step_s = -three_years_s
        back_s = it.supply(True)
        await it.phase(Phase.NORMAL)
        assert 60.0 <= it.now_s() - back_s < 75
        restored = (await it.messages())[-1]
        assert restored["lasted_s"] == pytest.approx(back_s - lost_s, abs=3.0)


async def test_a_clock_that_comes_right_during_the_outage_corrects_its_start(journal: Journal, tmp_path: Path):
    path = tmp_path / "unsynced.json"
    ClockFile(factor=FACTOR).write(path)
    async with hub(journal, path) as it:
        trust = TimeTrust.UNSYNCED
        it.clock.trust = lambda: trust  # type: ignore[method-assign]
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.RIDING)
        trust = TimeTrust.NETWORK
        await it.phase(Phase.SENDING)
        (alert,) = await it.messages()
        assert alert["began"]["earliest"]["trust"] == "network"
        assert alert["began"]["earliest"]["unix_s"] == pytest.approx(alert["at"].unix_s - 60.0, abs=0.01)


async def test_a_hub_that_is_no_sentinel_tells_its_restoration_in_its_turn_r44(journal: Journal, clock_file: Path):
    async with hub(journal, clock_file, sentinel=False, restoration_spread_s=100.0) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.SENDING)
        it.supply(True)
        await it.phase(Phase.NORMAL)
        assert len(await it.messages()) == 1
    async with hub(journal, clock_file, sentinel=False, restoration_spread_s=100.0) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        async with asyncio.timeout(WITHIN_S):
            while len(await it.messages()) < 2:
                await it.pass_s(1)
        alert, restored = await it.messages()
        assert restored["outage"] == alert["outage"]


async def test_a_transformers_hub_says_every_loss_at_once_and_without_spread_r45(journal: Journal, clock_file: Path):
    table = {"hub_class": "transformer", "topology": "f1/s1/t1", "spread_s": 500.0}
    async with hub(journal, clock_file, capacitor=ENOUGH, **table) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        first_s = it.supply(False)
        await it.phase(Phase.RIDING)
        it.supply(True, first_s + 5.0)
        await it.phase(Phase.WATCHING)
        it.supply(False, first_s + 7.0)
        await it.phase(Phase.SENDING)
        (alert,) = await it.messages()
        assert (alert["hub_class"], alert["operations"]) == ("transformer", 2)
        assert alert["detail"]["losses_s"] == [[0.0, 5.0], [7.0]]
        assert alert["detail"]["lasts_s"] > 10
        assert it.now_s() - first_s < 90


async def test_a_capacitor_too_small_for_the_wait_gives_a_provisional_alert_and_the_way_down_r42(
    journal: Journal, clock_file: Path
):
    small = CapacitorTable(capacitance_f=20.0, riding_w=3.0, shed_w=1.5, sending_w=3.5, shutdown_w=2.0)
    async with hub(journal, clock_file, capacitor=small) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        assert it.ended is not None
        with pytest.raises(BaseExceptionGroup) as left:
            async with asyncio.timeout(WITHIN_S):
                await it.ended
        assert left.group_contains(Leaving)
        assert it.departure.due
        (alert,) = await it.messages()
        assert (alert["claim"], alert["failure"]) == ("provisional", "energy_before_confirmed")
        assert alert["off_for_s"] >= 15.0
        assert await journal.read(outage_table.find) is not None


async def test_a_measured_voltage_replaces_what_the_model_reckons_r42(journal: Journal, clock_file: Path):
    async with hub(journal, clock_file, capacitor=ENOUGH) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.RIDING)
        before_s = it.outages.state.down_by_s
        assert before_s is not None
        assert before_s > it.now_s() + 60
        it.outages.measured(2.6)
        await it.until(lambda: it.departure.due)
        assert await it.messages() == []


async def test_losses_show_the_capacitance_and_an_alarm_comes_before_it_is_too_old_r42(
    journal: Journal, clock_file: Path
):
    async with hub(journal, clock_file, capacitor=ENOUGH) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        worn = ENOUGH.as_new().aged(0.9)
        for _ in range(3):
            it.supply(False)
            await it.phase(Phase.RIDING)
            for second in range(0, 31, 10):
                it.outages.measured(worn.voltage_after(1.5, 4.9, float(second)) - 0.01)
                await it.pass_s(10)
            it.supply(True)
            await it.phase(Phase.NORMAL)
        await it.until(lambda: bool(it.told))
        ((name, facts),) = it.told
        assert name is EventName.CAPACITOR_AGED
        assert facts["detail"]["condition"] in ("replace_soon", "too_old")
    assert len(await estimates_f(journal)) == 3


async def test_shedding_does_what_it_can_and_says_what_it_could_not(
    journal: Journal, clock_file: Path, tmp_path: Path
):
    led = tmp_path / "sys/class/leds/ACT"
    led.mkdir(parents=True)
    (led / "trigger").write_text("mmc0")
    (led / "brightness").write_text("1")
    marker = tmp_path / "consumer-stopped"
    shed = ShedTable(
        consumer_stop=["touch", str(marker)],
        radio_2_off=["hubd-no-such-program"],
        leds={"ACT": "mmc0"},
        governor="powersave",
    )
    async with hub(journal, clock_file, sys=tmp_path / "sys", shed=shed) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.until(lambda: "No such file" in it.shedding.report.get("radio 2", ""))
        assert marker.exists()
        report = it.shedding.report
        assert (report["consumer daemon"], report["LEDs"]) == ("done", "done")
        assert "No such file" in report["CPU governor"]
        assert ((led / "trigger").read_text(), (led / "brightness").read_text()) == ("none", "0")
        it.supply(True)
        await it.until(lambda: (led / "trigger").read_text() == "mmc0")
