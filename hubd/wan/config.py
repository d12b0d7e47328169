"""What the WAN link is told."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WanConfig:
    """The broker, and the PEM files that open it. Times in seconds."""

    host: str
    ca: Path
    certificate: Path
    key: Path
    port: int = 8883
    keepalive_s: int = 30
    session_expiry_s: int = 14 * 86_400
    """How long the broker keeps what comes for us while we are away."""
    ack_wait_s: float = 30.0
    """After so long without the head-end's word, what it has not stored is sent again."""
    unanswered_s: float = 2.0
    """Where an alarm is to be sent again and the broker has owed its PUBACK for so long, the session counts as dead:
    a connection that hangs shows itself only after the keepalive, and an alert has twenty seconds."""
    will_delay_s: int = 180
    """How long the broker waits before it tells that the hub is gone; less than the session's expiry."""
    first_retry_s: float = 0.5
    longest_retry_s: float = 60.0
    unwritten_retry_s: float = 5.0
    """How long messages that could not be written down wait until they are tried again."""
