"""`hubctl`: the operator's tool."""

from collections.abc import Sequence

from hubd.cli import verbs

VERBS = (
    "status", "devices", "read", "vend", "top-up", "pair", "ping", "rekey", "radio",
    "head", "sts", "ca", "outage", "supply", "bench",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the command `hubctl`."""
    return verbs.main("hubctl", "The operator's tool of the smart-metering hub.", VERBS, argv)
