"""What is measured of each program."""

from dataclasses import dataclass

from hubd.bench.measure.quantiles import quantile


@dataclass(frozen=True, slots=True)
class AtRate:
    """Reports at one rate. `cpu_s_per_1000` is that of the program alone, without its broker and radio."""

    per_s: int
    sent: int
    arrived: int
    p50_ms: float
    p99_ms: float
    cpu_s_per_1000: float


@dataclass(frozen=True, slots=True)
class Side:
    """One turn of one program. Memory is proportional set size after the load."""

    name: str
    rates: tuple[AtRate, ...]
    pss_mb: float


def at_rate(per_s: int, sent: int, delays_ms: list[float], spent_s: float) -> AtRate:
    """The figures of one run. Raises ValueError where nothing arrived."""
    return AtRate(
        per_s,
        sent,
        len(delays_ms),
        quantile(delays_ms, 0.5),
        quantile(delays_ms, 0.99),
        1000 * spent_s / max(1, sent),
    )
