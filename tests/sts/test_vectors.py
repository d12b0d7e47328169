"""R30: every published compliance vector is issued and opened exactly (STS531-1-04, IEC 62055-41, EA11, DKGA04)."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hubd import sts
from hubd.model.secret import Secret
from hubd.sts import block, dkga04, token
from hubd.sts.misty1 import Misty1

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors" / "sts-ea11.json").read_text(encoding="utf-8")
)["vectors"]
COMMON = {
    "vk": "abababababababab949494949494949401234567",
    "pan": "600727000000000009",
    "bdt": "93",
    "krn": 1,
    "kt": 2,
    "ti": "01",
    "sgc": "123457",
    "rnd": 5,
}
BASES = {"93": 1993, "14": 2014, "35": 2035}
SECTION_NUMBERS = {"section1": 0, "section2": 1, "section3": 2, "section4": 3}


def key_of(vector: dict[str, Any], **other: Any) -> sts.MeterKey:
    v = COMMON | vector | other
    vending_key = Secret(bytes.fromhex(v["vk"]))
    return sts.MeterKey(v["pan"], vending_key, v["sgc"], v["krn"], v["kt"], v["ti"], BASES[v["bdt"]])


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S" if "/" in text else "%Y-%m-%d %H:%M")


def kind_of(vector: dict[str, Any]) -> str:
    if "old_dk" in vector:
        return "key change"
    if vector.get("cls") == 1:
        return "display"
    if "value_field" in vector:
        return "management"
    if "field" in vector:
        return "currency"
    return "units"


def issue(vector: dict[str, Any]) -> str:
    kind, rnd = kind_of(vector), vector.get("rnd", 5)
    if kind == "key change":
        section = SECTION_NUMBERS[vector["note"].split()[-1]]
        old, new = key_of(vector, ti="01"), key_of(vector)
        return sts.issue_key_change(old, new, vector["ken"], bool(vector["ro"]))[section]
    if kind == "display":
        return sts.issue_display(*DISPLAY[vector["note"]])
    key = key_of(vector)
    tid = sts.tid_at(moment(vector["issued"]), key.base) if "issued" in vector else vector["tid"]
    assert tid == vector.get("tid", tid)
    if kind == "management":
        return sts.issue_management(key, vector["sub"], int(vector["value_field"], 16), tid, rnd)
    if kind == "currency":
        return sts.issue_currency(key, vector["sub"], int(Decimal(str(vector["amount"])) * 100_000), tid)
    tenths = int(Decimal(str(vector.get("amount", 0.1))) * 10)
    return sts.issue_credit_units(key, vector.get("sub", 0), tenths, tid, rnd)


DISPLAY = {
    "CTSA02 step1 test-all, 2-digit mfr 00": (0, 2**36 - 1, 0),
    "CTSA02 step2 4-digit mfr 0000": (1, 2**28 - 1, 0),
    "CTSA11 control=1, 2-digit": (0, 1, 0),
    "CTSA11 control=1 4-digit": (1, 1, 0),
}


def test_no_vector_is_left_out() -> None:
    kinds = [kind_of(vector) for vector in VECTORS]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "units": 21,
        "management": 21,
        "key change": 4,
        "display": 4,
        "currency": 2,
    }
    assert len(VECTORS) == 52


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['case']}-{v['token'][-6:]}")
def test_a_published_token_is_issued_and_opened_exactly_r30(vector: dict[str, Any]) -> None:
    assert issue(vector) == vector["token"]
    opener = key_of(vector, ti="01") if kind_of(vector) == "key change" else key_of(vector)
    opened = sts.decode(opener, vector["token"])
    assert isinstance(opened, sts.Decoded)
    assert opened.subclass == vector.get("sub", opened.subclass)
    assert opened.cls == vector.get("cls", opened.cls)
    assert opened.tid == vector.get("tid", opened.tid)
    if "issued" in vector:
        assert opened.issued_at == moment(vector["issued"])
    check_contents(vector, opened)
    check_inside(vector)


def check_contents(vector: dict[str, Any], opened: sts.Decoded) -> None:
    kind = kind_of(vector)
    if kind == "units":
        assert opened.units_tenths == sts.encoded_tenths(int(Decimal(str(vector.get("amount", 0.1))) * 10))
        assert opened.rnd == 5
    elif kind == "currency":
        assert opened.amount_e5 == {8.0: 800_024, 20.0: 2_000_624}[vector["amount"]]
    elif kind == "management":
        assert opened.value16 == int(vector["value_field"], 16)
    elif kind == "display":
        assert (opened.subclass, opened.control, opened.manufacturer) == DISPLAY[vector["note"]]
    else:
        assert opened.section is not None


def check_inside(vector: dict[str, Any]) -> None:
    """The intermediate values that the vectors give."""
    if "dk" in vector:
        assert key_of(vector).decoder_key().reveal().hex() == vector["dk"]
    if "kdf_msg" in vector:
        k = key_of(vector)
        message = dkga04.derivation_message(base=k.base, ti=k.ti, sgc=k.sgc, kt=k.kt, krn=k.krn, pan=k.pan)
        assert message.hex() == vector["kdf_msg"]
    if "block" in vector:
        cls, sealed = token.from_number(int(vector["token"]))
        plain = Misty1(bytes.fromhex(vector["dk"])).decrypt(sealed)
        assert f"{plain:016X}" == vector["block"]
        assert block.opened(cls, plain) is not None


def test_the_published_key_change_brings_the_new_key_whatever_the_order_r30() -> None:
    vectors = [v for v in VECTORS if "old_dk" in v]
    sections = []
    for vector in reversed(vectors):
        opened = sts.decode(key_of(vector, ti="01"), vector["token"])
        assert isinstance(opened, sts.Decoded)
        assert opened.section is not None
        assert sts.assemble(sections) is None
        sections.append(opened.section)
    change = sts.assemble(sections)
    assert change is not None
    assert change.decoder_key.reveal().hex() == vectors[0]["new_dk"]
    assert (change.sgc, change.krn, change.kt, change.ti, change.ken) == ("123457", 1, 2, "02", 255)
    assert not change.rollover


def test_the_published_rollover_to_base_2014_is_issued() -> None:
    """CTSA05: tariff index 02, key revision 4, base 2014, rollover bit set."""
    first, second, *_ = sts.issue_key_change(key_of({}), key_of({"ti": "02", "krn": 4, "bdt": "14"}), rollover=True)
    assert (first, second) == ("56493341861242437581", "51757380361191578258")
