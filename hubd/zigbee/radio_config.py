"""What the room is told: one radio, one network."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RadioConfig:
    """One radio and its network. Times in seconds, and all of them patience, never pace."""

    path: str
    """A serial device (by-id names survive a reboot) or `socket://host:port`."""
    database: Path | None = None
    """Where the network's devices are remembered, 0600. None remembers nothing: for trying things out."""
    certificates: tuple[Path, ...] = ()
    """The hub's own, one a suite, 0600. With one or more, devices are spoken to only under a key that was established
    with certificates. With none, under the key of their install code: for a lab's meters that have no certificate."""
    channel: int = 20
    """Where a new network is formed. A network that exists stays on its own channel."""
    baudrate: int = 115_200
    watchdog_s: float = 10.0
    """How often the radio is asked whether it lives."""
    radio_timeout_s: float = 5.0
    """How long the radio may take to answer a command over its own line. A frozen radio is found within
    `watchdog_s` plus twice this."""
    start_timeout_s: float = 180.0
    """How long a start with a network that exists may take: some sixty commands, each with its own `radio_timeout_s`.
    A stick needs about a second; a link with a round trip of two seconds needs two minutes."""
    form_timeout_s: float = 900.0
    """How long a start that forms a network may take: some eight hundred commands."""
    first_retry_s: float = 0.5
    longest_retry_s: float = 15.0
    answer_timeout_s: float = 10.0
    """How long a meter may take to answer a top-up."""
    read_timeout_s: float = 5.0
    """How long a device may take to answer a read, for each attempt."""
    read_attempts: int = 3
    test_timeout_s: float = 2.5
    """How long an awake device may take to answer a line test, for each of two attempts: with all the rest of the
    test, less than ten seconds (R17)."""
    late_answer_s: float = 30.0
    """For so long after a top-up went unanswered its answer may still come (see `top_up_answers`)."""
