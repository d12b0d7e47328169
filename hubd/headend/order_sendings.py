"""Which orders are to be sent, and what is known of their sendings.

The codes of a meter keep their order, for a meter that remembers its last 50 tokens takes none that is older than
those. What the broker has taken in one session of ours it brings in that order; what it may have lost (it died, or
the hub came without a session) goes again before anything newer (`may_be_lost`). What the hub has all the same it
answers as a repetition, and is then not taken for lost again.
"""

import sqlite3
from collections.abc import Collection

import msgspec

from hubd.headend.orders import NEVER_UNIX_S, Order, order_of
from hubd.model.roles import Role

_OFTEN = 10
"""An order is sent so many times at the usual distance, then ten times rarer."""

_LOST_UNIX_S = 0.0
"""When an order is due that was sent and may be lost: at once, and it holds back what is behind it."""


def due(
    connection: sqlite3.Connection,
    roles: Collection[Role],
    offline: Collection[str],
    now_unix_s: float,
    limit: int = 32,
) -> list[Order]:
    """Open orders of these roles whose time to be sent has come, in the order they were made. To a hub that is
    offline an order is sent once, and waits for it at the broker; it is not sent again before the hub is back, and no
    later code of its meter passes it.
    """
    rows = connection.execute(
        """SELECT * FROM orders AS this WHERE NOT final AND due_unix_s <= ?1 AND expires_unix_s > ?1
             AND role IN (SELECT value FROM json_each(?2))
             AND NOT (hub IN (SELECT value FROM json_each(?3)) AND (sendings > 0 OR cmd = 'vend' AND EXISTS (
               SELECT 1 FROM orders AS lost WHERE NOT lost.final AND lost.due_unix_s = ?5 AND lost.expires_unix_s > ?1
                 AND lost.hub = this.hub AND lost.device = this.device)))
           ORDER BY created_unix_s, rowid LIMIT ?4""",
        (now_unix_s, _json(roles), _json(offline), limit, _LOST_UNIX_S),
    )
    return [order_of(row) for row in rows]


def may_be_lost(connection: sqlite3.Connection, hub: str | None = None) -> None:
    """A session has begun, ours with the broker or this hub's: codes that were sent before, and that the hub has not
    shown to have, are due again at once.
    """
    which = "" if hub is None else "AND hub = :hub"
    connection.execute(
        f"""UPDATE orders SET due_unix_s = :lost WHERE NOT final AND cmd = 'vend' AND sendings > 0
              AND received_unix_s IS NULL AND due_unix_s < :never {which}""",  # noqa: S608 - ours
        {"lost": _LOST_UNIX_S, "never": NEVER_UNIX_S, "hub": hub},
    )


def count_sending(connection: sqlite3.Connection, jti: str) -> None:
    """A sending is about to leave. Its time stays due until `sent` says it left, so a crash between sends again."""
    connection.execute("UPDATE orders SET sendings = sendings + 1 WHERE jti = ?", (jti,))


def sent(connection: sqlite3.Connection, jti: str, now_unix_s: float, resend_s: float) -> None:
    """The broker has the sending; the next one is due after `resend_s`."""
    connection.execute(
        "UPDATE orders SET due_unix_s = ?2 + ?3 * (CASE WHEN sendings < ?4 THEN 1 ELSE 10 END) WHERE jti = ?1",
        (jti, now_unix_s, resend_s, _OFTEN),
    )


def _json(values: Collection[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
