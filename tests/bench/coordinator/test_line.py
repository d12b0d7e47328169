"""The two ends of the line: a TCP port and a pseudo-terminal. Hosts come, go and are replaced."""

import asyncio
import os
import socket
import tty

import pytest

from hubd.bench.coordinator.pty_line import PtyLine
from hubd.bench.coordinator.tcp_line import TcpLine
from hubd.errors import ConfigurationError, LinkError


class Coordinator:
    """Keeps what comes over the line."""

    def __init__(self) -> None:
        self.octets = b""
        self.hosts = 0

    def take(self, octets: bytes) -> None:
        self.octets += octets

    def new_host(self) -> None:
        self.hosts += 1


async def until(test, seconds: float = 2.0) -> None:
    for _ in range(int(seconds / 0.01)):
        if test():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


def tcp(coordinator: Coordinator, port: int = 0) -> TcpLine:
    return TcpLine("127.0.0.1", port, coordinator.take, coordinator.new_host)


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


async def test_octets_go_both_ways_over_tcp():
    it = Coordinator()
    line = tcp(it)
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(line.open()))
    writer.write(b"ping")
    await until(lambda: it.octets == b"ping")
    assert line.write(b"pong")
    assert await reader.readexactly(4) == b"pong"
    writer.close()
    await until(lambda: not line.write(b"anybody?"))
    line.close()


async def test_a_new_host_replaces_the_one_before_it():
    it = Coordinator()
    line = tcp(it)
    port = port_of(line.open())
    first, first_writer = await asyncio.open_connection("127.0.0.1", port)
    await until(lambda: it.hosts == 1)
    second, second_writer = await asyncio.open_connection("127.0.0.1", port)
    await until(lambda: it.hosts == 2)
    assert await first.read() == b""
    line.write(b"hello")
    assert await second.readexactly(5) == b"hello"
    line.close()
    for writer in (first_writer, second_writer):
        writer.close()


async def test_a_host_that_does_not_read_is_written_to_later_and_then_no_more():
    it = Coordinator()
    line = tcp(it)
    with socket.create_connection(("127.0.0.1", port_of(line.open()))) as host:
        await until(lambda: it.hosts == 1)
        sent = 0
        while line.write(bytes(4096)):
            sent += 4096
            assert sent < 50_000_000
        host.setblocking(False)
        loop, got = asyncio.get_running_loop(), 0
        while got < sent:
            got += len(await loop.sock_recv(host, 1_000_000))
        assert got == sent
        assert line.write(b"again")
        line.close()


async def test_a_port_that_is_taken_is_said_in_a_sentence():
    first, second = tcp(Coordinator()), Coordinator()
    port = port_of(first.open())
    with pytest.raises(LinkError, match=r"cannot be listened on.*Cure"):
        tcp(second, port).open()
    first.close()


async def test_a_port_that_vanishes_is_refused_and_comes_back():
    it = Coordinator()
    line = tcp(it)
    port = port_of(line.open())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await until(lambda: it.hosts == 1)
    line.vanish(0.05)
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.06)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    line.close()


async def test_a_pty_is_raw_and_hosts_may_come_and_go(tmp_path):
    it, path = Coordinator(), tmp_path / "tty"
    line = PtyLine(path, it.take, it.new_host)
    assert line.open() == str(path)
    assert not line.write(b"nobody is there")
    for number in (1, 2):
        host = os.open(path, os.O_RDWR | os.O_NOCTTY)
        await until(lambda number=number: it.hosts == number)
        os.write(host, b"\x03\r\n\xfe")
        assert line.write(b"\n\x04\x11")
        await until(lambda number=number: it.octets == b"\x03\r\n\xfe" * number)
        assert os.read(host, 10) == b"\n\x04\x11"
        os.close(host)
        await until(lambda: not line.write(b""))
    line.close()
    assert not path.is_symlink()


async def test_a_pty_that_vanishes_hangs_up_and_another_stands_there_later(tmp_path):
    it, path = Coordinator(), tmp_path / "tty"
    line = PtyLine(path, it.take, it.new_host)
    line.open()
    host = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(host)
    await until(lambda: it.hosts == 1)
    line.vanish(0.05)
    assert not path.is_symlink()
    assert os.read(host, 10) == b""
    os.close(host)
    await until(path.is_symlink)
    line.close()


async def test_a_link_is_not_made_over_a_file(tmp_path):
    path = tmp_path / "precious"
    path.write_text("data")
    it = Coordinator()
    with pytest.raises(ConfigurationError, match="precious"):
        PtyLine(path, it.take, it.new_host).open()
    assert path.read_text() == "data"
