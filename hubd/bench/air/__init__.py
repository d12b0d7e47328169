"""The simulated air: frames, devices, loss, latency and sleep, all from one seed and on one clock.

`air` carries frames, `membership` says who is on the network, `conditions` what is lost and when, `memory` what
outlives the bench, `zdo` what every device answers by itself.

To change what the air does to frames:
1. make it a value or a rule of `conditions` (chance) or `node` (a device's own circumstances), and let `air` ask it;
2. give it an option in `coordinator.serve.CoordinatorOptions`, or a question in `coordinator.control`;
3. test it in `tests/bench/air/` with `clock.HandClock`, and say it in docs/virtual-coordinator.md.
"""
