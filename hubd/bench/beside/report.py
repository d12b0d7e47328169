"""The comparison as a table."""

from rich.console import Console
from rich.table import Table

from hubd.bench.beside.comparison import Comparison

CAPTION = "hubd flushes each report to disk on the way and publishes over TLS 1.3 at QoS 1; zigbee2mqtt does neither."


def print_table(comparison: Comparison) -> None:
    """For people: the two beside each other at each rate."""
    table = Table("reports/s", "", "arrived", "p50, ms", "p99, ms", "CPU s/1,000", box=None, caption=CAPTION)
    for rates in zip(*(side.rates for side in comparison.medians), strict=True):
        for side, rate in zip(comparison.medians, rates, strict=True):
            figures = (f"{rate.p50_ms:.2f}", f"{rate.p99_ms:.2f}", f"{rate.cpu_s_per_1000:.2f}")
            table.add_row(str(rate.per_s), side.name, f"{rate.arrived}/{rate.sent}", *figures)
    console = Console()
    console.print(table)
    for side in comparison.medians:
        console.print(f"memory of {side.name}: {side.pss_mb:.0f} MB (PSS)")
