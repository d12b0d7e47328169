"""The exit codes of `hubd` and `hubctl`, the same for every verb."""

from enum import IntEnum


class Exit(IntEnum):
    """What a script may rely on. Documented for users in docs/commands.md."""

    OK = 0
    REFUSED = 1
    """It was understood and answered with no: rejected, refused, not valid, a check that failed."""
    USAGE = 2
    """The command line itself cannot be used."""
    CONFIGURATION = 3
    """A file says something that cannot be used."""
    UNREACHABLE = 4
    """A daemon, a broker or a radio could not be reached."""
    NO_ANSWER = 5
    """It was sent, and nothing came back in time; the effect may be unknown."""
