"""The figures as a table for people and as JSON for scripts."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from hubd.bench.measure.key_times import KeyTimes
from hubd.bench.measure.latency import ReportLatency
from hubd.bench.measure.vend_times import VendTimes

TARGETS = {
    "p50 at 50/s": "<= 5 ms",
    "p99 at 50/s": "<= 25 ms",
    "CPU per 1,000 reports": "<= 2.5 s",
    "PSS utility": "<= 90 MB",
    "PSS consumer": "<= 45 MB",
    "vend p99": "<= 1 s",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of `hubctl bench measure`. Memory is proportional set size (PSS) in MB, by process."""

    machine: str
    taken_at: str
    latency: list[ReportLatency]
    pss_mb: dict[str, float]
    start_to_first_reading_s: list[float]
    vend: VendTimes
    keys: list[KeyTimes]


def print_table(figures: Figures) -> None:
    """For people; the targets stand beside the figures they are for."""
    console = Console()
    console.print(f"[bold]{figures.machine}[/bold]  {figures.taken_at}")
    console.print(_latency(figures.latency))
    memory = Table("process", "PSS, MB", "target", title="memory", box=None, title_justify="left")
    for name, mb in figures.pss_mb.items():
        memory.add_row(name, f"{mb:.1f}", TARGETS.get(f"PSS {name.removeprefix('hubd-')}", ""))
    console.print(memory)
    starts = ", ".join(f"{seconds:.2f}" for seconds in figures.start_to_first_reading_s)
    console.print(f"start to first reading on the broker: {starts} s")
    vend = figures.vend
    console.print(
        f"vend, signed command on the broker to final receipt on the broker, {vend.count} times: "
        f"p50 {vend.p50_ms:.0f} ms, p99 {vend.p99_ms:.0f} ms (target {TARGETS['vend p99']})"
    )
    for keys in figures.keys:
        console.print(
            f"key establishment in suite {keys.suite}, {keys.count} times: "
            f"median {keys.took_p50_ms:.0f} ms, at most {keys.took_max_ms:.0f} ms; "
            f"CPU: hub {keys.hub_cpu_ms:.0f} ms, device {keys.device_cpu_ms:.0f} ms"
        )


def _latency(rows: list[ReportLatency]) -> Table:
    title = "report at the serial line to message on the broker, stored durably on the way"
    table = Table(
        "reports/s", "arrived", "p50, ms", "p99, ms", "max, ms", "CPU s/1,000", "target",
        title=title, box=None, title_justify="left",
    )  # fmt: skip
    for row in rows:
        target = "p50 <= 5, p99 <= 25, CPU <= 2.5" if row.per_s == 50 else ""
        figures = (f"{row.p50_ms:.2f}", f"{row.p99_ms:.2f}", f"{row.max_ms:.2f}", f"{row.cpu_s_per_1000:.2f}")
        table.add_row(str(row.per_s), f"{row.arrived}/{row.sent}", *figures, target)
    return table
