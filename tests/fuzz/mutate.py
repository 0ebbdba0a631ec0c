"""From what devices do send to what they never should: seeded, and without an end."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from devices.adapter import Message

_LARGEST = 300_000  # bytes of a grown payload
_MOST = 1_100_000  # ... of any: just more than is taken
_NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, -(2**63), 10**30, 1e308, 5e-324, -0.0, "", " ", "0",
    "-1", "1e999", "NaN", "null", "{", "[", "<", "0x4b", "2026-13-45T99:99:99", "20260229250000",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", "\u202e\x00\ud7ff", "x" * 5000,
    "粤B12345", "13800138000", "../../etc/passwd", "a/b/c#+$", [], {}, [[]], [{}], {"": {}},
)  # fmt: skip
_TOKENS = (
    b"\x00", b"\xff", b"\r\n", b"\r\n\r\n", b"\t", b"=", b"&", b";", b"{", b"}", b"[", b"]", b'"',
    b"<", b">", b"</", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&amp;", b"&#x0;", b"--", b"\x7e",
    b"\x7d\x01", b"\x7d\x02", b"\xef\xbb\xbf", b"\xff\xfe", b"Content-Length: -1\r\n", b"%00",
    "门".encode(), "门".encode("gb18030"), b"\xf0\x9f\x98\x80", b"1e400", b"null",
)  # fmt: skip

Mutation = Callable[[Random, bytes, Sequence[Message]], bytes]


def mutated(rng: Random, seeds: Sequence[Message]) -> Message:
    """One of the seeds after one to four changes, on its own topic or on somebody else's."""
    seed = rng.choice(seeds)
    payload = seed.payload
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        payload = rng.choice(_MUTATIONS)(rng, payload, seeds)[:_MOST]
    return Message(_topic(rng, seed, seeds), payload)


def _topic(rng: Random, seed: Message, seeds: Sequence[Message]) -> str:
    turn = rng.random()
    if turn < 0.7:
        return seed.topic
    if turn < 0.8:
        return rng.choice(seeds).topic
    if turn < 0.9:
        return ""
    levels = (seed.topic + "/" + rng.choice(seeds).topic).split("/")
    rng.shuffle(levels)
    return "/".join(levels[: rng.randrange(1, 8)])


def _flipped(rng: Random, payload: bytes, _seeds: Sequence[Message]) -> bytes:
    made = bytearray(payload or b"\0")
    for _ in range(rng.randrange(1, 9)):
        made[rng.randrange(len(made))] = rng.randrange(256)
    return bytes(made)


def _cut(rng: Random, payload: bytes, _seeds: Sequence[Message]) -> bytes:
    start, end = sorted(rng.randrange(len(payload) + 1) for _ in range(2))
    return payload[:start] if rng.random() < 0.5 else payload[:start] + payload[end:]


def _put(rng: Random, payload: bytes, _seeds: Sequence[Message]) -> bytes:
    at = rng.randrange(len(payload) + 1)
    return payload[:at] + rng.choice(_TOKENS) * rng.choice((1, 1, 2, 70)) + payload[at:]


def _spliced(rng: Random, payload: bytes, seeds: Sequence[Message]) -> bytes:
    other = rng.choice(seeds).payload
    return payload[: rng.randrange(len(payload) + 1)] + other[rng.randrange(len(other) + 1) :]


def _grown(rng: Random, payload: bytes, _seeds: Sequence[Message]) -> bytes:
    start, end = sorted(rng.randrange(len(payload) + 1) for _ in range(2))
    piece = payload[start:end] or b"["
    times = min(rng.choice((2, 10, 100, 2000)), max(1, _LARGEST // len(piece)))
    return (payload[:start] + piece * times + payload[end:])[:_LARGEST]


def _random(rng: Random, _payload: bytes, _seeds: Sequence[Message]) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 2, 3, 16, 100, 3000)))


def _told_otherwise(rng: Random, payload: bytes, _seeds: Sequence[Message]) -> bytes:
    """The same text in other characters, its declaration as it was."""
    text = payload.decode("utf-8", "replace")
    name = rng.choice(("gb18030", "gb2312", "utf-16", "utf-16-le", "latin-1", "utf-32"))
    return text.encode(name, "replace")


def _reshaped(rng: Random, payload: bytes, _seeds: Sequence[Message]) -> bytes:
    """One place of a JSON document holds something else; what is no JSON gets a token."""
    try:
        parsed = json.loads(payload)
    except (ValueError, RecursionError):
        return _put(rng, payload, _seeds)
    if not isinstance(parsed, dict | list):
        return payload
    for _ in range(rng.randrange(1, 4)):
        _disturb(rng, parsed)
    return json.dumps(parsed, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def _disturb(rng: Random, parsed: Any) -> None:
    level = parsed
    while True:
        keys = list(level) if isinstance(level, dict) else list(range(len(level)))
        if not keys:
            return
        key = rng.choice(keys)
        below = level[key]
        if isinstance(below, dict | list) and below and rng.random() < 0.7:
            level = below
            continue
        small = not isinstance(below, dict | list)
        match rng.randrange(6):
            case 0:
                del level[key]
            case 1:
                level[key] = str(below)
            case 2:
                level[key] = [below] * (rng.choice((1, 2, 1500)) if small else 1)
            case 3 if isinstance(level, dict):
                level[rng.choice(("", "x", "data", "Events", str(key).upper()))] = below
            case 4:
                level[key] = {"": below, str(key): below}
            case _:
                level[key] = deepcopy(rng.choice(_NASTY))
        return


_MUTATIONS: tuple[Mutation, ...] = (
    _flipped, _cut, _put, _spliced, _grown, _random, _told_otherwise, _reshaped, _reshaped,
    _reshaped,
)  # fmt: skip
