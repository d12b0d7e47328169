"""Every row of the table of plain words, brought about in a real house (R10, R30, R31).

Two ways in: by hand on the hub (`hubctl top-up`) and signed over the WAN (`hubctl head vend`). Each misuse says the
same words on both, in the receipt, at Home Assistant and on the display in the kitchen, which names the meter. Three
meters, two schemes, two issuers.
The rows that make a meter wait come last for that meter: its queue is first in, first out.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import pytest_asyncio

from hubd.bench.house.house import House
from hubd.bench.house.layout import DISPLAY, HUB, LAB_METER, METER, UTRN_METER, HouseMeter, Layout
from hubd.headend import utrn
from hubd.headend.utrn import UtrnKey
from hubd.model.identity import parse_eui64
from hubd.model.secret import Secret
from hubd.model.token_schemes import gb_utrn
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.sts.issue import issue_currency
from tests.scenario.headend_book import eventually, messages, until_radio_is_up, vend
from tests.scenario.street import (
    by_hand,
    changed,
    heard,
    hubctl_says,
    key_of_revision,
    new_code,
    newest,
    on_display,
    refused_unsent,
    shown,
    signed,
    stands,
    view,
)

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

FORGETFUL = replace(METER, token_memory=3)
"""So that a code can become too old within a test."""
COMPLIANCE = "59386323472137426967"
"""STS531-1-04: 0.1 kWh for the number of LAB_METER."""
ON_ANY_KEY_BUT_THIS = "25453597494250138964"
"""Published for METER's number under another key: a code that it cannot open, as is one with a wrong digit."""
NEW_KRN = 5
"""The key revision that the first meter is brought onto in the middle of it all."""
ANY = frozenset({0, 1, 4, 5})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house of its own: these tests leave meters locked, full and away."""
    meters = (FORGETFUL, LAB_METER, UTRN_METER)
    layout = Layout.at(tmp_path_factory.mktemp("misuses"))
    displays = (DISPLAY,)
    async with House(layout, seed=11, reports_per_s=0.2, say=print, meters=meters, displays=displays) as running:
        await running.start()
        async with aiomqtt.Client("127.0.0.1", layout.consumer_port) as client, asyncio.TaskGroup() as group:
            await client.subscribe("hubd/#")

            async def watch() -> None:
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    view.latest[str(message.topic)] = message.payload.decode()

            task = group.create_task(watch())
            yield running
            task.cancel()


@pytest.mark.parametrize(
    ("code", "case"),
    [
        (COMPLIANCE[:-1], TopUpCase.TOO_SHORT),
        (COMPLIANCE + "7", TopUpCase.TOO_LONG),
        (COMPLIANCE[:-1] + "O", TopUpCase.NOT_DIGITS),
        ("99999999999999999998", TopUpCase.MISTYPED),
        ("73943333457189043313", TopUpCase.WRONG_SCHEME),
    ],
)
async def test_19_or_21_digits_letters_and_codes_of_another_scheme_never_reach_an_sts_meter_r10_r30(
    street: House, code: str, case: TopUpCase
) -> None:
    await refused_unsent(street, FORGETFUL, code, case)


@pytest.mark.parametrize(
    ("code", "case"),
    [
        ("73943333457189043313"[:-1], TopUpCase.TOO_SHORT),
        (changed("73943333457189043313", 7), TopUpCase.MISTYPED),
        (COMPLIANCE, TopUpCase.WRONG_SCHEME),
    ],
)
async def test_a_utrn_meter_is_spared_typing_errors_and_sts_codes_r10_r30(
    street: House, code: str, case: TopUpCase
) -> None:
    await refused_unsent(street, UTRN_METER, code, case)


async def test_hubctl_says_to_a_person_what_happened_and_what_to_do_r30(street: House) -> None:
    assert WORDS[TopUpCase.TOO_SHORT].both in await hubctl_says(street, FORGETFUL, COMPLIANCE[:-1])
    known = "73947252416745201637"
    said = await hubctl_says(street, UTRN_METER, changed(known, 3))
    assert said.startswith("not sent: ")
    assert WORDS[TopUpCase.MISTYPED].both in said


async def test_two_issuers_and_two_schemes_side_by_side_byte_for_byte_r10(street: House) -> None:
    sts = await vend(street, "--meter", METER.pan, "--amount", "7.00")
    await shown(street, FORGETFUL, TopUpCase.CREDITED)
    gb = await vend(street, "--meter", UTRN_METER.pan, "--amount", "12.50")
    assert [sale["receipt"]["case"] for sale in (sts, gb)] == ["credited", "credited"]
    assert (sts["encoded_e5"], gb["encoded_e5"]) == (700_024, 1_250_000)
    for meter, sale in ((FORGETFUL, sts), (UTRN_METER, gb)):
        view = await street.meter(meter)
        assert view["accepted"][-1]["amount_e5"] == sale["encoded_e5"]
        saved = await asyncio.to_thread(_codes_of, street, meter)
        assert saved[-1] == sale["token"], "the meter had the issuer's digits, none changed"
    signers = await eventually(lambda: asyncio.to_thread(_signers, street.layout.headend), 30.0, "both keys in use")
    assert {"vend-1", "vend-other-supplier"} <= signers
    await shown(street, UTRN_METER, TopUpCase.CREDITED)


async def test_a_top_up_through_the_hub_is_told_to_the_display_and_its_balance_follows_within_a_minute_r33_r39(
    street: House,
) -> None:
    before = len(await told_of(street, "display_told"))
    receipt = (await vend(street, "--meter", METER.pan, "--amount", "3.00"))["receipt"]
    began_s = time.monotonic()
    await on_display(street, FORGETFUL, TopUpCase.CREDITED)

    async def same_balance() -> bool:
        shows = (await street.display(DISPLAY))["shows"]["balance_e5"]
        return bool(abs(shows - (await street.meter(FORGETFUL))["balance_e5"]) < 1_000)

    await eventually(same_balance, 60.0 - (time.monotonic() - began_s), "the meter's balance on the display")
    assert receipt["credit_remaining_e5"] - (await street.display(DISPLAY))["shows"]["balance_e5"] < 1_000
    events = await eventually(lambda: more_than(street, "display_told", before), 10.0, "word of it at the head-end")
    assert events[-1]["device"] == DISPLAY.ieee
    assert events[-1]["detail"] == {"meter": METER.ieee, "case": "credited"}


async def test_a_signed_top_up_that_fails_is_told_to_the_display_and_confirmed_there_r39(street: House) -> None:
    code, before = await new_code(street, METER), len(await told_of(street, "display_confirmed"))
    assert (await signed(street, FORGETFUL, code)).case == "credited"
    assert (await signed(street, FORGETFUL, code)).case == "used"
    await on_display(street, FORGETFUL, TopUpCase.USED)
    assert (await signed(street, LAB_METER, code)).case == "other_meter"
    await on_display(street, LAB_METER, TopUpCase.OTHER_METER)
    events = await eventually(lambda: more_than(street, "display_confirmed", before), 10.0, "the confirmation")
    assert events[-1]["detail"]["case"] == "other_meter"


async def test_a_display_that_starts_anew_and_a_hub_that_does_show_the_last_word_and_tell_of_it_once_r39(
    street: House,
) -> None:
    before = len(await told_of(street, "display_told"))
    assert (await signed(street, FORGETFUL, await new_code(street, METER))).case == "credited"
    await on_display(street, FORGETFUL, TopUpCase.CREDITED)
    told = await eventually(lambda: more_than(street, "display_told", before), 10.0, "word of it")
    for part in ("hubd-utility", "radio-utility"):
        await street.children[part].kill9()
        await street.children[part].restart()
        await until_radio_is_up(street)
        await on_display(street, FORGETFUL, TopUpCase.CREDITED)
    assert (await signed(street, UTRN_METER, await new_code(street, UTRN_METER))).case == "credited"
    await on_display(street, UTRN_METER, TopUpCase.CREDITED)
    now_told = await eventually(lambda: more_than(street, "display_told", len(told)), 10.0, "word of the next")
    assert [event["detail"]["meter"] for event in now_told[len(told) :]] == [UTRN_METER.ieee], "of the first once"


async def test_a_code_keyed_in_at_the_display_with_the_wan_down_is_told_of_when_it_is_back_r32(street: House) -> None:
    code, before = await new_code(street, METER, 250), len(await told_of(street, "top_up_elsewhere"))
    await street.children["broker-wan"].kill9()
    began_unix_s = time.time()
    try:
        await street.ask_air({"do": "set", "ieee": DISPLAY.ieee, "code": code})

        async def accepted() -> bool:
            return (await street.display(DISPLAY))["answer"] == "accepted"

        await eventually(accepted, 20.0, "the meter's answer on the display")
        await street.ask({"do": "read", "device": METER.ieee})  # as the hub does by itself once a minute

        async def waits() -> bool:
            return bool((await street.ask({"do": "status"}))["backlog"]["event"])

        await eventually(waits, 10.0, "word of it on the hub's disk")
        assert len(await told_of(street, "top_up_elsewhere")) == before, "there is no WAN"
    finally:
        await street.children["broker-wan"].restart()
    events = await eventually(lambda: more_than(street, "top_up_elsewhere", before), 30.0, "word at the head-end")
    (told,) = events[before:]
    detail = told["detail"]
    assert (told["device"], detail["source"], detail["token_ends"]) == (METER.ieee, "in_home_display", code[-4:])
    assert detail["amount_e5"] == (await street.meter(FORGETFUL))["accepted"][-1]["amount_e5"]
    assert began_unix_s - 60.0 < detail["at_unix_s"] < time.time() + 60.0, "by the meter's own clock"


async def told_of(house: House, name: str) -> list[dict[str, Any]]:
    """The head-end's events of this name."""
    return [row["body"] for row in await messages(house, name=name)]


async def more_than(house: House, name: str, count: int) -> list[dict[str, Any]] | None:
    """The same, where there are more than so many."""
    found = await told_of(house, name)
    return found if len(found) > count else None


def _codes_of(house: House, meter: HouseMeter) -> list[str]:
    """The codes in the meter's own list, from what it has saved of itself."""
    saved = json.loads((house.layout.air("utility") / "devices.json").read_text())
    return [str(one[3]) for one in _till_of(saved, meter.ieee)["log"]["top_ups"]]


def _till_of(saved: Any, ieee: str) -> Any:
    """Wherever the bench keeps it: the first till below the entry that names the meter."""
    return _till_in(next(part for part in _parts(saved) if ieee in part and _till_in(part[ieee]) is not None)[ieee])


def _till_in(saved: Any) -> Any:
    return next((part["till"] for part in _parts(saved) if "till" in part), None)


def _parts(saved: Any) -> Iterator[dict[str, Any]]:
    if isinstance(saved, dict):
        yield saved
    for inner in saved.values() if isinstance(saved, dict) else saved if isinstance(saved, list) else ():
        yield from _parts(inner)


def _signers(home: Path) -> set[str]:
    with sqlite3.connect(home / "headend.sqlite") as opened:
        return {str(row[0]) for row in opened.execute("SELECT kid FROM counters")}


async def test_a_key_change_goes_in_order_and_credit_follows_on_the_new_key_r30(street: House) -> None:
    home = ["--home", str(street.layout.headend), "--meter", METER.pan]
    before = await heard(street, FORGETFUL)
    await street.ask_air({"do": "fault", "kind": "confirm_lost", "ieee": METER.ieee, "count": 1})
    done = await street.head("key-change", *home, "--krn", str(NEW_KRN), "--by", "mary", "--wait", "60")
    assert (done["status"], done["receipt"]["case"]) == ("accepted", "no_credit")
    await shown(street, FORGETFUL, TopUpCase.NO_CREDIT)
    verdicts = [row["verdict"] for row in (await street.meter(FORGETFUL))["log"][before:]]
    assert verdicts[-5:] == ["accepted"] * 5
    assert (await by_hand(street, FORGETFUL, await new_code(street, METER)))["case"] == "credited"
    under_the_old_key = issue_currency(key_of_revision(METER.krn), 4, 100_000, 13_000_100)
    assert (await by_hand(street, FORGETFUL, under_the_old_key))["case"] == "not_this_meters"
    deeds = [row["what"] for row in await street.head("audit", *home)]
    assert [deed for deed in deeds if deed.startswith("key")] == ["key_change_issued", "key_change_proven"]


async def test_a_good_code_by_hand_says_credited_and_a_utrn_its_amount_r30(street: House) -> None:
    key = UtrnKey(
        UTRN_METER.pan,
        Secret(bytes.fromhex(UTRN_METER.vending_key)),
        parse_eui64(UTRN_METER.originator),
        parse_eui64(UTRN_METER.ieee),
    )
    answer = await by_hand(street, UTRN_METER, utrn.issue(key, 350, 40))
    assert (answer["case"], answer["amount_e5"]) == ("credited", 350_000)
    assert answer["reason"] == WORDS[TopUpCase.CREDITED].both


async def test_credit_that_arms_the_supply_says_to_press_the_button_r30(street: House) -> None:
    await street.ask_air({"do": "set", "ieee": METER.ieee, "balance": "-0.10"})
    answer = await by_hand(street, FORGETFUL, await new_code(street, METER, 500))
    assert (answer["outcome"], answer["reason"]) == ("accepted", WORDS[TopUpCase.CREDITED_SUPPLY_ARMED].both)
    await shown(street, FORGETFUL, TopUpCase.CREDITED_SUPPLY_ARMED)
    await street.ask_air({"do": "set", "ieee": METER.ieee, "supply": "on"})


async def test_used_says_that_nothing_is_lost_r30(street: House) -> None:
    code = await new_code(street, METER)
    assert (await by_hand(street, FORGETFUL, code))["case"] == "credited"
    again = await by_hand(street, FORGETFUL, code)
    assert (again["outcome"], again["reason"]) == ("duplicate", WORDS[TopUpCase.USED].both)
    await shown(street, FORGETFUL, TopUpCase.USED)
    receipt = await signed(street, FORGETFUL, code)
    assert (receipt.case, receipt.reason) == ("used", WORDS[TopUpCase.USED].both)


async def test_other_meters_code_is_not_even_tried_where_the_hub_knows_whose_it_is_r31(street: House) -> None:
    code = await new_code(street, METER)
    assert (await by_hand(street, FORGETFUL, code))["case"] == "credited"
    await refused_unsent(street, LAB_METER, code, TopUpCase.OTHER_METER)
    rows = await messages(street, name="command_refused", device=LAB_METER.ieee)
    assert rows[-1]["body"]["reason"].startswith("other_meter: ")


async def test_a_meter_of_another_house_is_named_as_such_r31(street: House) -> None:
    home = ["--home", str(street.layout.headend)]
    stranger = ["--pan", "600727123456789030", "--address", "00:0d:6f:00:0a:90:ff:ff", "--hub", HUB]
    key = ["--vending-key", METER.vending_key, "--sgc", METER.sgc, "--krn", "4"]
    await street.head("meter-add", *home, *stranger, *key)
    sale = await vend(street, "--meter", stranger[1], "--amount", "1.00", expect=ANY)
    assert sale["receipt"]["outcome"] == "refused"
    assert WORDS[TopUpCase.UNKNOWN_METER].both in sale["receipt"]["reason"]


async def test_too_old_says_in_which_order_codes_are_to_be_used_r30(street: House) -> None:
    old = await new_code(street, METER)
    for _ in range(4):
        assert (await by_hand(street, FORGETFUL, await new_code(street, METER, 10)))["case"] == "credited"
    answer = await by_hand(street, FORGETFUL, old)
    assert (answer["outcome"], answer["reason"]) == ("rejected", WORDS[TopUpCase.OLD].both)
    assert (await street.meter(FORGETFUL))["log"][-1]["verdict"] == "old"
    await shown(street, FORGETFUL, TopUpCase.OLD)
    receipt = await signed(street, FORGETFUL, old)
    assert (receipt.case, receipt.reason) == ("old", WORDS[TopUpCase.OLD].both)


async def test_a_value_too_large_says_to_exchange_it_r30(street: House) -> None:
    code = issue_currency(key_of_revision(NEW_KRN), 4, 60_000_000, 13_000_002)
    answer = await by_hand(street, FORGETFUL, code)
    assert (answer["case"], answer["reason"]) == ("value_too_large", WORDS[TopUpCase.VALUE_TOO_LARGE].both)


async def test_a_tampered_utrn_is_told_by_its_meter_r30_r31(street: House) -> None:
    good = await new_code(street, UTRN_METER, 200)
    forged = gb_utrn.compose(replace(gb_utrn.fields(good), value=8_000))
    answer = await by_hand(street, UTRN_METER, forged)
    assert (answer["case"], answer["reason"]) == ("not_this_meters", WORDS[TopUpCase.NOT_THIS_METERS].both)
    await shown(street, UTRN_METER, TopUpCase.NOT_THIS_METERS)
    assert (await by_hand(street, UTRN_METER, good))["case"] == "credited"


async def test_too_much_credit_is_kept_for_later_r30(street: House) -> None:
    await street.ask_air({"do": "set", "ieee": LAB_METER.ieee, "balance": "999.99"})
    assert WORDS[TopUpCase.TOO_MUCH_CREDIT].both in await hubctl_says(street, LAB_METER, COMPLIANCE)
    await shown(street, LAB_METER, TopUpCase.TOO_MUCH_CREDIT)
    answer = await by_hand(street, LAB_METER, COMPLIANCE)
    assert (answer["outcome"], answer["case"], answer["final"]) == ("under_way", "too_much_credit", False)
    rows = await messages(street, order=answer["order"], outcome="deferred")
    assert [row["body"]["reason"] for row in rows] == [WORDS[TopUpCase.TOO_MUCH_CREDIT].both], "one order, told once"
    await stands(street, answer["order"], TopUpCase.TOO_MUCH_CREDIT)


async def test_a_code_behind_one_that_waits_says_so_r30(street: House) -> None:
    said = await hubctl_says(street, LAB_METER, "47186281207955155808")
    assert WORDS[TopUpCase.BEHIND].both in said
    assert WORDS[TopUpCase.TOO_MUCH_CREDIT].happened in said
    row = await newest(street, LAB_METER)
    assert row["token_ends"] == "5808"
    await stands(street, row["order"], TopUpCase.BEHIND)


async def test_tampered_and_then_locked_say_to_wait_and_the_code_is_kept_r30(street: House) -> None:
    good = await new_code(street, METER)
    answer = await by_hand(street, FORGETFUL, ON_ANY_KEY_BUT_THIS)
    assert (answer["case"], answer["reason"]) == ("not_this_meters", WORDS[TopUpCase.NOT_THIS_METERS].both)
    await shown(street, FORGETFUL, TopUpCase.NOT_THIS_METERS)
    receipt = await signed(street, FORGETFUL, changed(good))
    assert (receipt.outcome, receipt.case) == ("rejected", "not_this_meters")
    await by_hand(street, FORGETFUL, changed(good, 11))
    assert (await street.meter(FORGETFUL))["lock_until"]
    assert WORDS[TopUpCase.LOCKED].both in await hubctl_says(street, FORGETFUL, good)
    await shown(street, FORGETFUL, TopUpCase.LOCKED)
    order = (await newest(street, FORGETFUL))["order"]
    rows = await messages(street, order=order, outcome="deferred")
    assert rows[-1]["body"]["reason"] == WORDS[TopUpCase.LOCKED].both
    await stands(street, order, TopUpCase.LOCKED)


async def test_codes_typed_at_a_locked_meter_are_neither_sent_nor_kept_r30(street: House) -> None:
    before, kept = await heard(street, FORGETFUL), await newest(street, FORGETFUL)
    for place in range(4):
        said = await hubctl_says(street, FORGETFUL, changed(ON_ANY_KEY_BUT_THIS, place))
        assert said.startswith("not sent: ")
        assert WORDS[TopUpCase.LOCKED_UNSENT].both in said
    await shown(street, FORGETFUL, TopUpCase.LOCKED_UNSENT)
    assert await newest(street, FORGETFUL) == kept, "nothing of them is stored"
    assert await heard(street, FORGETFUL) == before


async def test_a_paid_token_goes_before_the_code_that_was_typed_while_the_meter_is_locked_r30(street: House) -> None:
    typed = await newest(street, FORGETFUL)
    sale = await vend(street, "--meter", METER.pan, "--amount", "1.00", wait_s=2.0, expect=ANY)
    assert (sale["receipt"]["outcome"], sale["receipt"]["case"]) == ("deferred", "locked"), "its issuer hears why"
    await stands(street, typed["order"], TopUpCase.LOCKED)


async def test_a_restart_neither_tries_a_locked_meter_nor_forgets_why_it_waits_r30(street: House) -> None:
    before, paid = await heard(street, FORGETFUL), await newest(street, FORGETFUL)
    for _ in range(2):
        await street.children["hubd-utility"].kill9()
        await street.children["hubd-utility"].restart()
        await until_radio_is_up(street)
    await eventually(lambda: _heard_again(street), 30.0, "the meter was heard of")
    assert await heard(street, FORGETFUL) == before, "locked: left alone until its time is over"
    await stands(street, paid["order"], TopUpCase.LOCKED)
    await shown(street, FORGETFUL, TopUpCase.LOCKED)


async def _heard_again(house: House) -> bool:
    devices = await house.ask({"do": "devices"})
    return any(one["address"] == METER.ieee and one["heard_s_ago"] is not None for one in devices)


async def test_a_meter_that_left_says_to_key_the_code_in_there_r30(street: House) -> None:
    await street.ask_air({"do": "leave", "ieee": UTRN_METER.ieee})

    async def has_left() -> bool:
        devices = await street.ask({"do": "devices"})
        return any(one["address"] == UTRN_METER.ieee and not one["joined"] for one in devices)

    await eventually(has_left, 15.0, "the hub to notice that the meter has left")
    code = await new_code(street, UTRN_METER)
    assert WORDS[TopUpCase.METER_LEFT].both in await hubctl_says(street, UTRN_METER, code)
    await shown(street, UTRN_METER, TopUpCase.METER_LEFT)
    sale = await vend(street, "--meter", UTRN_METER.pan, "--amount", "1.00", wait_s=2.0, expect=ANY)
    assert (sale["receipt"]["outcome"], sale["final"]) == ("deferred", False)
    assert sale["receipt"]["reason"] == WORDS[TopUpCase.METER_LEFT].both


async def test_no_code_is_in_any_log_or_at_home_assistant_r4(street: House) -> None:
    codes = await asyncio.to_thread(_all_codes, street.layout.headend)
    texts = [path.read_text(errors="replace") for path in street.layout.logs.glob("*.log")]
    texts += list(view.latest.values())
    assert codes
    assert not [code for code in codes if any(code in text for text in texts)]


def _all_codes(home: Path) -> list[str]:
    with sqlite3.connect(home / "headend.sqlite") as opened:
        return [str(row[0]) for row in opened.execute("SELECT token FROM vends")]
