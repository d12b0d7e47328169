"""The figures of a run, as a table for people."""

import msgspec
from rich.console import Console
from rich.table import Table

from hubd.bench.fleet.judge import Grouping, Lost, StillOff, Storm


class Process(msgspec.Struct, frozen=True):
    """What a process used at its most."""

    pss_mb: float
    cpu_s: float


class Figures(msgspec.Struct, frozen=True):
    """One run. What is said of the head-end's process is that of its last life."""

    machine: str
    taken_at: str
    line: str
    hubs: int
    speed: float
    kills: int
    spread_s: float
    connected_s: float
    storm: Storm
    grouping: Grouping
    still_off: StillOff
    lost: Lost
    dark_at_the_end: int
    connections: int
    broker: Process
    head_end: Process
    workers: Process

    def faults(self) -> list[str]:
        """What is not as it must be; empty where all is well."""
        storm, off, lost = self.storm, self.still_off, self.lost
        checks = {
            f"{storm.alerts - storm.stored} alerts not stored": storm.alerts != storm.stored,
            f"{storm.alerts - self.grouping.grouped} alerts in no incident": storm.alerts != self.grouping.grouped,
            f"incidents {self.grouping.incidents}": self.grouping.incidents != self.grouping.wanted,
            "a transformer in two incidents": bool(self.grouping.transformers_in_two or off.transformers_in_two),
            f"{off.missing} hubs still off and not listed": off.missing > 0,
            f"{off.wrongly_listed} hubs listed and not off": off.wrongly_listed > 0,
            f"listed {off.listed_after_s:.0f} s after the return": off.listed_after_s > 300.0,
            f"{lost.missing} messages lost": lost.missing > 0,
            f"{lost.without_receipt} sales without a receipt": lost.without_receipt > 0,
        }
        return [words for words, wrong in checks.items() if wrong]


def print_table(figures: Figures) -> None:
    """The figures for people."""
    storm, off, lost = figures.storm, figures.still_off, figures.lost
    table = Table(title=f"{figures.hubs:,} hubs, {figures.line}, {figures.machine}", show_header=False)
    rows = (
        ("alerts spread over", f"{figures.spread_s:g} s"),
        ("connected in", f"{figures.connected_s:.1f} s"),
        ("alerts due / stored / grouped", f"{storm.alerts:,} / {storm.stored:,} / {figures.grouping.grouped:,}"),
        ("peak rate", f"{storm.peak_per_s:,} alerts/s"),
        ("due to stored, p50 / p99 / most", f"{storm.delay_p50_s} / {storm.delay_p99_s} / {storm.delay_most_s} s"),
        ("of that the bench's own lateness, p99", f"{storm.sent_late_p99_s} s"),
        ("due to the head-end's word at the hub, p99", f"{storm.acknowledged_p99_s} s"),
        ("incidents while off", ", ".join(figures.grouping.incidents)),
        ("still off: true / listed / missing / wrong",
         f"{off.truly_off:,} / {off.listed:,} / {off.missing} / {off.wrongly_listed}"),
        ("all listed after the return", f"{off.listed_after_s:.0f} s (at most 300)"),
        ("asked how they are", f"{off.asked:,}"),
        ("nested incidents: hubs off", ", ".join(off.nested_incidents)),
        ("transformers in two incidents", str(figures.grouping.transformers_in_two + off.transformers_in_two)),
        ("messages said / lost", f"{lost.messages:,} / {lost.missing}"),
        ("sales in the storm / without receipt", f"{lost.sales} / {lost.without_receipt}"),
        ("broker", f"{figures.broker.pss_mb} MB, {figures.broker.cpu_s} CPU s"),
        ("head-end", f"{figures.head_end.pss_mb} MB, {figures.head_end.cpu_s} CPU s"),
        ("hubs' processes", f"{figures.workers.pss_mb} MB, {figures.workers.cpu_s} CPU s"),
        ("connections opened", f"{figures.connections:,} ({figures.dark_at_the_end:,} hubs dark at the end)"),
    )  # fmt: skip
    for name, value in rows:
        table.add_row(name, value)
    Console(width=130).print(table)
