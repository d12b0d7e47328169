"""What was acknowledged is there after the end, wherever the end falls; and nothing half (R30)."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.store import inbox, meta, outbox
from hubd.store.journal import Journal
from hubd.store.schema import MIGRATIONS

from .conftest import AT

_WRITER = """
import asyncio, sys
from pathlib import Path
from hubd.model.lane import Lane
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import meta, outbox
from hubd.store.journal import Journal

AT = Stamp(0.0, TimeTrust.UNSYNCED)

def both(n):
    def work(c):
        seq = outbox.put(c, Lane.RECEIPT, "receipt", b"{}", AT)
        meta.put(c, "seen", str(seq))
        return seq
    return work

async def main():
    journal = await Journal.open(Path(sys.argv[1]))
    async def writer(grouped):
        while True:
            seq = await (journal.commit_grouped if grouped else journal.commit)(both(0))
            sys.stdout.write(f"{seq}\\n"); sys.stdout.flush()
    await asyncio.gather(writer(False), writer(True), writer(True))

asyncio.run(main())
"""


@pytest.mark.process
async def test_every_acknowledged_commit_survives_kill_9(path: Path):
    """Six deaths of the same journal, each somewhere in the middle of writing."""
    chance = random.Random(20261123)
    acknowledged: list[int] = []
    for _ in range(6):
        acknowledged += _write_until_killed(path, chance.randint(1, 120))
        journal = await Journal.open(path)
        rows = await journal.read(lambda c: [r.seq for r in outbox.waiting(c, Lane.RECEIPT, 0, 1_000_000)])
        seen = await journal.read(lambda c: meta.get(c, "seen"))
        await journal.close()
        assert set(acknowledged) <= set(rows)
        assert rows == list(range(1, len(rows) + 1))
        assert seen == str(rows[-1])
    assert len(acknowledged) > 50


async def test_a_log_torn_at_any_sector_opens_as_a_whole_number_of_commits(path: Path, tmp_path: Path):
    """Power fails while the log is written: what is left is a prefix of the commits, never half of one."""
    journal = await Journal.open(path)
    await journal.read(lambda c: c.execute("PRAGMA wal_autocheckpoint = 0").fetchall())
    acknowledged_at = []
    for n in range(1, 13):
        await journal.commit(lambda c, n=n: _one_commit(c, n))
        acknowledged_at.append(Path(f"{path}-wal").stat().st_size)
    torn = tmp_path / "torn"
    log, main = Path(f"{path}-wal").read_bytes(), path.read_bytes()
    await journal.close()
    chance = random.Random(3)
    for length in [*range(0, len(log), 512), len(log)]:
        acknowledged = sum(size <= length for size in acknowledged_at)
        for tail in (b"", chance.randbytes(512)):
            assert _commits_in(torn, main, log[:length] + tail) == acknowledged


def _one_commit(connection: sqlite3.Connection, n: int) -> None:
    outbox.put(connection, Lane.RECEIPT, "receipt", b'{"n":%d}' % n * 30, AT)
    inbox.add(connection, f"jti-{n}", "key", Role.VENDING, "vend", b"", b"{}", AT)
    meta.put(connection, "n", str(n))


def _commits_in(folder: Path, main: bytes, log: bytes) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "j").write_bytes(main)
    (folder / "j-wal").write_bytes(log)
    connection = sqlite3.connect(folder / "j")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if connection.execute("PRAGMA user_version").fetchone() < (len(MIGRATIONS),):
            return 0  # torn while it was made
        n = int(meta.get(connection, "n") or 0)
        numbers = [row.seq for row in outbox.waiting(connection, Lane.RECEIPT, 0, 100)]
        assert numbers == list(range(1, n + 1))
        assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (n,)
        return n
    finally:
        connection.close()


def _write_until_killed(path: Path, after: int) -> list[int]:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert writer.stdout is not None
    lines = []
    try:
        for line in writer.stdout:
            lines.append(line)
            if len(lines) == after:
                break
    finally:
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.stdout.close()
        writer.wait()
    return [int(line) for line in lines if line.endswith(b"\n")]
