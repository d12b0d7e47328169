"""Commissioning: a device's way from the invitation to the last step, and the statement that ends a visit.

`steps.py` names the steps with their clocks, `why.py` what may hold a device up, `machine.py` (pure) is the way of
one device, `visits.py` the shell around all of them, `statement.py` what is told at the end. docs/commissioning.md
has the tables, drawn from here.

To add a step:
1. name it in `steps.Step` and give it its rule there: what it waits for, its clocks, and what to do when it fails;
2. give it its question in `machine._question`, its answer among the events, and its place in `machine.step`;
3. let `tests/utility/commissioning/test_machine.py` explore it, and draw the tables again:
   `python -m hubd.utility.commissioning.document docs/commissioning.md`.
"""
