"""R39: the newest word on each meter and who has had it, through restarts."""

from pathlib import Path

from hubd.model.identity import Eui64
from hubd.model.top_up_case import TopUpCase
from hubd.store import display_messages, meta
from hubd.store.display_messages import MessageRow, ToldRow
from hubd.store.journal import Journal

from .conftest import AT

METER, GAS = Eui64("00:0d:6f:00:00:00:00:01"), Eui64("00:0d:6f:00:00:00:00:02")
DISPLAY = Eui64("00:0d:6f:00:00:00:00:03")


async def test_a_newer_word_takes_the_place_of_the_older_and_no_number_is_used_twice(path: Path) -> None:
    numbers = []
    for case in (TopUpCase.UNDER_WAY, TopUpCase.CREDITED):
        journal = await Journal.open(path)
        row = await journal.commit(lambda c, case=case: display_messages.put(c, METER, case, AT.unix_s))
        numbers.append(row.message_id)
        assert await journal.read(display_messages.every) == [MessageRow(METER, numbers[-1], case, AT.unix_s)]
        await journal.close()
    assert numbers == [int(AT.unix_s), int(AT.unix_s) + 1]


async def test_a_number_does_not_fall_with_the_clock(journal: Journal) -> None:
    later = await journal.commit(lambda c: display_messages.put(c, METER, TopUpCase.USED, AT.unix_s))
    earlier = await journal.commit(lambda c: display_messages.put(c, GAS, TopUpCase.USED, 0.0))
    assert earlier.message_id == later.message_id + 1


async def test_being_told_and_reading_are_news_once_each_and_in_order(journal: Journal) -> None:
    old = await journal.commit(lambda c: display_messages.put(c, METER, TopUpCase.USED, AT.unix_s))
    new = await journal.commit(lambda c: display_messages.put(c, METER, TopUpCase.OLD, AT.unix_s))
    told, confirmed = display_messages.told, display_messages.confirmed
    assert not await journal.commit(lambda c: confirmed(c, DISPLAY, old)), "it has not been told"
    assert [await journal.commit(lambda c: told(c, DISPLAY, old)) for _ in range(2)] == [True, False]
    assert [await journal.commit(lambda c: confirmed(c, DISPLAY, old)) for _ in range(2)] == [True, False]
    assert await journal.commit(lambda c: told(c, DISPLAY, new))
    assert not await journal.commit(lambda c: told(c, DISPLAY, old)), "late word of an older one"
    assert await journal.read(display_messages.all_told) == [ToldRow(DISPLAY, METER, new.message_id, False)]


async def test_a_device_that_is_gone_leaves_nothing_and_a_word_of_another_version_is_left_out(
    journal: Journal,
) -> None:
    for meter in (METER, GAS):
        row = await journal.commit(lambda c, m=meter: display_messages.put(c, m, TopUpCase.USED, AT.unix_s))
        await journal.commit(lambda c, row=row: display_messages.told(c, DISPLAY, row))
    await journal.commit(lambda c: display_messages.forget(c, METER))
    assert [row.meter for row in await journal.read(display_messages.every)] == [GAS]
    assert [row.meter for row in await journal.read(display_messages.all_told)] == [GAS]
    await journal.commit(lambda c: display_messages.forget(c, DISPLAY))
    assert await journal.read(display_messages.all_told) == []
    await journal.commit(lambda c: c.execute("UPDATE display_message SET top_up_case = 'of_another_version'"))
    assert await journal.read(display_messages.every) == []
    assert await journal.read(lambda c: meta.get(c, "issuer_event_id")) == str(int(AT.unix_s) + 1)
