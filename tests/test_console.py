"""The consoles: one question, one answer; only the socket's owner may ask (R4)."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from hubd import console
from hubd.errors import ConfigurationError, LinkError


async def answer(question: dict[str, Any]) -> Any:
    if question["do"] == "number":
        return int(question["number"])
    if question["do"] == "wait":
        return console.seconds(question, "wait_s", 1.0)
    if question["do"] == "refuse":
        raise console.ConsoleRefusedError("not today")
    return {"echo": question}


async def test_a_question_is_answered_and_a_refusal_keeps_its_words(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with asyncio.TaskGroup() as group:
        server = group.create_task(console.serve(path, answer))
        while not path.exists():
            await asyncio.sleep(0.01)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        got = await asyncio.to_thread(console.ask, path, {"do": "it"})
        assert got == {"echo": {"do": "it"}}
        with pytest.raises(console.ConsoleRefusedError, match="not today"):
            await asyncio.to_thread(console.ask, path, {"do": "refuse"})
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"{garbage\n")
        assert b"not a JSON object" in await reader.readline()
        writer.close()
        await writer.wait_closed()
        server.cancel()
    assert not path.exists()


@pytest.mark.parametrize(
    "line",
    [
        b'{"do": "number", "number": []}', b'{"do": "number", "number": "x"}', b'{"do": "number", "number": 1e400}',
        b'{"do": "wait", "wait_s": "soon"}', b'{"do": "wait", "wait_s": -3}', b'{"do": "wait", "wait_s": "nan"}',
        b'{"do": "wait", "wait_s": []}', b"[1]", b"\xff",
    ],
)  # fmt: skip
async def test_a_question_of_the_wrong_form_is_answered_with_words_and_the_line_goes_on(
    line: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "c.sock"
    async with asyncio.TaskGroup() as group:
        server = group.create_task(console.serve(path, answer))
        while not path.exists():
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(line + b"\n")
        said = json.loads(await asyncio.wait_for(reader.readline(), 5))
        assert said["error"]
        writer.write(b'{"do": "wait", "wait_s": 2}\n')
        assert json.loads(await reader.readline()) == {"ok": 2.0}
        writer.close()
        await writer.wait_closed()
        server.cancel()
    assert "Traceback" not in caplog.text


async def test_at_its_end_a_console_leaves_the_socket_of_one_that_came_after_it(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with asyncio.TaskGroup() as group:
        first = group.create_task(console.serve(path, answer))
        while not path.exists():
            await asyncio.sleep(0.01)
        inode = path.stat().st_ino
        second = group.create_task(console.serve(path, answer))
        while not path.exists() or path.stat().st_ino == inode:
            await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.wait({first})
        assert await asyncio.to_thread(console.ask, path, {"do": "it"}) == {"echo": {"do": "it"}}
        second.cancel()
    assert not path.exists()


def test_nobody_listening_is_a_link_error_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="Cure"):
        console.ask(tmp_path / "none.sock", {"do": "x"})


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter"
    path.write_text("mine")
    with pytest.raises(ConfigurationError, match=r"is no socket; it is left alone\. Cure:"):
        await asyncio.wait_for(console.serve(path, answer), 10)
    assert path.read_text() == "mine"


async def test_a_place_where_no_socket_can_be_made_is_named_with_the_cure(tmp_path: Path) -> None:
    for place in (tmp_path / "none" / "c.sock", tmp_path / ("n" * 120)):
        with pytest.raises(ConfigurationError, match=rf"{place.name}: no console can be opened: .*Cure:"):
            await asyncio.wait_for(console.serve(place, answer), 10)
