"""Signing orders: each sending gets a counter of its own, which is on disk before the sending leaves."""

import sqlite3
import uuid
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec

from hubd.headend.home import Home
from hubd.headend.orders import Order
from hubd.headend.role_keys import RoleKey, load
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.wan.messages import CommandClaims


def take_counter(connection: sqlite3.Connection, kid: str, now_unix_s: float) -> int:
    """The next counter of a key, in the caller's transaction. It follows the clock as well as the last one, so that
    it still rises at the hubs after this book was lost or restored from an older copy.
    """
    row = connection.execute("SELECT last FROM counters WHERE kid = ?", (kid,)).fetchone()
    counter = max(int(row[0]) + 1 if row else 1, int(now_unix_s))
    connection.execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", (kid, counter))
    return counter


def sign_order(key: RoleKey, order: Order, counter: int, now_unix_s: float) -> bytes:
    """The order as a signed command (JWT, EdDSA), for one sending."""
    claims = CommandClaims(
        iss=key.kid, aud=order.hub, jti=order.jti, iat=int(now_unix_s), exp=int(order.expires_unix_s), ctr=counter,
        cmd=order.cmd, args=order.args,
    )  # fmt: skip
    return sign_claims(key, claims)


def sign_claims(key: RoleKey, claims: CommandClaims) -> bytes:
    """Any claims under any key, good or bad."""
    return jwt.encode(msgspec.to_builtins(claims), key.private, algorithm="EdDSA", headers={"kid": key.kid}).encode()


def signed(
    home: Home,
    role: Role,
    hub: HubId,
    cmd: str,
    args: Mapping[str, Any],
    *,
    now_unix_s: float,
    exp: int | None = None,
    jti: str | None = None,
    ctr: int | None = None,
    iat: int | None = None,
) -> bytes:
    """A signed command made by hand, for tests of what a hub refuses: nothing about it is checked or booked, but the
    counter, where none is given, is the next one of the book.
    """
    key = load(home, role)
    claims = CommandClaims(
        iss=key.kid, aud=hub, jti=jti or uuid.uuid4().hex, iat=int(now_unix_s) if iat is None else iat,
        exp=int(now_unix_s) + 600 if exp is None else exp,
        ctr=_counter(home, key.kid, now_unix_s) if ctr is None else ctr, cmd=cmd, args=dict(args),
    )  # fmt: skip
    return sign_claims(key, claims)


def _counter(home: Home, kid: str, now_unix_s: float) -> int:
    from hubd.headend import book

    connection = book.open_book(home)
    try:
        with book.transaction(connection):
            return take_counter(connection, kid, now_unix_s)
    finally:
        connection.close()
