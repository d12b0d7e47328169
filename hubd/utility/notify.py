"""Something waits in the outbox: the WAN link wants to know at once."""

from collections.abc import Callable

Notify = Callable[[], None]
