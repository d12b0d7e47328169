"""Tokens that a meter took without the hub, known by the SHA-256 of their digits."""

import hashlib
import sqlite3

from hubd.model.identity import Eui64
from hubd.model.secret import Secret


def is_known(connection: sqlite3.Connection, device: Eui64, code: Secret[str]) -> bool:
    """Whether this token went to this meter through the hub, or was told of before."""
    digest = _digest(code)
    told = "SELECT 1 FROM top_up_elsewhere WHERE device = ? AND token_sha256 = ?"
    through = "SELECT 1 FROM top_up WHERE device = ? AND token_sha256 = ?"
    return any(connection.execute(sql, (device, digest)).fetchone() for sql in (told, through))


def add(connection: sqlite3.Connection, device: Eui64, code: Secret[str]) -> None:
    """It is told of now."""
    connection.execute("INSERT OR IGNORE INTO top_up_elsewhere VALUES (?, ?)", (device, _digest(code)))


def _digest(code: Secret[str]) -> bytes:
    return hashlib.sha256(code.reveal().encode()).digest()
