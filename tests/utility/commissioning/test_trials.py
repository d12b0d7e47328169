"""Trial tokens that come together: one at a time, each under its own order, each order with one end (R13, R30)."""

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from hubd.model.roles import Role
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import commissioning, inbox
from hubd.utility.commissioning import saved
from hubd.utility.commissioning.trial import Balance, Phase, Trial

from .hub import MortalHub
from .one_meter import ADDRESS, admission, bodies, hub_with, token, trial

AT = Stamp(1_795_348_800.0, TimeTrust.NETWORK)


def ends(hub: MortalHub) -> dict[str, list[str]]:
    """The outcomes of the final receipts, by order."""
    said: dict[str, list[str]] = {}
    for body in bodies(hub, "receipt", final=True, command="vend"):
        said.setdefault(body["order"], []).append(body["outcome"])
    return said


async def test_of_two_trial_tokens_in_one_batch_the_first_is_sent_and_the_second_refused_r13(tmp_path: Path) -> None:
    first, second = token(6_700_000), token(6_700_001)
    hub, meter = hub_with(tmp_path, admission())
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: hub.place(ADDRESS) == "vend_test/waiting")
            await life.orders.take(*trial(first, 1))
            await life.orders.take(*trial(second, 2))
            assert await hub.until(life, lambda: life.visits.guest(ADDRESS).way.done and ends(hub).get("trial-1"))
            assert ends(hub) == {"trial-1": ["accepted"], "trial-2": ["refused"]}
            (refusal,) = bodies(hub, "receipt", order="trial-2")
            assert refusal["reason"].startswith("trial_under_way")
            assert [row["tid"] for row in meter.view()["accepted"]] == [6_700_000]
            assert [row.jti for row in await life.journal.read(inbox.unfinished)] == []
    finally:
        hub.coordinator.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite*"))
    assert first.encode() not in kept
    assert second.encode() not in kept


async def test_an_order_whose_token_another_replaced_has_its_end_and_the_token_goes_under_its_own_r13_r31(
    tmp_path: Path,
) -> None:
    """So an earlier hub may have left it: two tokens taken, one kept."""
    first, second = token(6_700_000), token(6_700_001)
    hub, meter = hub_with(tmp_path, admission(), trial(first, 1))
    try:
        async with hub.living(
            dies_when=lambda: hub.on_disk(ADDRESS).get("trial", {}).get("order") == "trial-1"
        ) as life:
            await hub.until(life, lambda: False)
        with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite")) as journal, journal:
            inbox.add(journal, "trial-2", "vending-1", Role.VENDING, "vend", b"", b"{}", AT)
            commissioning.trial_ordered(journal, ADDRESS, "trial-2", Secret(second))
        async with hub.living() as life:
            assert await hub.until(life, lambda: (g := life.visits.guest(ADDRESS)) and g.way.done)
            assert ends(hub) == {"trial-1": ["refused"], "trial-2": ["accepted"]}
            assert [row["tid"] for row in meter.view()["accepted"]] == [6_700_001]
            assert await life.journal.read(inbox.unfinished) == []
    finally:
        hub.coordinator.close()


async def test_a_test_whose_token_is_nowhere_waits_for_a_new_one_and_not_for_ever_r13(tmp_path: Path) -> None:
    hub, _ = hub_with(tmp_path, admission())
    try:
        async with hub.living(dies_when=lambda: hub.place(ADDRESS) == "vend_test/waiting") as life:
            await hub.until(life, lambda: False)
        with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite")) as journal, journal:
            way = saved.decode(commissioning.find(journal, ADDRESS).state)
            sending = replace(way, trial=Trial(Phase.SENDING, "ghost", Balance(1, 1)))
            commissioning.save(journal, ADDRESS, saved.encode(sending))
        async with hub.living() as life:
            assert await hub.until(life, lambda: (g := life.visits.guest(ADDRESS)) and g.way.held)
            assert str(life.visits.guest(ADDRESS).way.held.why) == "trial_token_missing"
            await life.orders.take(*trial(token(6_700_000)))
            assert await hub.until(life, lambda: (g := life.visits.guest(ADDRESS)) and g.way.done)
    finally:
        hub.coordinator.close()
