"""The memory from one run to the next: whole or not at all, never the reason not to start."""

import asyncio
import stat
from pathlib import Path

import pytest

from hubd.consumer import memory_file
from hubd.consumer.memory_file import MemoryFile
from hubd.consumer.meter import KnownMeter
from hubd.feed.frames import When
from hubd.model.stamp import TimeTrust

KNOWN = [
    KnownMeter("electricity-1", name="Electricity meter", import_wh=5_000, fresh=frozenset({"import_wh"})),
    KnownMeter("gas-1", measured_at=When(1.5, TimeTrust.METER)),
]


async def written(path: Path, known: list[KnownMeter]) -> None:
    file = MemoryFile(path)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(file.run(lambda: known))
        await asyncio.sleep(0)
        file.changed()
        task.cancel()


async def test_what_was_known_is_known_again_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "meters.json"
    await written(path, KNOWN)
    assert MemoryFile(path).load() == KNOWN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["meters.json"]


def test_nothing_is_known_at_the_first_start(tmp_path: Path) -> None:
    assert MemoryFile(tmp_path / "meters.json").load() == []


@pytest.mark.parametrize("octets", [b"", b"{", b"\xff", b'{"v":2,"meters":[]}', b'{"v":1,"meters":[{"alias":5}]}'])
def test_a_file_that_cannot_be_understood_is_set_aside_with_a_warning(
    tmp_path: Path, octets: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "meters.json"
    path.write_bytes(octets)
    assert MemoryFile(path).load() == []
    assert path.with_suffix(".broken").read_bytes() == octets
    assert caplog.text.count("WARNING") == 1


async def test_it_is_written_seldom_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_file, "WRITE_AT_MOST_EVERY_S", 3_600.0)
    path, known = tmp_path / "meters.json", [KNOWN[0]]
    file = MemoryFile(path)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(file.run(lambda: known))
        file.changed()
        async with asyncio.timeout(5):
            while not path.exists():
                await asyncio.sleep(0.002)
        known = KNOWN
        for _ in range(100):
            file.changed()
            await asyncio.sleep(0)
        assert MemoryFile(path).load() == [KNOWN[0]]
        task.cancel()
    assert MemoryFile(path).load() == KNOWN


async def test_a_full_disk_is_warned_of_once_and_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "none" / "meters.json"
    await written(path, KNOWN)
    assert caplog.text.count("WARNING") == 1
