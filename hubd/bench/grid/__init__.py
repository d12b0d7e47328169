"""The grid: a feeder with reclosers and fuses that takes supply away from hubs and from the devices around them.

`recloser.py` and `feeder.py` (pure) reckon who loses supply when; `stories.py` has the canonical ones. `serve.py` is
the process: it holds the levels, plays what it is told to, drives the mains pins of the hubs' daemons (`pins.py`, a
pin factory that gpiozero finds by its entry point) and switches the devices behind virtual coordinators. `clock.py`
and `fast_utility.py` run the unchanged utility daemon on a clock that is fast or whose wall time is stepped.

To add a story:
1. write its feeder and fault in `stories.py`;
2. hold what the hubs tell of it in `tests/bench/grid/`, and on the running house in `tests/scenario/`.
"""
