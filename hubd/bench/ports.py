"""Ports that are free."""

import socket


def free_port(wanted: int = 0) -> int:
    """A TCP port of loopback that nobody listens on now: the one wanted, where it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
