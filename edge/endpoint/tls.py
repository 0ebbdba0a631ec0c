"""TLS between a socket and a connection, over `ssl`'s memory buffers.

asyncio's own takes 256 kB for each connection as soon as it is accepted: 5,000 that say nothing
were 1.5 GB. Here nothing is made before the first bytes come, and no buffers afterwards.
"""

import asyncio
import logging
import ssl
from typing import Any, Protocol, cast

log = logging.getLogger("edge.endpoint")

_READ_BYTES = 256 * 1024


class Refusing(Protocol):
    def refuse(self, reason: str) -> None:
        """Count it."""
        ...


class Sealed(asyncio.Transport):
    """What the connection writes to."""

    def __init__(self, below: asyncio.Transport) -> None:
        super().__init__()
        self._below = below
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._shaken = self._said_bye = False

    def opened(self, context: ssl.SSLContext, data: bytes) -> tuple[bytes, bool]:
        """(what `data` holds for the connection, whether the peer has ended it there);
        ssl.SSLError when the peer is no good."""
        if self._said_bye:
            return b"", False
        if self._tls is None:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._incoming.write(data)
        found: list[bytes] = []
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while piece := self._tls.read(_READ_BYTES):
                found.append(piece)
        except ssl.SSLWantReadError:
            return b"".join(found), False
        except ssl.SSLZeroReturnError:
            pass
        finally:
            self._flush()
        return b"".join(found), True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._tls is not None and self._shaken and not self._said_bye:
            self._tls.write(data)
            self._flush()

    def write_eof(self) -> None:
        self._bye()
        self._below.write_eof()

    def can_write_eof(self) -> bool:
        return self._below.can_write_eof()

    def close(self) -> None:
        self._bye()
        self._below.close()

    def abort(self) -> None:
        self._said_bye = True
        self._below.abort()

    def is_closing(self) -> bool:
        return self._below.is_closing()

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "peercert":
            return self._tls.getpeercert() if self._tls is not None and self._shaken else default
        return self._below.get_extra_info(name, default)

    def _bye(self) -> None:
        if self._said_bye:
            return
        self._said_bye = True
        if self._tls is not None and self._shaken:
            try:
                self._tls.unwrap()
            except ssl.SSLError:  # its answer is not waited for
                pass
            self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending and not self._below.is_closing():
            self._below.write(self._outgoing.read())


class Tls(asyncio.Protocol):
    """What the socket delivers to."""

    def __init__(
        self, context: ssl.SSLContext, inner: asyncio.Protocol, counters: Refusing
    ) -> None:
        self._context = context
        self._inner = inner
        self._counters = counters
        self._sealed: Sealed | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sealed = Sealed(cast(asyncio.Transport, transport))
        self._inner.connection_made(self._sealed)

    def data_received(self, data: bytes) -> None:
        assert self._sealed is not None
        try:
            clear, ended = self._sealed.opened(self._context, data)
        except ssl.SSLError as error:
            self._counters.refuse("tls")
            log.info("%s: no TLS: %s", self._sealed.get_extra_info("peername"), error.reason)
            self._sealed.close()
            return
        if clear:
            self._inner.data_received(clear)
        if ended:
            self._sealed.close()

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)
