"""Commissioning on the real journal and radio stack: every death between two commits, a token for another meter, gas
first (R13, R14, R15, R16).
"""

from pathlib import Path

import pytest

from hubd.model.identity import parse_eui64
from hubd.model.roles import Role
from hubd.store import commissioning
from hubd.zigbee.cbke.suite import Suite

from .hub import FOREVER, signed
from .one_meter import ADDRESS, CODE, OTHER_PAN, admission, bodies, hub_with, token, trial


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("suite", [None, Suite.ONE], ids=["install code", "certificates"])
async def test_a_visit_outlives_a_death_after_each_commit_and_its_token_counts_once_r13_r14(
    tmp_path: Path, suite: Suite | None
) -> None:
    digits = token(6_700_000)
    hub, meter = hub_with(tmp_path, admission(), trial(digits), suite=suite)
    died_at: list[str] = []
    try:
        while not died_at or not died_at[-1].startswith("done"):
            got_nowhere = died_at[-1:] == died_at[-2:-1] != []
            commits = FOREVER if got_nowhere else 1
            async with hub.living(commits, lambda: hub.place(ADDRESS) not in died_at) as life:
                await hub.until(life, lambda: (g := life.visits.guest(ADDRESS)) and g.way.done)
            died_at.append(hub.place(ADDRESS))
            assert len(died_at) < 40
    finally:
        hub.coordinator.close()
    print("\n".join(died_at))
    assert died_at[-1].startswith("done")
    for place in ("join", "interview", "first_reading", "vend_test/before", "vend_test/sending", "vend_test/after"):
        assert any(place in each for each in died_at), place
    assert [row["amount_e5"] for row in meter.view()["accepted"]] == [0]  # type: ignore[attr-defined]
    assert [r["outcome"] for r in bodies(hub, "receipt", final=True, command="admit")] == ["done"]
    assert [r["outcome"] for r in bodies(hub, "receipt", final=True, command="vend")] == ["accepted"]
    assert len(bodies(hub, "event", name="commissioned")) == 1
    (statement,) = bodies(hub, "statement")
    assert (statement["complete"], statement["equipment"][1]["supplier"]) == (True, "Northern")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite*"))
    assert CODE.encode() not in kept, "the install code is erased"
    assert digits.encode() not in kept, "the token is erased"


async def test_a_trial_token_for_another_meter_is_refused_by_the_meter_and_reported_and_nothing_is_done_r13_r31(
    tmp_path: Path,
) -> None:
    hub, meter = hub_with(tmp_path, admission(), trial(token(6_700_000, pan=OTHER_PAN)))
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: (g := life.visits.guest(ADDRESS)) and g.way.held)
            way = life.visits.guest(ADDRESS).way
            assert (str(way.step), str(way.held.why)) == ("vend_test", "trial_rejected")
            assert not await life.journal.read(lambda c: commissioning.vend_test_passed(c, ADDRESS))
            assert meter.view()["accepted"] == []
            assert 499_000 < int(str(meter.view()["balance_e5"])) <= 500_000
            (held,) = bodies(hub, "event", name="commissioning_held")
            assert held["reason"] == "trial_rejected"
            assert "hubctl head trial" in held["detail"]["cure"] or "new trial token" in held["detail"]["cure"]
            assert bodies(hub, "statement") == []
            await life.orders.take(*trial(token(6_700_001), 2))
            assert await hub.until(life, lambda: life.visits.guest(ADDRESS).way.done)
            assert await life.journal.read(lambda c: commissioning.vend_test_passed(c, ADDRESS))
    finally:
        hub.coordinator.close()


async def test_a_token_that_carries_money_is_no_trial_r13(tmp_path: Path) -> None:
    hub, _ = hub_with(tmp_path, admission(), trial(token(6_700_000, amount_e5=100_000)))
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: (g := life.visits.guest(ADDRESS)) and g.way.held)
            assert str(life.visits.guest(ADDRESS).way.held.why) == "balance_moved"
            assert not await life.journal.read(lambda c: commissioning.vend_test_passed(c, ADDRESS))
    finally:
        hub.coordinator.close()


async def test_a_window_that_ends_erases_the_code_and_answers_the_order_r15(tmp_path: Path) -> None:
    hub, _ = hub_with(tmp_path)
    other = parse_eui64("00:0d:6f:00:0a:90:69:ee")
    device = {"device": other, "kind": "electricity_meter", "install_code": CODE}
    order = signed(Role.SECURITY_CENTRE, "a-1", 1, "admit", {"devices": [device], "window_s": 1})
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.network.radio.state == "up")
            await life.orders.take(*order)
            assert await hub.until(life, lambda: (g := life.visits.guest(other)) and g.way.held)
            assert str(life.visits.guest(other).way.held.why) == "window_over"
            row = await life.journal.read(lambda c: commissioning.find(c, other))
            assert row.install_code is None
            (receipt,) = bodies(hub, "receipt", order="a-1")
            assert (receipt["outcome"], receipt["final"]) == ("failed", True)
            assert "joining window was over" in receipt["reason"]
    finally:
        hub.coordinator.close()


@pytest.mark.parametrize("trial_first", [False, True])
async def test_a_trial_for_a_meter_that_no_visit_has_named_is_refused_r13_r31(
    tmp_path: Path, trial_first: bool
) -> None:
    orders = (trial(token(6_700_000)), admission()) if trial_first else (admission(), trial(token(6_700_000)))
    hub, _ = hub_with(tmp_path, *orders)
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: bodies(hub, "receipt", order="trial-1"))
            outcome = bodies(hub, "receipt", order="trial-1")[0]["outcome"]
            assert outcome == ("refused" if trial_first else "accepted")
    finally:
        hub.coordinator.close()


async def test_a_way_that_another_version_wrote_does_not_keep_the_daemon_from_starting(tmp_path: Path) -> None:
    hub, _ = hub_with(tmp_path, admission())
    try:
        async with hub.living(1) as life:
            await hub.until(life, lambda: False)
        async with hub.living() as life:
            await life.journal.commit(lambda c: commissioning.save(c, ADDRESS, b'{"kind": "spaceship"}'))
        hub.undelivered.append(admission(2))
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.visits.guest(ADDRESS))
    finally:
        hub.coordinator.close()
