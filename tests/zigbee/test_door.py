"""R3, R15: the door is open as long as somebody is expected, and not longer."""

import asyncio
import time

import pytest
from zigpy.types import KeyData

from hubd.errors import LinkError
from hubd.model.secret import Secret
from hubd.zigbee.admissions import INTERVIEW_S, LONGEST_PERMIT_S, Admissions
from hubd.zigbee.door import Door

KEY = Secret(KeyData(bytes(16)))


class Centre:
    """A trust centre that notes what it is told."""

    def __init__(self, works=True):
        self.told = []
        self.works = works

    async def expect(self, device, link_key):
        self.told.append(device)

    async def permit(self, time_s):
        if not self.works:
            raise AttributeError("'NoneType' object has no attribute 'write'")
        self.told.append(time_s)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_window_longer_than_the_radio_can_is_opened_as_long_as_it_can():
    door, centre = Door(Admissions()), Centre()
    await door.radio_is_up(centre)
    await door.admit("a", KEY, 900)
    assert centre.told == ["a", LONGEST_PERMIT_S]


async def test_the_door_shuts_when_the_last_one_is_in():
    door, centre = Door(Admissions()), Centre()
    await door.radio_is_up(centre)
    keeper = asyncio.create_task(door.keep())
    await door.admit("a", KEY, 60)
    await door.admit("b", KEY, 60)
    door.arrived("a")
    await asyncio.sleep(0.02)
    assert 0 not in centre.told
    door.arrived("b")
    await until(lambda: centre.told[-1] == 0)
    keeper.cancel()


async def test_the_door_shuts_when_the_time_is_over():
    admissions = Admissions()
    door, centre = Door(admissions), Centre()
    await door.radio_is_up(centre)
    keeper = asyncio.create_task(door.keep())
    await door.admit("a", KEY, 0.05)
    assert admissions.is_listed("a")
    await until(lambda: centre.told[-1] == 0)
    keeper.cancel()


def test_one_that_slipped_in_at_the_end_may_finish_joining_and_is_then_forgotten():
    admissions = Admissions()
    admissions.admit("a", KEY, until_s=60.0)
    assert admissions.open_until_s(59.0) == 60.0
    assert admissions.open_until_s(61.0) is None
    assert admissions.is_listed("a")
    admissions.open_until_s(60.0 + INTERVIEW_S)
    assert not admissions.is_listed("a")


async def test_a_new_radio_is_told_of_those_still_expected():
    door = Door(Admissions())
    await door.radio_is_up(Centre())
    keeper = asyncio.create_task(door.keep())
    await door.admit("a", KEY, 60)
    door.radio_is_lost()
    with pytest.raises(LinkError):
        await door.admit("b", KEY, 60)
    after = Centre()
    await door.radio_is_up(after)
    await until(lambda: len(after.told) == 2)
    assert after.told[0] == "a"
    assert 55 <= after.told[1] <= 60
    keeper.cancel()


async def test_a_radio_that_fails_to_open_is_a_link_error_and_nobody_is_expected():
    admissions = Admissions()
    door = Door(admissions)
    await door.radio_is_up(Centre(works=False))
    with pytest.raises(LinkError):
        await door.admit("a", KEY, 60)
    assert admissions.open_until_s(time.monotonic()) is None
