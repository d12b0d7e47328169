"""The reference head-end: signed commands, vending with debt, the ledger, and the safe keeping of what hubs send.

A counterpart for benches and tests, not part of the hub. Everything lies in one folder (`home.py`): keys and
certificates, the broker's configuration, and one SQLite book that several short-lived commands may open. One process
at a time holds the MQTT session (`service.py`); the others write orders into the book, and read receipts there.

To add a command to hubs:
1. give it its arguments in `wan/messages.py` and its place under a role in `model/roles.py`;
2. queue it with `orders.queue(...)` in a verb of its own, `cli/hubctl/head_<verb>.py`, named in `head.py`;
3. test in `tests/headend/` that it is signed with that role's key, sent again until its final receipt, and has its
   arguments wiped afterwards if they hold a secret.
"""
