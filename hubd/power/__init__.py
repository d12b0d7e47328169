"""Loss of supply: what it is, when it is told, and how long the hub itself lives through it.

Pure so far: `last_gasp` (the rules, as a machine), `brown_out`, `energy` and `ageing` (the supercapacitor), `sizing`,
`sequence` and `replay` (a written sequence of losses run through the rules), `diagram` (the rules drawn).
This room imports `model` alone; its pure modules know no clock: every time is an argument, in seconds of the
monotonic clock, so that a step of the wall clock moves no timer.

To add a rule:
1. write its row in `last_gasp.TABLE` (phase, trigger, phase, what it does) and its deed in `deeds.py`; the moment at
   which it falls due belongs in `deadlines.py`;
2. let `tests/power/oracle.py` expect it, which knows nothing of the machine, and run `tests/power/million.py`;
3. draw the table again: `python -m hubd.power.diagram docs/outage.md`.
"""
