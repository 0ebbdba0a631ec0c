"""The batch frame: what is signed, stored, sent, and hashed into the Merkle tree. One unit.

Layout, big endian, version 1 (docs/batch-format.md says it for auditors):

    offset size  field
         0    4  magic "MWB1"
         4    1  version, 1
         5    1  signature algorithm, 1 = Ed25519 (kept for a later post-quantum one)
         6    1  codec of the payload, 0 = none, 1 = zstd (RFC 8878), 2 = zstd with the
                 dictionary of core.dictionary, others are to come
         7    1  lane, 0 = all, 1 = urgent, 2 = bulk
         8   32  public key of the writer  ┐ key + epoch + lane = the journal
        40    4  epoch                     ┘
        44    8  batch number in the journal, from 1
        52    8  sequence of the first event, from 1
        60    8  sequence of the last event
        68   32  hash of the batch before (all zero for number 1)
       100    8  writer's clock, microseconds since 1970 (information only)
       108    4  payload length
       112    4  payload length once decompressed
       116   32  SHA-256 of the payload
       148    n  payload: one CloudEvents object a line, UTF-8 JSON, LF after each
     148+n   64  signature over DOMAIN ‖ bytes 0..147

The hash of a batch is the RFC 6962 leaf hash of all its bytes: SHA-256(0x00 ‖ frame).

A payload in a codec this version does not know can be kept, proved and passed on, not read.
Nobody has seen then whose events are in it: a version that learns a codec holds what it reads
in such batches to the source of the gateway whose key signed them, as ingest does with the rest.
"""

import hashlib
import re
import struct
import threading
from enum import IntEnum
from functools import lru_cache
from uuid import UUID

import msgspec
import zstandard
from eventsourcing.persistence import StoredEvent

from core.dictionary import DICTIONARY
from core.errors import BadFrame
from core.keys import Signer, verify
from core.tlog.tree import leaf_hash

MAGIC = b"MWB1"
VERSION = 1
ED25519 = 1
CODEC_NONE, CODEC_ZSTD, CODEC_DICTIONARY = 0, 1, 2
DOMAIN = b"menwei batch v1\n"
TOPIC = "menwei.batch.v1"  # StoredEvent.topic
MAX_FRAME = 128_000  # bytes of one frame; also keeps one insert under psycopg's pipeline limit
MAX_PLAIN = 1_000_000  # bytes once decompressed: a bomb stops here
ZERO_HASH = bytes(32)
_LAYOUT = struct.Struct(">4sBBBB32sIQQQ32sQII32s")
_SIGNATURE = 64
_ZSTD_LEVEL = 1
# Of keys and of the log itself: to be read with nothing but a standard library.
_PLAIN = re.compile(rb'"type":"(?:key|log)\.')


class Lane(IntEnum):
    ALL = 0
    URGENT = 1
    BULK = 2


class Journal(msgspec.Struct, frozen=True):
    """Who writes: a key, its epoch (one life of the journal file) and the lane."""

    key: bytes
    epoch: int
    lane: Lane = Lane.ALL

    @property
    def id(self) -> UUID:
        """`originator_id` of its batches: first half of SHA-256 over domain, key, epoch, lane."""
        return _identity(self.key, self.epoch, self.lane)


@lru_cache(maxsize=65_536)  # the journals a hub hears of again and again
def _identity(key: bytes, epoch: int, lane: int) -> UUID:
    material = b"menwei journal v1\n" + key + struct.pack(">IB", epoch, lane)
    return UUID(bytes=hashlib.sha256(material).digest()[:16])


class Header(msgspec.Struct, frozen=True, kw_only=True):
    journal: Journal
    number: int
    first: int
    last: int
    previous: bytes = ZERO_HASH
    written_us: int = 0


class Head(msgspec.Struct, frozen=True):
    """Where a journal ends: number, last sequence and hash of its newest batch."""

    number: int = 0
    last: int = 0
    hash: bytes = ZERO_HASH
    position: int = 0  # in the hub's log; 0 when not known


class Batch(msgspec.Struct, frozen=True):
    """A parsed frame. Structure holds; the signature is checked by `check_signature`."""

    header: Header
    codec: int
    plain_size: int
    payload: bytes
    frame: bytes

    @property
    def hash(self) -> bytes:
        return leaf_hash(self.frame)

    def head(self, position: int = 0) -> Head:
        return Head(self.header.number, self.header.last, self.hash, position)

    def check_signature(self) -> None:
        signed = DOMAIN + self.frame[: _LAYOUT.size]
        if not verify(self.header.journal.key, self.frame[-_SIGNATURE:], signed):
            raise BadFrame("signature")

    @property
    def readable(self) -> bool:
        """Whether this version knows the codec of its payload."""
        return self.codec <= CODEC_DICTIONARY

    def lines(self) -> bytes:
        """The events, one JSON object a line. BadFrame("codec", …) when it is not readable."""
        if self.codec == CODEC_NONE:
            return self.payload
        if not self.readable:
            raise BadFrame("codec", f"payload codec {self.codec} is not known to this version")
        try:
            # The zstd frame's own size field would override the limit: it must agree first.
            if zstandard.frame_content_size(self.payload) != self.plain_size:
                raise BadFrame("payload", "zstd content size differs from header")
            plain = _CONTEXTS.decompressors[self.codec].decompress(
                self.payload, max_output_size=self.plain_size, allow_extra_data=False
            )
        except zstandard.ZstdError as error:
            raise BadFrame("payload", "does not decompress") from error
        if len(plain) != self.plain_size:
            raise BadFrame("payload", "length differs from header")
        return plain

    def stored(self) -> StoredEvent:
        return StoredEvent(
            originator_id=self.header.journal.id,
            originator_version=self.header.number,
            topic=TOPIC,
            state=self.frame,
        )


def seal(header: Header, lines: bytes, signer: Signer) -> Batch:
    """Compress, frame and sign. The header's key must be the signer's. What auditors judge keys and
    checkpoints by stays uncompressed."""
    if header.journal.key != signer.public:
        raise ValueError("a batch is signed by the key that names its journal")
    if len(lines) > MAX_PLAIN:
        raise ValueError(f"{len(lines)} bytes of events, cap {MAX_PLAIN}")
    codec, payload = CODEC_NONE, lines
    if _PLAIN.search(lines) is None:
        packed = _CONTEXTS.compressor.compress(lines)
        if len(packed) < len(lines):
            codec, payload = CODEC_DICTIONARY, packed
    head = _LAYOUT.pack(
        MAGIC,
        VERSION,
        ED25519,
        codec,
        header.journal.lane,
        header.journal.key,
        header.journal.epoch,
        header.number,
        header.first,
        header.last,
        header.previous,
        header.written_us,
        len(payload),
        len(lines),
        hashlib.sha256(payload).digest(),
    )
    frame = head + payload + signer.sign(DOMAIN + head)
    if len(frame) > MAX_FRAME:
        raise ValueError(f"a frame of {len(frame)} bytes, cap {MAX_FRAME}")
    return Batch(header, codec, len(lines), payload, frame)


def parse(frame: bytes) -> Batch:
    """Structure only; BadFrame("frame", …) names the first thing that does not hold."""
    if len(frame) > MAX_FRAME:
        raise BadFrame("frame", f"{len(frame)} bytes, cap {MAX_FRAME}")
    if len(frame) < _LAYOUT.size + _SIGNATURE:
        raise BadFrame("frame", "shorter than header and signature")
    (magic, version, algorithm, codec, lane, key, epoch, number, first, last,
     previous, written_us, size, plain_size, digest) = _LAYOUT.unpack_from(frame)  # fmt: skip
    payload = frame[_LAYOUT.size : -_SIGNATURE]
    if magic != MAGIC:
        raise BadFrame("frame", "not a batch")
    if version != VERSION or algorithm != ED25519 or lane > max(Lane):
        raise BadFrame("version", f"version {version}, algorithm {algorithm}, lane {lane}")
    if size != len(payload) or plain_size > MAX_PLAIN or (codec == 0 and plain_size != size):
        raise BadFrame("frame", "lengths differ")
    if number < 1 or first < 1 or last < first:
        raise BadFrame("frame", "numbers run backwards")
    if hashlib.sha256(payload).digest() != digest:
        raise BadFrame("payload", "hash differs from header")
    header = Header(
        journal=Journal(key, epoch, Lane(lane)),
        number=number,
        first=first,
        last=last,
        previous=previous,
        written_us=written_us,
    )
    return Batch(header, codec, plain_size, payload, frame)


DICTIONARY.precompute_compress(level=_ZSTD_LEVEL)


class _PerThread(threading.local):
    """zstd contexts are not thread safe: sharing one corrupts output."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, dict_data=DICTIONARY)
        self.decompressors = {
            CODEC_ZSTD: zstandard.ZstdDecompressor(),
            CODEC_DICTIONARY: zstandard.ZstdDecompressor(dict_data=DICTIONARY),
        }


_CONTEXTS = _PerThread()
