"""The virtual house and all that is measured, broken and compared in it. No part of a hub.

`house/` puts the whole together and watches over it (`hubd bench`); `coordinator/` is the radio as its host sees it,
`air/` what is between radio and devices, `devices/` who is on it, `capture/` what a sniffer would have seen; `grid/`
takes supply away. `measure/`, `joins/`, `beside/` and `fleet/` take figures; `soak.py` and `soak_vend.py` kill while
tokens are on their way, `dying_utility.py` at one exact step. `processes.py` starts, kills and ends processes.

To add to it:
1. find the room above whose docstring says how, or make one beside it; what is a process of the house is started in
   `house/house.py`, and everything else reaches it through its own socket or file, as it would real hardware;
2. take all chance from a seed and all time from a clock that is given, so that what was seen can be seen again;
3. give it a verb in `cli/hubd/bench.py` or `cli/hubctl/bench.py` where somebody shall run it by hand, and test it in
   `tests/bench/`; `docs/virtual-coordinator.md` says what it leaves out of the real thing.
"""
