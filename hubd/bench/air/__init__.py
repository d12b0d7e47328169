"""The simulated air: frames, devices, loss, latency and sleep, all from one seed."""
