"""The virtual devices of the bench: pure machines that speak ZCL to a coordinator they never see.

To add a device:
1. make a file (or a package) named after the device and implement `hubd.bench.air.device.VirtualDevice` on top of
   `zcl.ZclServer`: its clusters are values, its behaviour is in their `read` functions and command handlers;
2. register its `kind` with the devices file;
3. test it in `tests/bench/devices/` by feeding it frames and times.
"""
