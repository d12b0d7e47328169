"""An in-home display on the utility HAN, as a pure machine: it asks one meter and shows what that says."""

from hubd.bench.devices.ihd.in_home_display import InHomeDisplay

__all__ = ["InHomeDisplay"]
