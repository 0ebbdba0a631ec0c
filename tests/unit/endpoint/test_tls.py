"""TLS in memory: what a client says arrives, however it is cut and however it ends."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from edge.endpoint.counters import Counters
from edge.endpoint.tls import Tls
from tests.fix_endpoint import Below, authority, certificate


class Inner(asyncio.Protocol):
    """The connection."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data


class Pair:
    """A client in memory, and the endpoint's side."""

    def __init__(self, folder: Path) -> None:
        ca = authority(folder, "ca")
        certificate(folder, "server", ca, "localhost")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.below, self.inner, self.counters = Below(), Inner(), Counters(refused={})
        self.server = Tls(context, self.inner, self.counters)
        self.server.connection_made(self.below)
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        mine = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        mine.check_hostname = False
        self.client = mine.wrap_bio(self.into, self.out)

    def exchange(self, piece: int = 1 << 20) -> None:
        while self.out.pending or self.below.written:
            data = self.out.read()
            for at in range(0, len(data), piece):
                self.server.data_received(data[at : at + piece])
            self.into.write(bytes(self.below.written))
            self.below.written.clear()
            if not self.out.pending:
                self.shake()

    def shake(self) -> None:
        try:
            self.client.do_handshake()
        except ssl.SSLWantReadError:
            pass

    def read(self) -> bytes:
        self.into.write(bytes(self.below.written))
        self.below.written.clear()
        found = b""
        try:
            while piece := self.client.read(1 << 20):
                found += piece
        except ssl.SSLWantReadError:
            return found
        return found + b"<end>"


@pytest.mark.parametrize("piece", [1, 7, 1000, 1 << 20])
def test_what_is_said_arrives_both_ways(tmp_path: Path, piece: int) -> None:
    pair = Pair(tmp_path)
    pair.shake()
    pair.exchange(piece)
    pair.client.write(b"hello" * 1000)
    pair.exchange(piece)
    assert pair.inner.received == b"hello" * 1000
    pair.inner.transport.write(b"welcome" * 5000)
    assert pair.read() == b"welcome" * 5000


def test_what_comes_together_with_the_end_arrives(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.shake()
    pair.exchange()
    pair.client.write(b"last words")
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.unwrap()
    pair.server.data_received(pair.out.read())
    assert pair.inner.received == b"last words"
    assert pair.below.closed


def test_a_reason_is_said_before_the_end(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.shake()
    pair.exchange()
    pair.inner.transport.write(b"why")
    pair.inner.transport.write_eof()
    assert pair.read() == b"why<end>"
    assert pair.below.ended
    pair.client.write(b"more")
    pair.server.data_received(pair.out.read())
    assert pair.inner.received == b""


def test_nothing_is_said_to_who_speaks_no_tls(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.server.data_received(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x")
    assert pair.inner.received == b""
    assert pair.below.closed
    assert pair.counters.refused == {"tls": 1}


def test_nothing_is_made_for_who_says_nothing(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    assert pair.inner.transport._tls is None
    pair.inner.transport.close()
    assert pair.below.closed
