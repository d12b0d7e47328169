"""Every admission has one end: also where a device is admitted again, or removed, before it has joined (R15)."""

import asyncio
from pathlib import Path

from hubd.model.roles import Role
from hubd.store import commissioning, inbox

from .hub import MortalHub, signed
from .one_meter import ABSENT, ADDRESS, admission, bodies, hub_with, token, trial


def ends(hub: MortalHub, order: str) -> list[tuple[str, str | None]]:
    return [(body["outcome"], body.get("reason")) for body in bodies(hub, "receipt", final=True, order=order)]


async def test_an_admission_repeated_inside_its_window_ends_the_first_in_the_same_transaction_r15(
    tmp_path: Path,
) -> None:
    hub, _ = hub_with(tmp_path, admission(1, devices=(ABSENT,)))
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.visits.guest(ABSENT))
            life.journal.commits_left = 1
            dying = asyncio.ensure_future(life.orders.take(*admission(2, devices=(ABSENT,), window_s=1)))
            await life.journal.died.wait()
            dying.cancel()
        assert ends(hub, "admit-1") == [("failed", "replaced by order admit-2")]
        async with hub.living() as life:
            assert await hub.until(life, lambda: ends(hub, "admit-2"))
            assert len(ends(hub, "admit-1")) == 1
            assert await life.journal.read(inbox.unfinished) == []
    finally:
        hub.coordinator.close()


async def test_the_first_order_waits_for_its_other_devices_and_is_answered_once_r15(tmp_path: Path) -> None:
    hub, _ = hub_with(tmp_path, admission(1, devices=(ADDRESS, ABSENT)))
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: hub.place(ADDRESS) == "vend_test/waiting")
            assert ends(hub, "admit-1") == [], "one of its devices is still to come"
            await life.orders.take(*admission(2, devices=(ABSENT,), window_s=1))
            assert ends(hub, "admit-1") == [("done", None)], "the one that is left is in"
            await life.orders.take(*trial(token(6_700_000)))
            assert await hub.until(life, lambda: life.visits.guest(ADDRESS).way.done and ends(hub, "admit-2"))
            assert len(ends(hub, "admit-1")) == 1
            assert ends(hub, "admit-2")[0][0] == "failed"
    finally:
        hub.coordinator.close()


async def test_a_device_that_is_removed_before_it_joined_ends_its_admission_r15(tmp_path: Path) -> None:
    hub, _ = hub_with(tmp_path, admission(1, devices=(ABSENT,)))
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.visits.guest(ABSENT))
            await life.visits.removed(ABSENT)
            assert ends(hub, "admit-1") == [("failed", "removed before it had joined")]
            assert await life.journal.read(inbox.unfinished) == []
    finally:
        hub.coordinator.close()


async def test_what_was_learnt_of_a_device_before_it_was_admitted_anew_does_not_overwrite_the_new_beginning_r15(
    tmp_path: Path,
) -> None:
    hub, _ = hub_with(tmp_path, admission(1, devices=(ABSENT,), window_s=1))
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.visits.guest(ABSENT) and not hub.undelivered)
            life.journal.holds_up = asyncio.Event()
            held_up = life.journal.holds_up
            assert await hub.until(life, lambda: life.journal.holds_up is None)  # the window's end is to be written
            await life.orders.take(*admission(2, devices=(ABSENT,)))
            held_up.set()
            await life.orders.take(*signed(Role.VENDING, "x", 1, "vend", {"device": ABSENT, "token": "1" * 20}))
            assert await hub.until(life, lambda: life.visits.guest(ABSENT).way.held is None)
            row = await life.journal.read(lambda c: commissioning.find(c, ABSENT))
            assert row.install_code is not None, "the code of the new admission stands"
            assert hub.on_disk(ABSENT)["held"] is None
            assert ends(hub, "admit-2") == []
    finally:
        hub.coordinator.close()


async def test_a_trial_token_under_way_is_sent_though_its_meter_is_admitted_anew_in_that_moment_r13_r15(
    tmp_path: Path,
) -> None:
    hub, meter = hub_with(tmp_path, admission(1), trial(token(6_700_000)))
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: hub.place(ADDRESS) == "vend_test/before")
            held_back = life.journal.holds_back = asyncio.Event()
            assert await hub.until(life, lambda: hub.place(ADDRESS) == "vend_test/sending")
            await life.orders.take(*admission(2))
            held_back.set()
            assert await hub.until(life, lambda: bodies(hub, "receipt", order="trial-1", final=True))
            assert [row["amount_e5"] for row in meter.view()["accepted"]] == [0]
            assert await hub.until(life, lambda: hub.place(ADDRESS) == "vend_test/waiting")
    finally:
        hub.coordinator.close()
