"""zigpy's database: its first making is not one transaction; a kill in the middle must not end the network."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
import zigpy.appdb
import zigpy.appdb_schemas

from hubd.errors import StoreError
from hubd.zigbee import database

SCHEMA = [each for each in zigpy.appdb_schemas.SCHEMAS[zigpy.appdb.DB_VERSION].split(";") if each.strip()]
DEVICES = f"devices{zigpy.appdb.DB_V}"


def made(path: Path, statements: int) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in SCHEMA[:statements]:
            connection.execute(statement)


def tables(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


@pytest.mark.parametrize("statements", [0, 1, 2, 3, len(SCHEMA) - 1])
def test_a_database_that_was_left_half_made_is_begun_anew_r14(tmp_path: Path, statements: int) -> None:
    path = tmp_path / "zigbee.sqlite"
    made(path, statements)
    database.prepare(path, fresh=False)
    assert tables(path) == []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_database_with_a_device_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "zigbee.sqlite"
    made(path, len(SCHEMA))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({DEVICES})")]
        connection.execute(f"INSERT INTO {DEVICES} VALUES ({', '.join('1' for _ in columns)})")
    database.prepare(path, fresh=False)
    assert DEVICES in tables(path)


def test_a_file_that_is_no_database_is_told_and_not_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "zigbee.sqlite"
    path.write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreError, match="Cure: remove it"):
        database.prepare(path, fresh=False)
    assert path.stat().st_size == 14_000
