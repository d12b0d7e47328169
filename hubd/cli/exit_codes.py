"""The exit codes of `hubd` and `hubctl`, the same for every verb."""

from enum import IntEnum

from hubd.errors import ConfigurationError, HubdError, InUseError, LinkError, first_of


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
    IN_USE = 6
    """Another process of ours works on the same folder."""


def ended_by(raised: BaseException) -> tuple[str, Exit] | None:
    """What a user is told of an error that ended the program, and a script; None: it is a fault of ours, and keeps
    its traceback. Of a group, the first one counts.
    """
    match first_of(raised):
        case HubdError() as error:
            return str(error), code_of(error)
        case OSError(filename=name, strerror=str(words)) if name is not None:
            return f"{name}: {words}. Cure: name another place, or see whose it is", Exit.CONFIGURATION
        case OSError() as error:
            return str(error), Exit.REFUSED
        case _:
            return None


def code_of(error: HubdError) -> Exit:
    """What a script is told of an error that ended the program."""
    match error:
        case ConfigurationError():
            return Exit.CONFIGURATION
        case LinkError():
            return Exit.UNREACHABLE
        case InUseError():
            return Exit.IN_USE
        case _:
            return Exit.REFUSED
