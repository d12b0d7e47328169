"""No meter is put into prepayment before it has passed the vend test (R34)."""

from pathlib import Path

import pytest

from hubd.model.identity import Eui64
from hubd.model.roles import Role
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import issuer_events
from hubd.store.journal import Journal
from hubd.utility.commands_prepayment import SetPrepayment
from hubd.wan.commands import Command

METER = Eui64("00:0d:6f:00:0a:90:69:e7")
NOW = Stamp(1_795_000_000.0, TimeTrust.NETWORK)


def command(args: str) -> Command:
    body = f'{{"device": "{METER}", {args}}}'
    return Command("order-1", "manage-1", Role.MANAGEMENT, 1, "prepayment", body.encode())


@pytest.mark.parametrize(
    ("args", "passed", "refused"),
    [
        ('"setting": "payment_mode", "mode": "prepayment"', False, True),
        ('"setting": "payment_mode", "mode": "prepayment"', True, False),
        ('"setting": "payment_mode", "mode": "credit"', False, False),
        ('"setting": "low_credit_warning", "level_e5": 1', False, False),
        ('"setting": "friendly_hours", "week": [[[0, 480]], [], [], [], [], [], []]', False, False),
    ],
)
async def test_prepayment_only_after_the_vend_test_r34(tmp_path: Path, args: str, passed: bool, refused: bool):
    handler = SetPrepayment(*[None] * 7)  # type: ignore[arg-type]  # asked of the journal alone
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        if passed:
            await journal.commit(has_passed)
        objection = await journal.read(lambda c: handler.objection_in(c, command(args)))
    finally:
        await journal.close()
    assert (objection is not None) is refused
    if objection is not None:
        assert objection.startswith("vend_test_not_passed:")


def has_passed(connection):  # type: ignore[no-untyped-def]
    connection.execute("INSERT INTO visit (visit, opened_unix_s, opened_trust) VALUES ('v', 0, 'network')")
    connection.execute(
        "INSERT INTO commissioning (device, visit, window_until_unix_s, state, vend_tested_unix_s) "
        "VALUES (?, 'v', 0, x'00', 1)",
        (METER,),
    )


async def test_issuer_event_ids_follow_the_clock_and_never_go_back(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        taken = [
            await journal.commit(lambda c, at=at: issuer_events.next_id(c, at)) for at in (100.0, 100.5, 50.0, 200.0)
        ]
    finally:
        await journal.close()
    assert taken == [100, 101, 102, 200]
