"""The journal: one SQLite file, one connection, one writer thread. What a commit returned from is on disk.

`journal.py` owns the file; every table is a file of functions over a connection: `outbox.py`, `inbox.py`,
`counters.py`, `top_ups.py`, `devices.py`, `profiles.py`, `visits.py`, `commissioning.py`, `follow_ups.py`,
`outages.py`, `display_messages.py`, `meta.py`.
The tables themselves stand in `schema.py`.

To add a table:
1. add its DDL as a new step at the end of `schema.MIGRATIONS`; steps that have shipped are never changed;
2. write `<table>.py`: a frozen dataclass for its row and functions that take a connection, so that a caller can put
   several tables into one transaction;
3. test it in `tests/store/`, through `Journal.commit` and a reopened file.
"""
