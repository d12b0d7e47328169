"""The utility daemon: `daemon.py` is its composition root and reads as the architecture.

Signed orders (`orders.py`), top-ups (`vending_machine.py`, pure, and its shell `vending.py`), readings
(`metering.py`), the one way to the consumer (`feeding.py`), words for displays (`display_messages.py`), the
operator's console (`console_answers.py`).

To add a capability:
1. where it decides something over time, write it as a pure machine (`vending_machine.py` shows how) and explore it;
2. write its shell as a class that is given what it needs (journal, network, clock) and offers `run()`;
3. construct it in `daemon.py`, start it in the one TaskGroup there, and name what it can tell in `events.py`.
"""
