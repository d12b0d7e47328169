"""A virtual Zigbee coordinator: Z-Stack 3 for CC26x2 as its host sees it, over TI's MT protocol.

Its codec (`unpi`) and its structures are its own, so that an error in a client's codec cannot hide here.
`coordinator` holds what the MT subsystems share; `line` the pty and TCP ends; `serve` puts one together with its air
and devices.

To add an MT command:
1. find its subsystem's file (`mt_sys`, `mt_util`, `mt_zdo`, `mt_af`, `mt_app_config`), write a function that takes
   the coordinator and the request's data and returns the answer's data, and name it in `HANDLERS`;
2. hand what must follow the answer on the line to `Coordinator.then`;
3. test it in `tests/bench/coordinator/` by the octets a host would send.
"""
