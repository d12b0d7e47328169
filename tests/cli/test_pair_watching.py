"""`hubctl pair` as a watcher: waits for a visit, follows one to its end, and outlives the daemon's restarts (R14)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hubd import console
from hubd.cli.hubctl import pair_watch
from hubd.cli.hubctl_main import main

from .test_pair import device

WITHIN_S = 10.0


def visit(name: str, *devices: dict[str, Any], closed: bool = False) -> dict[str, Any]:
    ends = {"opened_at": 1.0, "closed_at": 2.0 if closed else None, "has_statement": closed, "notes": {}}
    return {"visit": name, "devices": list(devices), **ends}


class Daemon:
    """Answers `pair` as the daemon does: at once where something is new, else when it is or the time is over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._visits: list[dict[str, Any]] = []
        self._version = 0
        self._news = asyncio.Event()
        self._dies = False
        self.asked = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = asyncio.ensure_future(console.serve(self._path, self._answer))
        while not self._path.exists():
            await asyncio.sleep(0.005)
        try:
            yield
        finally:
            self._dies = True  # and its connections with it
            self._news.set()
            server.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await server

    def show(self, *visits: dict[str, Any]) -> None:
        self._visits = list(visits)
        self._version += 1
        self._news.set()

    async def _answer(self, question: dict[str, Any]) -> Any:
        self.asked += 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(question["wait_s"]):
                while self._version <= question["after"] and not self._dies:
                    self._news.clear()
                    await self._news.wait()
        if self._dies:
            raise ConnectionResetError
        return {"version": self._version, "visits": self._visits, "follow_ups": []}

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(WITHIN_S):
            while self.asked < times:
                await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_watch, "TRY_AGAIN_S", 0.02)


def watching(path: Path, *words: str) -> "asyncio.Future[int]":
    return asyncio.ensure_future(asyncio.to_thread(main, ["pair", "--socket", str(path), *words]))


async def test_where_the_latest_visit_is_closed_the_next_is_waited_for_r14(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon, first = Daemon(tmp_path / "c"), visit("v-1", device("done"), closed=True)
    async with daemon.running():
        daemon.show(first)
        watcher = watching(tmp_path / "c")
        await daemon.until_asked(2)
        daemon.show(visit("v-2", device("join")), first)
        await daemon.until_asked(3)
        daemon.show(visit("v-2", device("done"), closed=True), first)
        assert await asyncio.wait_for(watcher, WITHIN_S) == 0
    said = capsys.readouterr()
    assert said.err.count("no visit is open: waiting for the security centre's admission") == 1
    assert "visit v-2 is closed" in said.out


async def test_a_visit_that_is_named_is_watched_alone_and_waited_for_where_it_is_still_to_come_r14(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = Daemon(tmp_path / "c")
    held, other = visit("v-1", device("vend_test", "x"), closed=True), visit("v-2", device("join"))
    async with daemon.running():
        daemon.show(other, held)
        assert await asyncio.wait_for(watching(tmp_path / "c", "--visit", "v-1"), WITHIN_S) == 1
        assert "v-2" not in (said := capsys.readouterr()).out
        assert "held" in said.out
        asked, watcher = daemon.asked, watching(tmp_path / "c", "--visit", "v-3")
        await daemon.until_asked(asked + 2)
        daemon.show(visit("v-3", device("done"), closed=True), other, held)
        assert await asyncio.wait_for(watcher, WITHIN_S) == 0
    assert "there is no visit v-3 yet: waiting for it" in capsys.readouterr().err


async def test_a_restart_of_the_daemon_is_said_and_waited_through_r14(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = Daemon(tmp_path / "c"), Daemon(tmp_path / "c")
    async with before.running():
        for _ in range(9):
            before.show(visit("v-1", device("join")))
        watcher = watching(tmp_path / "c")
        await before.until_asked(2)
    async with after.running():
        after.show(visit("v-1", device("interview")))
        await after.until_asked(2)
        after.show(visit("v-1", device("done"), closed=True))
        assert await asyncio.wait_for(watcher, WITHIN_S) == 0
    said = capsys.readouterr()
    assert said.err.count("the daemon does not answer") == 1
    assert said.err.count("the daemon is back") == 1
    assert "interview" in said.out, "its versions begin anew, and what it says first is shown"


async def test_without_a_daemon_or_a_visit_the_exit_code_says_which_r14(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = Daemon(tmp_path / "c")
    assert await asyncio.wait_for(watching(tmp_path / "c", "--wait", "0"), WITHIN_S) == 4
    async with daemon.running():
        assert await asyncio.wait_for(watching(tmp_path / "c", "--wait", "0.1"), WITHIN_S) == 5
        daemon.show(visit("v-1", device("join")))
        asked, watcher = daemon.asked, watching(tmp_path / "c", "--wait", "0.6")
        await daemon.until_asked(asked + 2)
    assert await asyncio.wait_for(watcher, WITHIN_S) == 4, "the time was over without the daemon"
    assert "nobody answers" in capsys.readouterr().err


async def test_a_visit_that_is_gone_ends_the_watch_r14(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    daemon = Daemon(tmp_path / "c")
    async with daemon.running():
        daemon.show(visit("v-1", device("join")))
        watcher = watching(tmp_path / "c")
        await daemon.until_asked(2)
        daemon.show(visit("v-2", device("join")))
        assert await asyncio.wait_for(watcher, WITHIN_S) == 1
    assert "visit v-1 is gone: its devices were removed, or belong to another visit now" in capsys.readouterr().err


async def test_a_time_to_wait_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ("nan", "-3", "inf", "soon"):
        with pytest.raises(SystemExit) as ended:
            main(["pair", "--wait", words])
        assert ended.value.code == 2
        assert "is not a number from 0 to 604800" in capsys.readouterr().err
