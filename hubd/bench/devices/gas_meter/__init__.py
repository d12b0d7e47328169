"""A Smart Energy gas meter on a battery: sleeps, wakes, reports to its mirror, and takes what waits for it.

`rhythm` says when it listens, `mirror` what it says and hears of its mirror at the hub, `volume` keeps the register,
`metering` puts it on the air, `meter` holds them together with what every prepayment meter has (`devices/prepaid`).
Why a mirror: docs/adr/0010.

To add to the meter: as for the electricity meter; whatever it says by itself it says at a wake (`meter._report`).
"""

from hubd.bench.devices.gas_meter.meter import GasMeter

__all__ = ["GasMeter"]
