"""A snapshot's bytes: rows of one compound at one position, or those of them that were changed
since an earlier snapshot, which it continues.

Rows lie by kind in the order in which they were changed last, a pack of values at a time: what was
not changed since stands among what is shown now and need not be unpacked, and it lies together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import zstandard

from projections.state import CompoundRows
from projections.view import Row

_PACK = 256  # values
_LEVEL = 1


class Part(msgspec.Struct, frozen=True, array_like=True):
    """Rows of a kind. `places`: where each was changed last. `packs`: where its packs begin."""

    kind: str
    keys: list[str]
    places: list[int]
    packs: int


class _Index(msgspec.Struct, frozen=True, array_like=True):
    parts: list[Part]
    gone: list[tuple[str, str]]


class _Frame(msgspec.Struct, frozen=True, array_like=True):
    number: int
    base: int
    index: bytes  # zstd of msgpack
    packs: list[bytes]  # zstd of msgpack of JSON values


class Kept(msgspec.Struct, frozen=True):
    """`number`: how many stand between it and the whole one it continues in the end; 0: it is
    whole itself. `base`: position of the one it continues. `gone`: (kind, key) of rows that were
    there at the base."""

    number: int
    base: int
    parts: Sequence[Part]
    gone: Sequence[tuple[str, str]]
    packs: Sequence[bytes]

    def values(self, part: Part, wanted: Sequence[int]) -> list[bytes]:
        """Of the rows at those places of the part, ascending."""
        found: list[bytes] = []
        opened, values = -1, list[bytes]()
        for at in wanted:
            pack, place = divmod(at, _PACK)
            if pack != opened:
                plain = zstandard.decompress(self.packs[part.packs + pack])
                opened, values = pack, _VALUES.decode(plain)
            found.append(values[place])
        return found


_FRAME = msgspec.msgpack.Decoder(_Frame)
_INDEX = msgspec.msgpack.Decoder(_Index)
_VALUES = msgspec.msgpack.Decoder(list[bytes])
_DAMAGED = (zstandard.ZstdError, msgspec.MsgspecError, KeyError, IndexError)


def packed(rows: CompoundRows, number: int = 0, base: int = 0) -> bytes:
    """All rows, or what was changed behind `base`. They are in place (`ViewState.place`)."""
    encode = msgspec.json.encode
    parts: list[Part] = []
    packs: list[bytes] = []
    for kind, places in sorted(rows.places.items()):
        changed = sorted((place, key) for key, place in places.items() if place > base)
        if not changed:
            continue
        held = rows.kinds[kind]
        keys = [key for _, key in changed]
        parts.append(Part(kind, keys, [place for place, _ in changed], len(packs)))
        for first in range(0, len(keys), _PACK):
            values = [encode(held[key]) for key in keys[first : first + _PACK]]
            packs.append(_squeezed(values))
    gone = sorted(name for name, place in rows.gone.items() if place > base) if base else []
    return msgspec.msgpack.encode(_Frame(number, base, _squeezed(_Index(parts, gone)), packs))


def _squeezed(what: object) -> bytes:
    # A copy: zstandard leaves what it made in a buffer for the uncompressed.
    return bytes(memoryview(zstandard.compress(msgspec.msgpack.encode(what), _LEVEL)))


def unpacked(data: bytes) -> Kept:
    """ValueError when these are not bytes we wrote."""
    try:
        frame = _FRAME.decode(data)
        index = _INDEX.decode(zstandard.decompress(frame.index))
    except _DAMAGED as error:
        raise ValueError(f"not a snapshot: {error}") from error
    return Kept(frame.number, frame.base, index.parts, index.gone, frame.packs)


def laid(
    compound: str,
    position: int,
    chain: Sequence[Kept],
    kinds: Mapping[str, type[Row]],
    shown: CompoundRows | None,
) -> CompoundRows:
    """The rows as they were at the position of the newest of the chain, which comes first. What of
    the rows `shown` was not changed since is taken from there. ValueError as `unpacked`."""
    rows = _unchanged(compound, position, shown)
    gone: set[tuple[str, str]] = set()
    try:
        for kept in chain:
            for part in kept.parts:
                _lay(rows, kept, part, msgspec.json.Decoder(kinds[part.kind]), gone)
            gone.update(kept.gone)
    except _DAMAGED as error:
        raise ValueError(f"not a snapshot: {error}") from error
    return rows


def gone_since(chain: Sequence[Kept], rows: CompoundRows) -> set[tuple[str, str]]:
    """Of rows that stood anywhere in the chain, newest first, those that are no more."""
    stood = {(part.kind, key) for kept in chain for part in kept.parts for key in part.keys}
    return {(kind, key) for kind, key in stood if key not in rows.kinds.get(kind, ())}


def _unchanged(compound: str, position: int, shown: CompoundRows | None) -> CompoundRows:
    rows = CompoundRows(compound)
    if shown is not None:
        for kind, places in shown.places.items():
            held = shown.kinds[kind]
            rows.places[kind] = {key: at for key, at in places.items() if at <= position}
            rows.kinds[kind] = {key: held[key] for key in rows.places[kind]}
    return rows


def _lay(
    rows: CompoundRows,
    kept: Kept,
    part: Part,
    decoder: msgspec.json.Decoder[Any],
    gone: set[tuple[str, str]],
) -> None:
    """What no newer one of the chain has told of."""
    kind, there = part.kind, rows.kinds.get(part.kind, {})
    wanted = [
        at for at, key in enumerate(part.keys) if key not in there and (kind, key) not in gone
    ]
    for at, value in zip(wanted, kept.values(part, wanted), strict=True):
        rows.lay(kind, part.keys[at], decoder.decode(value), part.places[at])
