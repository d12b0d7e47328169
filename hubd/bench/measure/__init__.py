"""What the hub costs and how fast it is, measured on the virtual house with real processes.

`observer.py` watches the WAN broker, `latency.py`, `startup.py` and `vend_times.py` each take one kind of figure,
`report.py` prints them as a table and as JSON.

To add a figure:
1. write the function that takes it, beside the others: given a running House, it returns a frozen dataclass;
2. call it in `measure.py`, and give it a row in `report.py`;
3. state figure, machine and date in docs/measurements.md. Nothing here is a test: machines are noisy.
"""
