"""The closed list of frames (R1, R4): what may cross to the consumer, and that no secret fits into it."""

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from hubd.errors import WireError
from hubd.feed.frames import (
    MAX_FRAME_BYTES,
    Frame,
    Link,
    Mains,
    Meter,
    Prepayment,
    Reading,
    Supply,
    TopUp,
    When,
    decode,
    encode,
)
from hubd.model.credit_status import CreditStatus
from hubd.model.stamp import TimeTrust
from hubd.model.top_up_case import TopUpCase

AT = When(1_700_000_000.25, TimeTrust.NETWORK)
FRAMES: list[Frame] = [
    Meter("electricity-1", "electricity_meter", "Electricity meter", True),
    Meter("display-12", "in_home_display", "In-home display", False, exchanges=3),
    Reading("electricity-1", AT, 0, None, -512),
    Prepayment("gas-1", AT, "GBP", balance_e5=-500_000, debt_e5=4_800_000),
    Prepayment("gas-1", AT, "GBP", 1, 2, 3, credit_status=CreditStatus.LOW, low_credit_warning=True, credit_until=AT),
    TopUp("electricity-1", TopUpCase.NOT_THIS_METERS, AT),
    Supply("electricity-1", "armed", AT),
    Link("electricity-1", False),
    Mains("off", AT),
]

MAY_CROSS = {
    "Meter": {"alias", "kind", "name", "has_export", "exchanges"},
    "Reading": {"alias", "measured_at", "import_wh", "export_wh", "power_w", "volume_l"},
    "Prepayment": {
        "alias",
        "measured_at",
        "currency",
        "balance_e5",
        "emergency_credit_e5",
        "debt_e5",
        "credit_status",
        "low_credit_warning",
        "credit_until",
    },
    "TopUp": {"alias", "case", "at"},
    "Supply": {"alias", "state", "measured_at"},
    "Link": {"alias", "reachable"},
    "Mains": {"state", "since"},
}
"""Whoever adds a field here says in the commit why it may leave the utility's domain."""

SECRETS = {
    "EUI64": "00:0d:6f:00:0a:90:69:e7",
    "EUI64 without colons": "000d6f000a9069e7",
    "token": "59386323472137426967",
    "token in groups": "5938 6323 4721 3742 6967",
    "install code": "83FED3407A939723A5C639B26916D505C3B5",
    "key": "abababababababab949494949494949401234567",
}


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_frame_crosses_whole_on_one_short_line(frame: Frame) -> None:
    line = encode(frame)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= MAX_FRAME_BYTES
    assert decode(line) == frame


def test_the_list_of_frames_and_fields_is_closed_r1() -> None:
    fields = {kind.__name__: set(kind.__struct_fields__) for kind in get_args(Frame)}
    assert fields == MAY_CROSS
    assert set(When.__struct_fields__) == {"unix_s", "trust"}


def leaves(kind: Any) -> list[Any]:
    """Every plain type that a field may hold, through unions and nested structs."""
    if isinstance(kind, inspect.UnionType):
        return [leaf for inner in kind.types for leaf in leaves(inner)]
    if isinstance(kind, inspect.StructType):
        return [leaf for field in kind.fields for leaf in leaves(field.type)]
    return [kind]


def test_every_text_has_a_pattern_and_every_number_less_than_64_bits_r1() -> None:
    for leaf in leaves(inspect.type_info(Frame)):
        match leaf:
            case inspect.StrType():
                assert leaf.pattern
            case inspect.IntType():
                lowest = leaf.ge
                highest = (leaf.lt or 0) - 1
                assert lowest is not None
                assert (highest - lowest).bit_length() <= 49
            case inspect.FloatType():
                assert leaf.ge == 0
                assert leaf.le is not None
            case _:
                assert isinstance(leaf, inspect.BoolType | inspect.EnumType | inspect.LiteralType | inspect.NoneType)


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(frame).__name__)
def test_no_field_takes_an_address_a_token_or_a_key_r1_r4(frame: Frame, secret: str) -> None:
    digits = "".join(c for c in secret if c in "0123456789abcdefABCDEF")
    for field in type(frame).__struct_fields__:
        for value in (secret, secret.lower(), int(digits, 16), int(digits, 16) >> 1, f"electricity-{digits}"):
            with pytest.raises(WireError):
                encode(msgspec.structs.replace(frame, **{field: value}))


@given(st.from_regex(r"[0-9a-fA-F]{16,40}|[0-9]{20}", fullmatch=True))
def test_no_hexadecimal_and_no_token_passes_as_alias_name_kind_or_currency_r1(secret: str) -> None:
    meter = Meter("electricity-1", "electricity_meter", "Electricity meter", True)
    for field in ("alias", "kind", "name"):
        if not (field == "name" and secret.isalpha()):
            with pytest.raises(WireError):
                encode(msgspec.structs.replace(meter, **{field: secret}))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null\n",
        b"{}\n",
        b'{"frame":"token","alias":"electricity-1"}\n',
        b'{"alias":"electricity-1","reachable":true}\n',
        b'{"frame":"link","alias":"electricity-1","reachable":true,"eui64":"000d6f000a9069e7"}\n',
        b'{"frame":"link","alias":"electricity-1"}\n',
        b'{"frame":"link","alias":"electricity-1","reachable":1}\n',
        b'{"frame":"link","alias":"electricity-0","reachable":true}\n',
        b'{"frame":"link","alias":"electricity-1\\n","reachable":true}\n',
        b'{"frame":"link","alias":"../electricity-1","reachable":true}\n',
        b'{"frame":"link","alias":"electricity-1/#","reachable":true}\n',
        b'{"frame":"link","alias":"\xff","reachable":true}\n',
        b'{"frame":"reading","alias":"gas-1","measured_at":{"unix_s":1,"trust":"network"},"import_wh":-1}\n',
        b'{"frame":"reading","alias":"gas-1","measured_at":{"unix_s":1,"trust":"network"},"import_wh":"1"}\n',
        b'{"frame":"reading","alias":"gas-1","measured_at":{"unix_s":1e300,"trust":"network"}}\n',
        b'{"frame":"reading","alias":"gas-1","measured_at":{"unix_s":1,"trust":"sure"}}\n',
        b'{"frame":"link","alias":"gas-1","reachable":true}{"frame":"link","alias":"gas-1","reachable":true}\n',
        b"[" * 4_000,
        b'"' + b"x" * MAX_FRAME_BYTES,
    ],
    ids=lambda line: line[:48].decode("ascii", "replace"),
)
def test_what_is_no_frame_is_refused_and_the_error_repeats_nothing_of_it(line: bytes) -> None:
    with pytest.raises(WireError) as refused:
        decode(line)
    assert "000d6f" not in str(refused.value)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_wire_error(octets: bytes) -> None:
    try:
        decode(octets)
    except WireError:
        pass


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(FRAMES), st.sampled_from(sorted(set().union(*MAY_CROSS.values()) | {"frame"})), json_values)
def test_a_frame_with_any_one_field_exchanged_is_a_frame_or_a_wire_error(
    frame: Frame, field: str, value: Any
) -> None:
    document = json.loads(encode(frame)) | {field: value}
    try:
        assert decode(json.dumps(document).encode()).alias
    except WireError:
        pass
