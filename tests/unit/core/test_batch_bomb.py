"""A payload that lies about its size is refused, and costs no memory to find out (S11)."""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from core.batch import DOMAIN, MAX_PLAIN, Batch, parse
from core.errors import BadFrame
from tests.fix_core import Enrolled, with_header

MEGABYTE = 1_000_000
ALLOWED_GROWTH_KB = 8_000


def zeros(size: int) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(bytes(size))


def declared(payload: bytes, size: int) -> bytes:
    """The zstd frame with another content size in its header (RFC 8878 §3.1.1: 4-byte field)."""
    assert payload[4] >> 6 == 2, "a four-byte content size is expected"
    offset = 5 if payload[4] >> 5 & 1 else 6  # a single-segment frame has no window byte
    return with_header(payload, offset, size.to_bytes(4, "little"))


def undeclared(size: int) -> bytes:
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    return stream.compress(bytes(size)) + stream.flush()


def carrying(gateway: Enrolled, payload: bytes, plain_size: int) -> Batch:
    """A frame, truly signed, whose payload and lengths are the attacker's."""
    head = with_header(
        gateway.forged().frame[:148], 108, struct.pack(">II", len(payload), plain_size)
    )
    head = with_header(head, 116, hashlib.sha256(payload).digest())
    batch = parse(head + payload + gateway.signer.sign(DOMAIN + head))
    batch.check_signature()
    return batch


BOMBS: dict[str, tuple[Callable[[], bytes], int]] = {
    "zstd declares far more than the header": (lambda: zeros(500 * MEGABYTE), 100),
    "zstd declares what the header does and holds more": (
        lambda: declared(zeros(500 * MEGABYTE), MAX_PLAIN), MAX_PLAIN,
    ),
    "zstd declares nothing": (lambda: undeclared(500 * MEGABYTE), MAX_PLAIN),
    "zstd holds less than both declare": (lambda: declared(zeros(MEGABYTE), 999_999), 999_999),
    "another zstd frame follows": (lambda: zeros(100) + zeros(500 * MEGABYTE), 100),
    "bytes follow the zstd frame": (lambda: zeros(100) + b"hidden", 100),
    "cut short": (lambda: zeros(MEGABYTE)[:-4], MEGABYTE),
    "not zstd at all": (lambda: b"\x00" * 40, 100),
    "empty": (lambda: b"", 100),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_lying_payload_is_refused_without_growing(gateway: Enrolled, name: str) -> None:
    payload, plain_size = BOMBS[name]
    batch = carrying(gateway, payload(), plain_size)
    before = forget_peak()
    with pytest.raises(BadFrame) as caught:
        batch.lines()
    assert caught.value.reason == "payload"
    assert peak_kb() - before < ALLOWED_GROWTH_KB


def test_the_largest_honest_payload_opens(gateway: Enrolled) -> None:
    assert carrying(gateway, zeros(MAX_PLAIN), MAX_PLAIN).lines() == bytes(MAX_PLAIN)


def test_the_measure_sees_a_bomb_go_off() -> None:
    before = forget_peak()
    zstandard.ZstdDecompressor().decompress(zeros(40 * MEGABYTE))
    assert peak_kb() - before > ALLOWED_GROWTH_KB


def forget_peak() -> int:
    """Resets the process's peak resident size to what it is now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_kb()


def peak_kb() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
