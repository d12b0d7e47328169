"""A TCP port as the serial line of a virtual coordinator."""

import asyncio
import socket

from hubd.bench.coordinator.line import OnGone, OnOctets, Stream
from hubd.errors import LinkError


class TcpLine:
    """A TCP port. A new host replaces the one before it."""

    def __init__(self, host: str, port: int, on_octets: OnOctets, on_new_host: OnGone) -> None:
        self._loop = asyncio.get_running_loop()
        self._address = (host, port)
        self._on_octets = on_octets
        self._on_new_host = on_new_host
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None
        self._stream: Stream | None = None
        self._back: asyncio.TimerHandle | None = None

    def open(self) -> str:
        """Listen. Raises LinkError where the port is taken or the host name unknown."""
        host, port = self._address
        try:
            self._listener = socket.create_server((host, port), reuse_port=False)
        except (OSError, OverflowError) as error:
            raise LinkError(
                f"tcp://{host}:{port} cannot be listened on: {_words(error)}. Cure: end the program that has it, "
                "or choose another port"
            ) from None
        self._listener.setblocking(False)
        self._address = (host, self._listener.getsockname()[1])
        self._loop.add_reader(self._listener.fileno(), self._accept)
        return f"tcp://{host}:{self._address[1]}"

    def write(self, octets: bytes) -> bool:
        """Send to the host, if there is one."""
        return self._stream.write(octets) if self._stream else False

    def vanish(self, seconds: float) -> None:
        """Cut the host off and refuse connections for a while."""
        self.close()
        self._back = self._loop.call_later(seconds, self.open)

    def close(self) -> None:
        """End."""
        if self._back:
            self._back.cancel()
        if self._listener:
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None
        self._drop()

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            host, _ = self._listener.accept()
        except OSError:
            return
        self._drop()
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = host
        self._on_new_host()
        self._stream = Stream(host.fileno(), self._on_octets, self._drop)

    def _drop(self) -> None:
        if self._stream:
            self._stream.detach()
            self._stream = None
        if self._host:
            self._host.close()
            self._host = None


def _words(error: Exception) -> str:
    """What went wrong, without the address that Python adds and the sentence names already."""
    return (getattr(error, "strerror", None) or str(error)).partition(" (while")[0]
