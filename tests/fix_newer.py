"""What a gateway of a version to come may send: truly signed, and not to be read by this one."""

import hashlib
import struct
from collections.abc import Sequence

from core.batch import DOMAIN, Batch, Header, seal
from core.event import source_of
from core.keys import Signer
from tests.fix_core import COMPOUND, Enrolled, with_header

SOURCE = source_of(COMPOUND, "gw-1", "door-1").encode()
# Lines of gateway gw-1 that name their source, and say what this version cannot read.
STRANGE = {
    "a type of its own": b'{"id":"x:1","source":"%s","type":"lift.stopped.v9","subject":"l/1",'
    b'"time":"2026-11-21T08:00:00Z","recordedtime":"2026-11-21T08:00:00Z","data":{"f":3}}',
    "data of another shape": b'{"id":"x:1","source":"%s","type":"door.opened.v1","subject":"d/1",'
    b'"time":"2026-11-21T08:00:00Z","recordedtime":"2026-11-21T08:00:00Z","data":[1,2]}',
    "another timequality": b'{"id":"x:1","source":"%s","type":"door.opened.v1","subject":"d/1",'
    b'"time":"2026-11-21T08:00:00Z","recordedtime":"2026-11-21T08:00:00Z",'
    b'"timequality":"satellite","data":{"cause":"grant"}}',
    "an attribute of another kind": b'{"id":{"n":1},"source":"%s","type":"door.opened.v1",'
    b'"subject":["d","1"],"time":1795248000,"data":{}}',
    "attributes missing": b'{"source":"%s"}',
    "a type that is no text": b'{"type":7,"data":{},"source":"%s"}',
    "no data but null": b'{"type":"journal.opened.v1","data":null,"source":"%s"}',
    "an opening of another shape": b'{"type":"journal.opened.v1","data":{"epoch":"two"},'
    b'"source":"%s"}',
    "text that is not UTF-8": b'{"id":"\xff\xfe","source":"%s","data":{}}',
    "a number beyond a double": b'{"id":1e999,"source":"%s"}',
    "a source said twice": b'{"source":"/c/other/gw/gw-2/dev/x","source":"%s"}',
}


def strange_lines(names: Sequence[str] = tuple(STRANGE)) -> bytes:
    return b"".join(STRANGE[name] % SOURCE + b"\n" for name in names)


def in_codec(batch: Batch, signer: Signer, codec: int) -> Batch:
    """As `batch`, its payload said to be in another codec."""
    return in_payload(batch.header, signer, batch.payload, codec, batch.plain_size)


def in_payload(
    header: Header, signer: Signer, payload: bytes, codec: int, plain_size: int | None = None
) -> Batch:
    """Whatever bytes, truly signed; unless told otherwise they decompress to as many."""
    size = len(payload) if plain_size is None or codec == 0 else plain_size
    frame = seal(header, b"", signer).frame[:148]
    frame = with_header(frame, 6, bytes([codec]))
    frame = with_header(frame, 108, struct.pack(">II", len(payload), size))
    frame = with_header(frame, 116, hashlib.sha256(payload).digest())
    frame += payload + signer.sign(DOMAIN + frame)
    return Batch(header, codec, size, payload, frame)


def written(gateway: Enrolled, batch: Batch) -> Batch:
    """The gateway goes on behind `batch`."""
    gateway.writer.advance([batch])
    return batch


def newer(gateway: Enrolled, codec: int = 9) -> Batch:
    """The journal's next batch, in a codec that is to come."""
    return written(gateway, in_codec(gateway.forged(), gateway.signer, codec))
