"""`hubd`: the daemons, and the virtual house to run them in."""

from collections.abc import Sequence

from hubd.cli import verbs

VERBS = ("utility", "consumer", "run", "bench", "check-config", "doctor")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the command `hubd`."""
    return verbs.main("hubd", "The smart-metering communications hub and its virtual house.", VERBS, argv)
