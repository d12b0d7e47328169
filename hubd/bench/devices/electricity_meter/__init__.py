"""A Smart Energy electricity meter with prepayment, as a pure machine: bytes and time in, bytes out.

`token_acceptance` judges tokens, `account` keeps the money, `energy` the registers, `half_hours` the profile;
`metering` and `prepayment` put them on the air, and `meter` holds them together.

To add to the meter:
1. write what it knows or decides as a small pure file of its own, with `save` and `restore` where it must last;
2. show it as an attribute or answer it as a command in `metering.py` or `prepayment.py`;
3. test the pure file for itself, and the frame in `tests/bench/devices/electricity_meter/test_meter.py`.
"""

from hubd.bench.devices.electricity_meter.meter import ElectricityMeter

__all__ = ["ElectricityMeter"]
