"""What the head-end signs, a hub obeys; what a test signs by hand, a hub refuses for the right reason (R5)."""

import time
from typing import Any

import pytest

from hubd.headend.home import Home
from hubd.headend.sending import signed
from hubd.model.identity import HubId
from hubd.model.roles import COMMANDS, Role
from hubd.model.stamp import Stamp, TimeTrust
from hubd.wan import role_keys
from hubd.wan.commands import Command, Reason, Refusal, verify

from .conftest import ADDRESS, HUB, OTHER_HUB

ARGS: dict[str, dict[str, Any]] = {
    "vend": {"device": ADDRESS, "token": "1" * 20},
    "read": {"device": ADDRESS},
    "status": {},
    "admit": {"devices": [{"device": ADDRESS, "kind": "electricity_meter", "install_code": "AB" * 18}]},
    "remove": {"device": ADDRESS},
    "prepayment": {"device": ADDRESS, "setting": "debt_cap", "cap_e5": 100_000},
}


def judge(home: Home, token: bytes, role: Role, hub: HubId = HUB, last: int = 0) -> Command | Refusal:
    now = Stamp(time.time(), TimeTrust.NETWORK)
    return verify(token, role, role_keys.load(home.public_role_keys), hub, now, lambda kid: last)


def vend(home: Home, **claims: Any) -> bytes:
    return signed(home, Role.VENDING, HUB, "vend", ARGS["vend"], now_unix_s=time.time(), **claims)


@pytest.mark.parametrize(("role", "cmd"), [(role, cmd) for role in Role for cmd in sorted(COMMANDS[role])])
def test_every_command_signed_by_its_role_is_obeyed_and_on_every_other_topic_refused_r2_r5(
    home: Home, role: Role, cmd: str
) -> None:
    token = signed(home, role, HUB, cmd, ARGS[cmd], now_unix_s=time.time())
    assert isinstance(judge(home, token, role), Command)
    for other in set(Role) - {role}:
        refused = judge(home, token, other)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.WRONG_ROLE


def test_by_hand_a_test_can_sign_what_a_hub_must_refuse_r5(home: Home) -> None:
    short = signed(home, Role.VENDING, HUB, "vend", {**ARGS["vend"], "token": "1" * 19}, now_unix_s=time.time())
    cases = {
        Reason.EXPIRED: judge(home, vend(home, exp=int(time.time()) - 1), Role.VENDING),
        Reason.REPLAYED_COUNTER: judge(home, vend(home, ctr=7), Role.VENDING, last=7),
        Reason.WRONG_HUB: judge(home, vend(home), Role.VENDING, OTHER_HUB),
        Reason.NOT_20_DIGITS: judge(home, short, Role.VENDING),
    }
    for reason, verdict in cases.items():
        assert isinstance(verdict, Refusal)
        assert verdict.reason is reason


def test_commands_made_by_hand_take_their_counters_from_the_book(home: Home) -> None:
    verdicts = [judge(home, vend(home), Role.VENDING) for _ in range(3)]
    counters = [verdict.ctr for verdict in verdicts if isinstance(verdict, Command)]
    assert counters == sorted(set(counters))
    assert len(counters) == 3
