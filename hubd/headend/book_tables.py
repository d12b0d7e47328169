"""The tables of the book, as steps that bring an older one up to date. Semicolons stand between statements only."""

from hubd.headend.outages import tables as outage_tables

_FIRST = """
CREATE TABLE meters (
    pan TEXT PRIMARY KEY, address TEXT NOT NULL UNIQUE, hub TEXT NOT NULL, kind TEXT NOT NULL,
    vending_key BLOB NOT NULL, sgc TEXT NOT NULL, krn INTEGER NOT NULL, kt INTEGER NOT NULL, ti TEXT NOT NULL,
    base INTEGER NOT NULL, currency TEXT NOT NULL, last_tid INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE debt_terms (
    pan TEXT PRIMARY KEY REFERENCES meters, percent_e2 INTEGER NOT NULL CHECK (percent_e2 BETWEEN 0 AND 9999)
) STRICT;
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, posting TEXT NOT NULL, at_unix_s REAL NOT NULL, pan TEXT NOT NULL REFERENCES meters,
    account TEXT NOT NULL CHECK (account IN ('till', 'debt', 'sold', 'arrears')), pence INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_of_meter ON ledger (pan, account);
CREATE TABLE orders (
    request TEXT PRIMARY KEY, body_sha256 TEXT NOT NULL, jti TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL, hub TEXT NOT NULL, device TEXT, cmd TEXT NOT NULL, args BLOB NOT NULL,
    created_unix_s REAL NOT NULL, expires_unix_s REAL NOT NULL, due_unix_s REAL NOT NULL,
    sendings INTEGER NOT NULL DEFAULT 0, outcome TEXT, final INTEGER NOT NULL DEFAULT 0,
    receipt BLOB, receipt_unix_s REAL, refusal TEXT
) STRICT;
CREATE INDEX orders_due ON orders (due_unix_s) WHERE NOT final;
CREATE TABLE vends (
    request TEXT PRIMARY KEY REFERENCES orders, pan TEXT NOT NULL REFERENCES meters, token TEXT NOT NULL,
    tid INTEGER NOT NULL, tendered_pence INTEGER NOT NULL, debt_pence INTEGER NOT NULL,
    debt_remaining_pence INTEGER NOT NULL, credit_pence INTEGER NOT NULL, encoded_e5 INTEGER NOT NULL,
    currency TEXT NOT NULL
) STRICT;
CREATE TABLE counters (kid TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE inbound (
    hub TEXT NOT NULL, journal TEXT NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL,
    device TEXT, at_unix_s REAL NOT NULL, at_trust TEXT NOT NULL, received_unix_s REAL NOT NULL, body BLOB NOT NULL,
    fault TEXT, PRIMARY KEY (hub, journal, lane, seq)
) STRICT;
CREATE INDEX inbound_of_device ON inbound (device, kind, received_unix_s);
CREATE TABLE lanes (
    hub TEXT NOT NULL, journal TEXT NOT NULL, lane TEXT NOT NULL, stored INTEGER NOT NULL,
    lowest INTEGER NOT NULL, lowest_session TEXT NOT NULL, PRIMARY KEY (hub, journal, lane)
) STRICT;
CREATE TABLE unreadable (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, received_unix_s REAL NOT NULL, reason TEXT NOT NULL,
    beginning BLOB NOT NULL
) STRICT;
CREATE TABLE hubs (
    hub TEXT PRIMARY KEY, state TEXT NOT NULL, status BLOB NOT NULL, received_unix_s REAL NOT NULL
) STRICT;
"""

_ACCOUNTS = """
CREATE TABLE debt_agreed (
    pan TEXT NOT NULL REFERENCES meters, debt TEXT NOT NULL, priority INTEGER NOT NULL,
    percent_e2 INTEGER NOT NULL CHECK (percent_e2 BETWEEN 0 AND 9999),
    minimum_pence INTEGER NOT NULL CHECK (minimum_pence >= 0), cap_pence INTEGER CHECK (cap_pence >= 0),
    PRIMARY KEY (pan, debt)
) STRICT;
INSERT INTO debt_agreed SELECT pan, 'debt', 100, percent_e2, 0, NULL FROM debt_terms;
DROP TABLE debt_terms;
DROP INDEX ledger_of_meter;
ALTER TABLE ledger ADD COLUMN debt TEXT NOT NULL DEFAULT '';
UPDATE ledger SET debt = 'debt' WHERE account = 'debt';
CREATE INDEX ledger_of_meter ON ledger (pan, account, debt);
CREATE INDEX ledger_of_posting ON ledger (posting);
CREATE TABLE deductions (
    request TEXT NOT NULL REFERENCES vends, place INTEGER NOT NULL, debt TEXT NOT NULL, pence INTEGER NOT NULL,
    remaining_pence INTEGER NOT NULL, PRIMARY KEY (request, place)
) STRICT;
INSERT INTO deductions SELECT request, 1, 'debt', debt_pence, debt_remaining_pence FROM vends WHERE debt_pence > 0;
ALTER TABLE vends ADD COLUMN key_name TEXT NOT NULL DEFAULT '';
ALTER TABLE vends ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vends ADD COLUMN reversed_unix_s REAL;
CREATE INDEX vends_of_meter ON vends (pan);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at_unix_s REAL NOT NULL, what TEXT NOT NULL, by_whom TEXT NOT NULL,
    pan TEXT, request TEXT, detail TEXT NOT NULL
) STRICT
"""
"""Several debts a meter, sales that may be held and reversed, and who did what."""

_ISSUERS = """
ALTER TABLE meters ADD COLUMN scheme TEXT NOT NULL DEFAULT 'sts';
ALTER TABLE meters ADD COLUMN originator TEXT NOT NULL DEFAULT '';
ALTER TABLE meters ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN issuer TEXT NOT NULL DEFAULT ''
"""
"""Meters of more than one token scheme, sold to by more than one issuer."""

_KEY_CHANGES = """
CREATE TABLE key_changes (
    request TEXT PRIMARY KEY REFERENCES orders, pan TEXT NOT NULL REFERENCES meters, state TEXT NOT NULL,
    old_name TEXT NOT NULL, vending_key BLOB NOT NULL, sgc TEXT NOT NULL, krn INTEGER NOT NULL, kt INTEGER NOT NULL,
    ti TEXT NOT NULL, base INTEGER NOT NULL, tid INTEGER NOT NULL
) STRICT;
CREATE INDEX key_changes_of_meter ON key_changes (pan)
"""

_RECEIVED = """
ALTER TABLE orders ADD COLUMN received_unix_s REAL
"""
"""When a hub first gave a sign that it has taken an order up."""

_OPEN_CODES = """
CREATE INDEX orders_open_codes ON orders (hub) WHERE NOT final AND cmd = 'vend'
"""
"""What a hub that comes back may have missed is found without looking at every other order."""

STEPS = (_FIRST, outage_tables.TABLES, _ACCOUNTS, _ISSUERS, _KEY_CHANGES, _RECEIVED, _OPEN_CODES)
"""Step n brings a book of version n to version n + 1."""
