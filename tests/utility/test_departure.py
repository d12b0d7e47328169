"""The way down: it is gone whatever fails, and the last looks decide between power-off and restart (R42)."""

from collections.abc import Callable, Iterator
from itertools import chain, cycle, repeat
from pathlib import Path

import pytest

from hubd.errors import LinkError, StoreError
from hubd.utility.departure import Departure, Leaving, live


def departure(folder: Path, supply_on: Callable[[], bool]) -> Departure:
    return Departure(["touch", str(folder / "off")], ["touch", str(folder / "again")], supply_on)


def done(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def looks(levels: Iterator[bool]) -> Callable[[], bool]:
    return lambda: next(levels)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (repeat(False), "off"),
        (repeat(True), "again"),
        (chain([True], repeat(False)), "off"),
        (chain([False], repeat(True)), "again"),
        (cycle([True, False, False]), "off"),
    ],
    ids=["still off", "back meanwhile", "a glitch", "back just now", "never at rest"],
)
async def test_supply_that_came_back_during_the_shutdown_makes_it_a_restart_r42(
    tmp_path: Path, levels: Iterator[bool], expected: str
):
    await departure(tmp_path, looks(levels)).go()
    assert done(tmp_path) == [expected]


async def test_an_input_that_cannot_be_read_at_the_last_look_is_no_supply_r42(tmp_path: Path):
    def unreadable() -> bool:
        raise LinkError("GPIO 17 cannot be read")

    await departure(tmp_path, unreadable).go()
    assert done(tmp_path) == ["off"]


async def test_a_machine_that_cannot_be_told_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture):
    await Departure(["false"], ["false"], lambda: False).go()
    assert "could not be told: false ended with 1" in caplog.text


@pytest.mark.parametrize(
    ("ends_with", "closing_fails"),
    [([Leaving()], False), ([Leaving()], True), ([Leaving(), LinkError("the radio is gone")], False)],
    ids=["in order", "the card is full", "another part fails while it ends"],
)
async def test_a_machine_that_must_go_down_goes_down_whatever_else_fails_r42(
    tmp_path: Path, ends_with: list[Exception], closing_fails: bool
):
    down = departure(tmp_path, lambda: False)

    async def parts() -> None:
        down.due = True
        raise ExceptionGroup("parts", ends_with)

    async def close() -> None:
        assert done(tmp_path) == [], "closed before the machine goes"
        if closing_fails:
            raise StoreError("the card is full")

    if closing_fails or len(ends_with) > 1:
        with pytest.raises((StoreError, ExceptionGroup)):
            await live(parts, close, down)
    else:
        await live(parts, close, down)
    assert done(tmp_path) == ["off"]


async def test_a_daemon_that_ends_for_another_reason_leaves_the_machine_up(tmp_path: Path):
    down = departure(tmp_path, lambda: False)

    async def parts() -> None:
        raise StoreError("the card is full")

    async def close() -> None:
        pass

    with pytest.raises(StoreError):
        await live(parts, close, down)
    assert done(tmp_path) == []
