"""The printable statement (R16): all five groups, what is unknown said to be so, and no word taken for markup."""

import re
from html.parser import HTMLParser

import msgspec

from hubd.wan.statement import StatementBody
from hubd.wan.statement_page import page

from .examples import EXAMPLES

FULL = msgspec.convert(next(e for e in EXAMPLES if e.schema == "statement").full["body"], StatementBody)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.S).split())


def test_the_page_has_all_groups_and_the_old_meters_r16() -> None:
    words = text_of(page(FULL, "hub-0001"))
    for group in ("1. Equipment", "2. Serial numbers", "3. Readings", "4. Settings", "5. Balances", "Old meters"):
        assert group in words
    for fact in (
        "hub-0001",
        "electricity-1",
        "B1",
        "0.001 kWh",
        "suite 2",
        "passed",
        "S95",
        "12345.6 kWh",
        "A. Fitter",
    ):
        assert fact in words
    assert "To be followed up by 2026-11-30" in words


def test_the_page_has_every_setting_the_trial_order_and_the_hubs_serial_number_r16() -> None:
    words = text_of(page(FULL, "hub-0001"))
    settings = words[words.index("4. Settings") : words.index("5. Balances")]
    for fact in ("5.00", "from 1.00", "200.00", "a top-up 99.00", "o-1"):
        assert fact in settings
    serials = words[words.index("2. Serial numbers") : words.index("3. Readings")]
    assert "hub 10000000a1b2c3d4 electricity-1 unknown B1" in serials


def test_the_page_says_which_times_it_prints_and_the_hubs_own_r16() -> None:
    words = text_of(page(FULL, "hub-0001"))
    assert "2026-11-22 12:00 to 2026-11-22 12:00" in words
    assert "All times are UTC; at the hub it ended at 13:00 CET (UTC+01:00)" in words
    elsewhere = msgspec.structs.replace(FULL, zone="NST", utc_offset_s=-12_600)
    assert "08:30 NST (UTC-03:30)" in text_of(page(elsewhere, "hub-0001"))
    assert "All times are UTC." in text_of(page(msgspec.structs.replace(FULL, zone=None), "hub-0001"))


def test_what_was_not_read_is_unknown_and_never_a_figure_r16() -> None:
    words = text_of(page(FULL, "hub-0001"))
    balances = words[words.index("5. Balances") : words.index("Old meters")]
    assert balances.count("unknown") >= 4
    assert "0.00 unknown" not in balances
    bare = msgspec.structs.replace(FULL, old_meters=[])
    assert "Nothing was entered: readings, balance and debt are unknown" in text_of(page(bare, "hub-0001"))


def test_words_of_devices_and_people_are_never_markup_r16() -> None:
    evil = '<script>alert(1)</script>"onload="x'
    equipment = [msgspec.structs.replace(FULL.equipment[0], model=evil, supplier=evil, alias=evil)]
    old = [msgspec.structs.replace(FULL.old_meters[0], serial=evil, balance=evil)]
    hostile = msgspec.structs.replace(
        FULL, visit=evil, installer=evil, remarks=evil, equipment=equipment, old_meters=old, currency=evil
    )
    html = page(hostile, evil)
    seen: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(tag)
            assert not any(name.startswith("on") for name, _ in attrs)

    Tags().feed(html)
    assert "script" not in seen
    assert html.count("&lt;script&gt;") == 13


def test_the_page_is_whole_in_itself_and_made_for_a4_r16() -> None:
    html = page(FULL, "hub-0001")
    assert "size: A4" in html
    assert not re.search(r"(src|href)=|https?://|@import|url\(", html)
