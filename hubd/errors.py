"""What can go wrong, by cause. A normal outcome (rejected, duplicate, no answer) is a value, not one of these.

Every message names what, where and the cure, in words that may be shown to a user; none carries a key or a token.
"""


class HubdError(Exception):
    """Anything hubd raises on purpose."""


class ConfigurationError(HubdError):
    """A file or an option says something that cannot be used. Names file, key and cure."""


class InUseError(HubdError):
    """Another process of ours has what was asked for. Names the process and the cure."""


class WireError(HubdError):
    """Bytes or a message from outside do not have the form they must have."""


class LinkError(HubdError):
    """A radio, a broker or a socket cannot be reached, or was lost."""


class StoreError(HubdError):
    """The journal on disk cannot be opened, read or written."""


class NoRoomError(StoreError):
    """The card is full. What can wait waits, what can be done without is dropped; it ends no daemon."""


class SecurityError(HubdError):
    """A signature, key, certificate or permission is not good."""


def first_of(error: BaseException) -> BaseException:
    """The error itself, or the first one out of groups of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
