"""TLS for thousands of connections in a process: without asyncio's buffer of 256 KB each."""

import asyncio
import ssl

from hubd.bench.fleet.mqtt5 import Session

_READ_BYTES = 16_384


class Sealed(asyncio.Protocol):
    """A session's way to the broker through TLS, as client. The context's certificate is taken when this is made."""

    __slots__ = ("_established", "_in", "_out", "_session", "_tls", "_transport")

    def __init__(self, session: Session, context: ssl.SSLContext, host: str) -> None:
        self._session = session
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=False, server_hostname=host)
        self._established = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open: begin the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Sealed octets from the broker."""
        self._in.write(data)
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._session.connection_lost(exc)

    def write(self, data: bytes) -> None:
        """Seal and send."""
        self._tls.write(data)
        self._flush()

    def abort(self) -> None:
        """Drop it at once."""
        if self._transport is not None:
            self._transport.abort()

    def _go_on(self) -> None:
        try:
            if not self._established:
                self._tls.do_handshake()
                self._established = True
                self._flush()
                self._session.over(self)
            while opened := self._tls.read(_READ_BYTES):
                self._session.data_received(opened)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            self.abort()
        self._flush()

    def _flush(self) -> None:
        if self._transport is not None and (sealed := self._out.read()):
            self._transport.write(sealed)
