"""`hubctl pair statement --html`: the page is its owner's alone, and a place that cannot be is told (R16)."""

import asyncio
import contextlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hubd import console
from hubd.cli.hubctl_main import main
from tests.wan.examples import EXAMPLES

STATEMENT = next(e for e in EXAMPLES if e.schema == "statement").full["body"]


@contextlib.asynccontextmanager
async def a_daemon(tmp_path: Path) -> AsyncIterator[list[str]]:
    """Knows one statement; the words that name its socket."""

    async def answer(question: dict[str, Any]) -> Any:
        return STATEMENT if question["do"] == "pair_statement" else {"hub": "hub-0001"}

    path = tmp_path / "c.sock"
    server = asyncio.ensure_future(console.serve(path, answer))
    while not path.exists():
        await asyncio.sleep(0.01)
    try:
        yield ["--socket", str(path)]
    finally:
        server.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await server


async def test_the_page_is_written_whole_and_for_its_owner_alone_r16(tmp_path: Path) -> None:
    page = tmp_path / "statement.html"
    page.write_text("older")
    page.chmod(0o644)
    async with a_daemon(tmp_path) as words:
        assert await asyncio.to_thread(main, ["pair", "statement", "--html", str(page), *words]) == 0
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "Statement of installation" in page.read_text()
    assert [each.name for each in tmp_path.glob("*.html*")] == ["statement.html"]


async def test_a_place_that_cannot_be_written_is_told_with_its_cure_r16(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_daemon(tmp_path) as words:
        assert await asyncio.to_thread(main, ["pair", "statement", "--html", "/proc/none/s.html", *words]) == 3
        assert "/proc/none/s.html: there is no such folder; nothing was written. Cure: " in capsys.readouterr().err
        assert await asyncio.to_thread(main, ["pair", "statement", *words]) == 0
        assert msgspec.json.decode(capsys.readouterr().out) == STATEMENT
