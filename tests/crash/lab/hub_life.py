"""A hub that is store and ingest on a Unix socket: frames in, receipts out, made to be killed."""

import socket
import struct
from pathlib import Path

import msgspec

from core.batch import Lane
from core.clock import SystemClock
from core.ingest import Arrival, Ingest
from core.receipt import Receipt
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
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
        arrivals = [
            Arrival("jinxiu", trusted[frame[8:40]].gateway.name, frame) for frame in frames
        ]
        if arrivals:
            answers = ingest.accept(arrivals, SystemClock().now())
            connection.sendall(b"".join(packed(msgspec.json.encode(one)) for one in answers))
    store.close()


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
