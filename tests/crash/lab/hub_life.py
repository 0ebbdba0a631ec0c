"""Hubs made to be killed: store and ingest on a Unix socket, frames in, receipts out; and the
same behind the real link to a broker."""

import asyncio
import socket
import struct
import time
from pathlib import Path

import msgspec

from core.batch import Lane
from core.clock import SystemClock
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.receipt import Receipt
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
from infra.hub import config as hub_config
from infra.hub.link import HubLink
from infra.hub.presence import Presences
from infra.hub.refusals import Refusals
from tests.fix_core import Enrolled

SOCKET = "hub.sock"
LOG = "log.db"
_LENGTH = struct.Struct(">I")


def gateways() -> list[Enrolled]:
    """Who the hub trusts; the same at both ends of the socket."""
    return [
        Enrolled(f"gw-{number}", number, lane=Lane.URGENT if number % 2 else Lane.BULK)
        for number in range(1, 5)
    ]


def run(folder: Path) -> None:
    """Until the other end hangs up. One commit holds what arrived while the last one ran."""
    path = folder / SOCKET
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    store = SQLiteEventStore(folder / LOG)
    trusted = {one.signer.public: one for one in gateways()}
    ingest = Ingest(store, by_key(one.gateway for one in trusted.values()))
    listening.listen(1)
    connection, _ = listening.accept()
    waiting = b""
    while data := connection.recv(1 << 20):
        waiting += data
        frames, waiting = cut(waiting)
        arrivals = [Arrival("jinxiu", trusted[frame[8:40]].gateway.name, frame) for frame in frames]
        if arrivals:
            answers = ingest.accept(arrivals, SystemClock().now())
            connection.sendall(b"".join(packed(msgspec.json.encode(one)) for one in answers))
    store.close()


def link(folder: Path) -> None:
    """What `menwei hub` does between broker and log, without views and screens."""
    settings, clock = hub_config.read(folder / "hub.toml"), SystemClock()
    gateways = settings.config.gateways
    ingest = Ingest(SQLiteEventStore(folder / LOG), by_key(gateways))
    signer = Signer.load_or_create(folder / "hub.key")
    presences = Presences(gateways, clock, time.monotonic())
    hub = HubLink(settings, ingest, signer, clock, presences, Refusals(gateways, clock))
    asyncio.run(hub.run())


def packed(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


def cut(stream: bytes) -> tuple[list[bytes], bytes]:
    """Whole parts, and what is left of the stream."""
    parts: list[bytes] = []
    while len(stream) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(stream)
        if len(stream) < _LENGTH.size + length:
            break
        parts.append(stream[_LENGTH.size : _LENGTH.size + length])
        stream = stream[_LENGTH.size + length :]
    return parts, stream


def receipt(part: bytes) -> Receipt:
    return msgspec.json.decode(part, type=Receipt)
