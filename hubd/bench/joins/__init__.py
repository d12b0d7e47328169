"""How long devices take to get into service: many simulated installers' visits under loss, on a clock that runs fast.

`warp` is the clock, `visit` one visit with the whole utility daemon in it, `joins` runs many and sums them up,
`report` shows them. What the clock counts is said in docs/measurements.md.

To add a class of device:
1. give it a line in `visit.CLASSES` with its entry of the devices file;
2. see in docs/measurements.md whether the definition of its clock still holds.
"""
