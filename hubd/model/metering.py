"""What a meter measured."""

from dataclasses import dataclass

from hubd.model.stamp import Stamp
from hubd.model.supply import SupplyState


@dataclass(frozen=True, slots=True)
class MeterReading:
    """Values of one meter at one moment. A value that was not read is None: never a zero that nobody measured.

    Registers in Wh, power in W (positive: import); a gas meter has `volume_l` instead,
    litres. `supply` is None where the meter did not say.
    """

    measured_at: Stamp
    import_wh: int | None = None
    export_wh: int | None = None
    power_w: int | None = None
    supply: SupplyState | None = None
    volume_l: int | None = None


@dataclass(frozen=True, slots=True)
class ProfileBlock:
    """Consecutive intervals of one channel as Get Profile returns them: newest first, each `interval_s` long.

    `end_unix_s` is the end of the newest interval. A None in `wh` is an interval the meter marks as invalid.
    """

    channel: int
    end_unix_s: int
    interval_s: int
    wh: tuple[int | None, ...]
