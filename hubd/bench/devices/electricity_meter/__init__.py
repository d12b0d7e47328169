"""A Smart Energy electricity meter with prepayment, as a pure machine: bytes and time in, bytes out.

`energy` keeps the registers, `metering` puts them on the air, and `meter` holds them together with what every
prepayment meter has (`devices/prepaid`).

To add to the meter:
1. write what it knows or decides as a small pure file of its own, with `save` and `restore` where it must last;
2. show it as an attribute or answer it as a command in `metering.py` or `prepaid/prepayment.py`;
3. test the pure file for itself, and the frame in `tests/bench/devices/electricity_meter/test_meter.py`.
"""

from hubd.bench.devices.electricity_meter.meter import ElectricityMeter

__all__ = ["ElectricityMeter"]
