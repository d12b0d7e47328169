"""The shared values at their edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.model.identity import eui64_octets, parse_eui64, parse_hub_id
from hubd.model.money import MOST_PENCE, exact_e5, format_e5, format_pence, parse_pence
from hubd.model.secret import Secret


def test_an_address_is_read_in_every_usual_form() -> None:
    for text in ("000D6F000A9069E7", "00:0d:6f:00:0a:90:69:e7", "00-0D-6F-00-0A-90-69-E7", "0x000d6f000a9069e7"):
        assert parse_eui64(text) == "00:0d:6f:00:0a:90:69:e7"
    assert eui64_octets(parse_eui64("000D6F000A9069E7")) == bytes.fromhex("000d6f000a9069e7")


@pytest.mark.parametrize("text", ["", "00:0d", "g00d6f000a9069e7", "00:0d:6f:00:0a:90:69:e7:00"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="IEEE address"):
        parse_eui64(text)


@pytest.mark.parametrize("text", ["", "A", "hub/1", "hub+1", "-hub", "x" * 41])
def test_a_hub_s_name_is_a_safe_topic_level_r4(text: str) -> None:
    with pytest.raises(ValueError, match="hub's name"):
        parse_hub_id(text)


@pytest.mark.parametrize(("text", "pence"), [("10", 1000), ("10.5", 1050), ("10.50", 1050), ("0.01", 1)])
def test_an_amount_is_whole_pence(text: str, pence: int) -> None:
    assert parse_pence(text) == pence


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1,5", "1.", "abc", "1e3", "٣"])
def test_what_is_not_whole_pence_is_refused_and_never_rounded(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_pence(text)


@pytest.mark.parametrize("text", ["100000000", "100000000.00", "9" * 23, "9" * 5000], ids=len)
def test_an_amount_has_a_bound_that_every_book_can_hold(text: str) -> None:
    with pytest.raises(ValueError, match=r"more than 99999999\.99"):
        parse_pence(text)
    assert parse_pence("99999999.99") == MOST_PENCE
    assert parse_pence("0" * 5000 + "1") == 100


@given(st.integers(0, 10**9))
def test_pence_read_back_as_they_were_written(pence: int) -> None:
    assert parse_pence(format_pence(pence)) == pence


def test_what_people_read_is_never_more_than_there_is() -> None:
    assert format_e5(800_024) == "8.00"
    assert format_e5(799_999) == "7.99"
    assert format_e5(-150_000) == "-1.50"


def test_what_a_code_carries_is_written_to_its_last_digit() -> None:
    assert [exact_e5(value) for value in (800_024, -800_024, 1_000, 0)] == [
        "8.00024",
        "-8.00024",
        "0.01000",
        "0.00000",
    ]


def test_a_secret_does_not_show_itself_r4() -> None:
    secret = Secret("59386323472137426967")
    assert "5938" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "59386323472137426967"
