"""The tables, as steps that bring any older journal up to date."""

import sqlite3

from hubd.errors import StoreError

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE lane (lane TEXT PRIMARY KEY, last_seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    lane TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
    at_unix_s REAL NOT NULL, at_trust TEXT NOT NULL,
    PRIMARY KEY (lane, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE counter (kid TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE inbox (
    jti TEXT PRIMARY KEY, kid TEXT NOT NULL, role TEXT NOT NULL, cmd TEXT NOT NULL, body_sha256 BLOB NOT NULL,
    args BLOB, at_unix_s REAL NOT NULL, at_trust TEXT NOT NULL, finished INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_unfinished ON inbox (at_unix_s) WHERE NOT finished;
CREATE TABLE top_up (
    number INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL UNIQUE, device TEXT NOT NULL,
    token TEXT, token_sha256 BLOB NOT NULL, last4 TEXT NOT NULL, source TEXT NOT NULL,
    received_unix_s REAL NOT NULL, received_trust TEXT NOT NULL,
    give_up_unix_s REAL NOT NULL, give_up_trust TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, outcome TEXT, reason TEXT, result_code INTEGER,
    top_up_value_e5 INTEGER, credit_remaining_e5 INTEGER, finished_unix_s REAL
) STRICT;
CREATE INDEX top_up_unfinished ON top_up (number) WHERE outcome IS NULL;
CREATE TABLE device (
    address TEXT PRIMARY KEY, kind TEXT NOT NULL, alias TEXT NOT NULL UNIQUE, admitted_unix_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE removed_device (
    number INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL, kind TEXT NOT NULL, alias TEXT NOT NULL,
    removed_unix_s REAL NOT NULL
) STRICT;
CREATE TABLE profile (
    address TEXT NOT NULL, channel TEXT NOT NULL, start_unix_s INTEGER NOT NULL, wh INTEGER,
    PRIMARY KEY (address, channel, start_unix_s)
) STRICT, WITHOUT ROWID;
"""

_VISITS = """
CREATE TABLE visit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, visit TEXT NOT NULL UNIQUE,
    opened_unix_s REAL NOT NULL, opened_trust TEXT NOT NULL, closed_unix_s REAL, closed_trust TEXT,
    notes BLOB, statement BLOB
) STRICT;
CREATE TABLE commissioning (
    device TEXT PRIMARY KEY, visit TEXT NOT NULL REFERENCES visit (visit), supplier TEXT,
    install_code TEXT, window_until_unix_s REAL NOT NULL, admit_order TEXT,
    trial_order TEXT, trial_token TEXT, state BLOB NOT NULL, vend_tested_unix_s REAL
) STRICT, WITHOUT ROWID;
CREATE TABLE follow_up (
    number INTEGER PRIMARY KEY AUTOINCREMENT, visit TEXT NOT NULL UNIQUE, due TEXT NOT NULL,
    told_overdue INTEGER NOT NULL DEFAULT 0, met_unix_s REAL
) STRICT;
"""
"""Installers' visits: one row a device on its way in. Secrets stand here only until they have done their work."""

_SENDINGS = """
CREATE TABLE sending (
    kid TEXT NOT NULL, counter INTEGER NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (kid, counter)
) STRICT, WITHOUT ROWID;
"""

_OFFERS = """
ALTER TABLE top_up ADD COLUMN offered_unix_s REAL;
"""

_SCHEME_OF_CODES = """
ALTER TABLE device ADD COLUMN token_scheme TEXT NOT NULL DEFAULT 'sts';
CREATE INDEX top_up_code ON top_up (token_sha256);
"""

_OUTAGES = """
CREATE TABLE outage (outage TEXT PRIMARY KEY, boot TEXT NOT NULL, kept BLOB NOT NULL, alert_seq INTEGER)
    STRICT, WITHOUT ROWID;
CREATE TABLE told_later (outage TEXT PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""
"""The open outage of the hub's own supply, and restorations that wait for their turn."""

_SLEEPERS = """
CREATE TABLE sleeper (
    address TEXT PRIMARY KEY, endpoint INTEGER NOT NULL, scheme INTEGER NOT NULL, reports_every_s INTEGER NOT NULL,
    woke_unix_s REAL, woke_trust TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    posted_unix_s REAL NOT NULL, posted_trust TEXT NOT NULL, UNIQUE (device, name)
) STRICT;
"""
"""Sleeping meters and what waits for their wake. Tokens wait in the ledger."""

_SPOOL = """
CREATE TABLE spool (number INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, body BLOB NOT NULL) STRICT;
"""

_KEY_CHANGES = """
ALTER TABLE top_up ADD COLUMN before TEXT;
ALTER TABLE top_up ADD COLUMN progress INTEGER NOT NULL DEFAULT 0;
"""
"""Sections of a key change that come before a token, and how far they went."""

_ELSEWHERE = """
CREATE TABLE top_up_elsewhere (
    device TEXT NOT NULL, token_sha256 BLOB NOT NULL, PRIMARY KEY (device, token_sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX top_up_token ON top_up (token_sha256);
"""
"""Tokens that a meter took from its keypad or a display, and that were told."""

_DISPLAYS = """
CREATE TABLE display_message (
    meter TEXT PRIMARY KEY, message_id INTEGER NOT NULL, top_up_case TEXT NOT NULL, at_unix_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE display_told (
    display TEXT NOT NULL, meter TEXT NOT NULL, message_id INTEGER NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (display, meter)
) STRICT, WITHOUT ROWID;
"""
"""The newest word on each meter's top-ups, and which displays have had it."""

_HELD = """
ALTER TABLE top_up ADD COLUMN told_case TEXT;
ALTER TABLE top_up ADD COLUMN held_until_unix_s REAL;
ALTER TABLE top_up ADD COLUMN fate_known INTEGER NOT NULL DEFAULT 0;
"""
"""Why a token had to wait for its meter, and until when."""

_URGENCY = """
CREATE INDEX spool_of_role ON spool (role, number);
"""
"""What is spooled is dealt with by roles."""

_WINDOWS = """
ALTER TABLE commissioning ADD COLUMN window_boot TEXT;
ALTER TABLE commissioning ADD COLUMN window_until_s REAL;
"""
"""The end of a joining window by the monotonic clock of the machine's life in which it was opened."""

_ONE_TREE = """
ALTER TABLE outbox RENAME TO outbox_before;
CREATE TABLE outbox (
    place INTEGER PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL, at_unix_s REAL NOT NULL, at_trust TEXT NOT NULL
) STRICT;
"""
"""Lane and number in one integer (`outbox.py`), so that a message lies in one tree and seldom overflows a page:
under a key of two columns without a rowid all rows above 231 octets did, and a report cost five pages of the log, not
three."""

_MOVED = """
DROP TABLE outbox_before;
"""
_MOVE_SOME = """
INSERT INTO outbox SELECT
    (CASE lane WHEN 'alarm' THEN 1 WHEN 'receipt' THEN 2 WHEN 'event' THEN 3 WHEN 'audit' THEN 4 ELSE 5 END << 48)
    + seq,
    kind, body, at_unix_s, at_trust FROM outbox_before ORDER BY lane, seq LIMIT 200;
DELETE FROM outbox_before WHERE (lane, seq) IN (SELECT lane, seq FROM outbox_before ORDER BY lane, seq LIMIT 200);
"""

_ORDERS_IN_ORDER = """
CREATE TABLE orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT, jti TEXT NOT NULL UNIQUE, kid TEXT NOT NULL, role TEXT NOT NULL,
    cmd TEXT NOT NULL, body_sha256 BLOB NOT NULL, args BLOB, at_unix_s REAL NOT NULL, at_trust TEXT NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO orders (jti, kid, role, cmd, body_sha256, args, at_unix_s, at_trust, finished)
    SELECT jti, kid, role, cmd, body_sha256, args, at_unix_s, at_trust, finished FROM inbox ORDER BY at_unix_s;
DROP TABLE inbox;
ALTER TABLE orders RENAME TO inbox;
CREATE INDEX inbox_unfinished ON inbox (number) WHERE NOT finished;
"""
"""Orders are taken up again in the order of their coming, whatever became of the clock between them."""

MIGRATIONS = (
    _FIRST, _VISITS, _SENDINGS, _OFFERS, _SCHEME_OF_CODES, _OUTAGES, _SLEEPERS, _SPOOL, _KEY_CHANGES, _ELSEWHERE,
    _DISPLAYS, _HELD, _URGENCY, _WINDOWS, _ONE_TREE, _MOVED, _ORDERS_IN_ORDER,
)  # fmt: skip
"""Step n brings a journal of version n to version n + 1."""

_FIRST_IN_PIECES = {_MOVED: ("outbox_before", _MOVE_SOME)}
"""What goes before a step, as long as that table holds rows: months of readings, on a card that has no room for them
twice, and in less time than a service manager waits for a start. Each piece is a transaction, so a start that was
killed goes on where it was.
"""


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Run the steps this journal lacks, each in a transaction. Raises StoreError for a journal of a newer hubd."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the journal was written by a newer hubd (version {version}, this one knows {len(MIGRATIONS)}). "
            "Cure: install that hubd again"
        )
    for number in range(version, len(MIGRATIONS)):
        step = MIGRATIONS[number]
        if step in _FIRST_IN_PIECES:
            _in_pieces(connection, *_FIRST_IN_PIECES[step])
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number + 1}; COMMIT;")


def _in_pieces(connection: sqlite3.Connection, table: str, piece: str) -> None:
    while connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None:
        connection.executescript(f"BEGIN IMMEDIATE; {piece} COMMIT;")
