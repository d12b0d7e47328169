"""Signed commands: every refusal has its own reason, and no message can do harm (R5)."""

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hubd.errors import ConfigurationError
from hubd.model.roles import COMMANDS, Role
from hubd.model.stamp import Stamp, TimeTrust
from hubd.wan import role_keys
from hubd.wan.commands import MAX_COMMAND_BYTES, Command, Reason, Refusal, unverified_order, verify
from hubd.wan.messages import AdmitArgs, DeviceArgs, NoArgs, PrepaymentArgs, VendArgs
from hubd.wan.role_keys import RoleKey

from .examples import METER

HUB = "hub-0001"
TOKEN = "12345678901234567890"
NOW = Stamp(1_000.0, TimeTrust.NETWORK)
PRIVATE = {role: Ed25519PrivateKey.generate() for role in Role}
KEYS = {f"{role}-1": RoleKey(f"{role}-1", role, PRIVATE[role].public_key()) for role in Role}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "vend": {"device": METER, "token": TOKEN},
    "read": {"device": METER},
    "prepayment": {"device": METER, "setting": "debt_cap", "cap_e5": 100_000},
    "status": {},
    "admit": {"devices": [{"device": METER, "kind": "gas_meter", "install_code": "AB" * 18}], "window_s": 60},
    "remove": {"device": METER},
}


def signed(role: Role = Role.VENDING, headers: dict[str, Any] | None = None, **changes: Any) -> bytes:
    kid = f"{role}-1"
    claims = {"iss": kid, "aud": HUB, "jti": "order-1", "iat": 900, "exp": 1_100, "ctr": 8, "cmd": "vend"}
    claims |= {"args": ARGUMENTS["vend"]} | changes
    claims = {name: value for name, value in claims.items() if value is not ...}
    return seal(json.dumps(claims).encode(), role, headers)


def seal(payload: bytes, role: Role = Role.VENDING, headers: dict[str, Any] | None = None) -> bytes:
    """Any octets under a good signature: PyJWT's own encoder would refuse to sign nonsense."""
    kid = {"kid": f"{role}-1"} | (headers or {})
    return jwt.api_jws.encode(payload, PRIVATE[role], algorithm="EdDSA", headers=kid).encode()


def judge(token: bytes, role: Role = Role.VENDING, now: Stamp = NOW, last: int = 7) -> Command | Refusal:
    return verify(token, role, KEYS, HUB, now, lambda kid: last)


def reason(*args: Any, **kwargs: Any) -> Reason:
    verdict = judge(*args, **kwargs)
    assert isinstance(verdict, Refusal)
    return verdict.reason


@pytest.mark.parametrize(("role", "cmd"), [(role, cmd) for role, cmds in COMMANDS.items() for cmd in sorted(cmds)])
def test_every_command_of_the_closed_lists_is_taken_under_its_role(role: Role, cmd: str):
    verdict = judge(signed(role, cmd=cmd, args=ARGUMENTS[cmd]), role)
    assert isinstance(verdict, Command)
    assert (verdict.jti, verdict.kid, verdict.role, verdict.ctr, verdict.cmd) == (
        "order-1",
        f"{role}-1",
        role,
        8,
        cmd,
    )
    kind = {"vend": VendArgs, "admit": AdmitArgs, "status": NoArgs, "prepayment": PrepaymentArgs}.get(cmd, DeviceArgs)
    assert verdict.arguments(kind) == msgspec.convert(ARGUMENTS[cmd], kind)


def test_a_command_does_not_show_its_arguments():
    assert TOKEN not in repr(judge(signed()))


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (b"", Reason.NOT_A_TOKEN),
        (b"no token", Reason.NOT_A_TOKEN),
        (b"a.b.c", Reason.NOT_A_TOKEN),
        (b"\xff" * 40, Reason.NOT_A_TOKEN),
        (b"a" * (MAX_COMMAND_BYTES + 1), Reason.TOO_LONG),
        (signed(headers={"kid": "vend-9"}), Reason.UNKNOWN_KEY),
        (signed()[:-20] + b"A" * 20, Reason.BAD_SIGNATURE),
        (signed(aud="hub-0002"), Reason.WRONG_HUB),
        (signed(cmd="explode"), Reason.UNKNOWN_COMMAND),
        (signed(cmd="read", args=ARGUMENTS["read"]), Reason.UNKNOWN_COMMAND),
        (signed(exp=1_000), Reason.EXPIRED),
        (signed(ctr=7), Reason.REPLAYED_COUNTER),
        (signed(args={"device": METER}), Reason.BAD_ARGUMENTS),
        (signed(args={"device": "the kitchen", "token": TOKEN}), Reason.BAD_ARGUMENTS),
        (signed(args=ARGUMENTS["vend"] | {"more": 1}), Reason.BAD_ARGUMENTS),
    ],
    ids=lambda value: str(value) if isinstance(value, Reason) else "",
)
def test_each_fault_has_its_own_reason(token: bytes, expected: Reason):
    assert reason(token) is expected


@pytest.mark.parametrize(
    "digits", ["1" * 19, "1" * 21, "1" * 19 + "x", "1234 5678 9012 3456 7890", "", "１" * 20, "1" * 19 + "\n"]
)
def test_a_token_is_twenty_digits_and_the_words_do_not_repeat_it(digits: str):
    verdict = judge(signed(args={"device": METER, "token": digits}))
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.NOT_20_DIGITS
    assert not digits or digits not in verdict.words
    assert "20 digits" in verdict.words


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "manage-1"},
        {"jti": ...},
        {"jti": ""},
        {"jti": "x" * 65},
        {"jti": 5},
        {"jti": "local:1"},
        {"ctr": 0},
        {"ctr": -1},
        {"ctr": 1 << 53},
        {"ctr": 8.5},
        {"ctr": "9"},
        {"args": []},
        {"args": None},
        {"cmd": None},
        {"exp": "tomorrow"},
    ],
    ids=str,
)
def test_claims_without_their_form_are_refused(changes: dict[str, Any]):
    assert reason(signed(**changes)) is Reason.BAD_CLAIMS


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VENDING])
def test_a_key_is_worth_nothing_on_another_roles_topic(role: Role):
    assert reason(signed(role)) is Reason.WRONG_ROLE


def test_a_key_that_signs_under_another_keys_name_is_found_out():
    token = jwt.encode({"ctr": 9}, PRIVATE[Role.MANAGEMENT], algorithm="EdDSA", headers={"kid": "vend-1"})
    assert reason(token.encode()) is Reason.BAD_SIGNATURE


def test_unsigned_and_symmetric_tokens_are_not_believed():
    claims = {"iss": "vend-1", "aud": HUB, "jti": "j", "iat": 1, "exp": 9_999, "ctr": 9, "cmd": "vend"}
    none = jwt.encode(claims, None, algorithm="none", headers={"kid": "vend-1"}).encode()
    hmac = jwt.encode(claims, KEYS["vend-1"].public.public_bytes_raw(), algorithm="HS256", headers={"kid": "vend-1"})
    assert isinstance(judge(none), Refusal)
    assert isinstance(judge(hmac.encode()), Refusal)


def test_any_changed_octet_of_the_claims_breaks_the_signature():
    header, payload, signature = signed().split(b".")
    claims = json.loads(base64.urlsafe_b64decode(payload + b"=="))
    claims["args"]["token"] = "0" * 20
    other = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    assert reason(b".".join([header, other, signature])) is Reason.BAD_SIGNATURE


def test_an_expired_command_counts_only_where_the_time_is_trusted():
    assert isinstance(judge(signed(exp=1), now=Stamp(1_000.0, TimeTrust.UNSYNCED)), Command)
    assert reason(signed(exp=1), now=Stamp(1_000.0, TimeTrust.METER)) is Reason.EXPIRED


def test_a_replay_is_not_an_answer_but_the_refusal_of_a_fresh_command_is():
    """A redelivered command was perhaps obeyed: a refusal as its receipt would deny that."""
    replayed, late = judge(signed(ctr=7, exp=1)), judge(signed(exp=1))
    assert isinstance(replayed, Refusal)
    assert (replayed.reason, replayed.order) == (Reason.REPLAYED_COUNTER, None)
    assert isinstance(late, Refusal)
    assert (late.reason, late.order, late.cmd, late.kid, late.ctr) == (Reason.EXPIRED, "order-1", "vend", "vend-1", 8)


@given(st.binary(max_size=2_000))
def test_no_octets_raise(junk: bytes):
    assert isinstance(judge(junk), Refusal)
    unverified_order(junk)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip"]), json_values), json_values)
def test_no_header_and_no_payload_raise(header: dict[str, Any], payload: Any):
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload))
    assert isinstance(judge(b".".join([*parts, b"AAAA"])), Refusal)


@given(
    st.fixed_dictionaries(
        {"args": json_values},
        optional=dict.fromkeys(("iss", "aud", "jti", "iat", "exp", "ctr", "cmd", "nbf"), json_values),
    )
)
def test_not_even_a_role_key_can_make_it_raise(changes: dict[str, Any]):
    assert isinstance(judge(signed(**changes)), Command | Refusal)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [100, 900, 1_000])
def test_deep_claims_under_a_good_signature_do_not_raise(opening: str, closing: str, depth: int):
    """A message that raises is never acknowledged: the broker would bring it again after every restart."""
    deep = opening * depth + "1" + closing * depth
    start = '{"iss":"vend-1","aud":"hub-0001","jti":"j","iat":1,"exp":9999,"ctr":9,"cmd":"vend",'
    for claims in (f'{start}"args":{{"x":{deep}}}}}', f'{start}"args":{{}},"more":{deep}}}', deep):
        assert isinstance(judge(seal(claims.encode())), Refusal)


@given(st.binary(max_size=500))
def test_no_octets_under_a_good_signature_raise(junk: bytes):
    assert isinstance(judge(seal(junk)), Refusal)


def test_the_order_of_a_command_can_be_read_by_a_bystander():
    assert unverified_order(signed()) == "order-1"
    assert unverified_order(b"nonsense") is None


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "role-keys.toml"
    path.write_text(text)
    return path


def _entry(kid: str, role: str, public: str | None = None) -> str:
    raw = PRIVATE[Role.VENDING].public_key().public_bytes_raw() if kid == "a" else bytes(range(32))
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() if public is None else public
    return f'[[key]]\nid = "{kid}"\nrole = "{role}"\npublic = "{text}"\n'


def test_the_keys_of_a_file_are_loaded_by_their_ids(tmp_path: Path):
    keys = role_keys.load(_file(tmp_path, _entry("a", "vend") + _entry("b", "manage")))
    assert {kid: key.role for kid, key in keys.items()} == {"a": Role.VENDING, "b": Role.MANAGEMENT}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_entry("a", "vend") + _entry("a", "manage"), "key a stands there twice"),
        (_entry("a", "king"), "key a: unknown role king; known: vend"),
        (_entry("a", "vend", "!!!"), "key a: public is not a raw Ed25519 key"),
        (_entry("a", "vend", "AAAA"), "key a: public is not a raw Ed25519 key"),
        (_entry("a", "vend") + _entry("a", "manage").replace('"a"', '"c"'), "the same public key"),
        (_entry("", "vend"), "key '': an id is 1 to 64"),
        ("key = []", "no key in it"),
        ("[[key]]\nid = 'a'\nroll = 'vend'\npublic = ''", "unknown key key\\[0\\].roll: did you mean"),
        ("[[key]", "not valid TOML"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_refused_with_its_fault(tmp_path: Path, text: str, words: str):
    with pytest.raises(ConfigurationError, match=rf"role-keys\.toml: .*{words}"):
        role_keys.load(_file(tmp_path, text))


def test_a_missing_key_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"role-keys\.toml: no such file"):
        role_keys.load(tmp_path / "role-keys.toml")


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ([], "1 to 8"),
        ([{"device": METER, "kind": "gas_meter", "install_code": "AB"}] * 2, "twice"),
        ([{"device": "kitchen", "kind": "gas_meter", "install_code": "AB"}], "IEEE address"),
        ([{"device": METER, "kind": "toaster", "install_code": "AB"}], "unknown kind"),
    ],
)
def test_an_admission_names_one_to_eight_different_devices_of_known_kinds_r14_r15(devices: Any, words: str):
    verdict = judge(signed(Role.SECURITY_CENTRE, cmd="admit", args={"devices": devices}), Role.SECURITY_CENTRE)
    assert isinstance(verdict, Refusal)
    assert (verdict.reason, words in verdict.words) == (Reason.BAD_ARGUMENTS, True)
