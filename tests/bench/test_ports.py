"""Ports that are free."""

import socket

from hubd.bench.ports import free_port


def test_the_port_can_be_listened_on_and_is_the_one_wanted_where_that_is_free() -> None:
    port = free_port()
    assert free_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert free_port(port) not in (0, port)
