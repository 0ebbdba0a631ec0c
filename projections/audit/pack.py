"""The audit pack: one ZIP file that proves what it holds without us (docs/audit-pack.md).

Written front to back in one go; whoever dies while writing leaves a file nobody was given. Equal
logs, checkpoints and wishes give equal bytes.
"""

import contextlib
import hashlib
import json
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from core.batch import Batch, parse
from core.catalog import Catalog
from core.dictionary import DICTIONARY
from core.errors import BadFrame, BadProof
from core.store.port import Log
from core.tlog.checkpoint import Checkpoint
from core.tlog.lines import encoded
from core.tlog.published import Published
from projections.audit import tileset
from projections.audit.readme import readme
from projections.audit.schema import schema
from projections.audit.selection import Selection, judges
from projections.audit.told import Told, readable

FORMAT, VERSION = "menwei-audit-pack", 1
_ENTRY = struct.Struct(">QqI")  # position, received in µs (0: not known), length of the frame
_DATE = (1980, 1, 1, 0, 0, 0)
_PAGE = (256, 4_000_000)  # batches, bytes of one read
_PACKED = frozenset({"frames", "checkpoint"})  # does not get smaller, or is to be read as it is
_CHECKPOINTS = 1000  # at most so many older ones bound when something was written
Progress = Callable[[str, int, int], None]  # what is written, how far, of how much


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, and the event that says so: at position `exported`, `at` that time."""

    selection: Selection
    actor: str
    reason: str
    unit: str
    exported: int
    at: str


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack is made from. `published` covers the position of the wish's event. `history` are
    older checkpoints, oldest first. `holds`: what the media store says of a hash. `beside`: files
    that go in as they are."""

    log: Log
    catalog: Catalog
    published: Published
    history: Sequence[Checkpoint] = ()
    holds: Callable[[str], str] | None = None
    beside: Mapping[str, bytes] = {}


class Made(msgspec.Struct, frozen=True):
    batches: int
    events: int
    size: int  # leaves under the checkpoint


def write(out: BinaryIO, wish: Wish, material: Material, progress: Progress) -> Made:
    """BadProof when the checkpoint does not cover the wish. Blocks for as long as it takes."""
    if wish.exported > material.published.size:
        raise BadProof("size", "the newest checkpoint is older than the export's own event")
    with zipfile.ZipFile(out, "w", allowZip64=True) as archive:
        told = _put(_Pack(archive), wish, material, progress)
    return Made(told.batches, told.events, material.published.size)


def _put(pack: "_Pack", wish: Wish, material: Material, progress: Progress) -> Told:
    pack.put("README.md", readme(wish.at, material.published.checkpoint))
    pack.put("checkpoint", material.published.checkpoint.encode())
    pack.lines("checkpoints", _history(material))
    chosen = _Chosen(wish)
    with pack.streamed("frames") as put:
        for position, batch in _batches(material.log, wish.exported, "frames", progress):
            if chosen.takes(position, batch):
                received = material.log.received_at(position)
                at = round(received.timestamp() * 1_000_000) if received else 0
                put(_ENTRY.pack(position, at, len(batch.frame)) + batch.frame)
    for tile, content in tileset.written(material.published, chosen.leaves()):
        pack.put(f"tiles/{tile.path}", content)
    told = chosen.told
    pack.put("skipped.json", _json(chosen.skipped()))
    pack.put("keys.json", _json(told.keys))
    pack.put("gaps.json", _json(told.gaps))
    pack.put("media.json", _json([_held(one, material.holds) for one in told.media]))
    pack.lines("events.ndjson", _readable(material.log, wish, chosen, progress))
    pack.put("schema.json", _json(schema(material.catalog)))
    pack.put("dictionary1.bin", DICTIONARY.as_bytes())
    for name, content in material.beside.items():
        pack.put(name, content)
    pack.put("manifest.json", _json(pack.listed(_manifest(wish, material, told))))
    return told


class _Chosen:
    """What the first reading of the log finds: which batches go in, and which of their journals
    are left out."""

    def __init__(self, wish: Wish) -> None:
        self.told = Told()
        self.positions: set[int] = set()
        self._wish = wish
        self._journals: set[str] = set()
        self._left: dict[str, list[tuple[int, int]]] = {}  # journal → (number, position)

    def takes(self, position: int, batch: Batch) -> bool:
        journal, selection = batch.header.journal.id.hex, self._wish.selection
        selected = selection.wants(position, batch)
        if selected:
            self.told.selected(position, batch)
        if selected or position == self._wish.exported or judges(batch):
            self.told.taken(position, batch)
            self.positions.add(position)
            self._journals.add(journal)
            return True
        if selection.first <= position <= selection.last:
            self._left.setdefault(journal, []).append((batch.header.number, position))
        return False

    def skipped(self) -> dict[str, list[tuple[int, int]]]:
        return {one: self._left[one] for one in sorted(self._journals) if one in self._left}

    def leaves(self) -> set[int]:
        """Leaves of every batch that goes in and of every position of the range."""
        selection = self._wish.selection
        return {one - 1 for one in self.positions} | set(range(selection.first - 1, selection.last))


class _Pack:
    """The ZIP as it grows: entries in the order they are put, of one date, each hashed."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self._files: dict[str, dict[str, object]] = {}

    def put(self, name: str, content: bytes) -> None:
        self.lines(name, (content,))

    def lines(self, name: str, parts: Iterable[bytes]) -> None:
        with self.streamed(name) as put:
            for part in parts:
                put(part)

    @contextlib.contextmanager
    def streamed(self, name: str) -> Iterator[Callable[[bytes], None]]:
        info = zipfile.ZipInfo(name, _DATE)
        info.compress_type = zipfile.ZIP_STORED if name in _PACKED else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as entry:

            def put(part: bytes) -> None:
                nonlocal size
                entry.write(part)
                digest.update(part)
                size += len(part)

            yield put
        self._files[name] = {"sha256": digest.hexdigest(), "bytes": size}

    def listed(self, manifest: Mapping[str, object]) -> Mapping[str, object]:
        """With all that is in it so far."""
        return {**manifest, "files": dict(self._files)}


def _batches(
    log: Log, last: int, what: str, progress: Progress, after: int = 0
) -> Iterator[tuple[int, Batch]]:
    """Every batch up to `last` that can be taken apart; BadFrame names the first that cannot: a
    log that is damaged is not exported as if it were whole."""
    at = after
    while at < last:
        for notification in log.read(at, *_PAGE):
            at = notification.id
            if at > last:
                return
            try:
                yield at, parse(notification.state)
            except BadFrame as bad:
                raise BadFrame(bad.reason, f"the batch stored at position {at}") from bad
        progress(what, min(at, last), last)


def _readable(log: Log, wish: Wish, chosen: _Chosen, progress: Progress) -> Iterator[bytes]:
    selection = wish.selection
    after = selection.first - 1
    for position, batch in _batches(log, selection.last, "events", progress, after):
        if position in chosen.positions:
            yield from readable(position, batch)


def _history(material: Material) -> Iterator[bytes]:
    """Evenly thinned, so that times stay bounded over the whole of it."""
    size = material.published.size
    by_size = {one.head.size: one for one in material.history if 0 < one.head.size < size}
    found = [by_size[one] for one in sorted(by_size)]
    step = max(1, -(-len(found) // _CHECKPOINTS))
    for one in found[::step]:
        proof = [encoded(each) for each in material.published.consistency(one.head.size)]
        yield _json({"checkpoint": one.encode().decode(), "proof": proof}) + b"\n"


def _held(one: dict[str, object], holds: Callable[[str], str] | None) -> dict[str, object]:
    return one if holds is None else {**one, "store": holds(str(one.get("sha256", "")))}


def _manifest(wish: Wish, material: Material, told: Told) -> dict[str, object]:
    selection = wish.selection
    return {
        "format": FORMAT,
        "version": VERSION,
        "origin": material.published.checkpoint.head.origin,
        "made": wish.at,
        "actor": wish.actor,
        "reason": wish.reason,
        "unit": wish.unit,
        "selection": {
            "from": selection.first,
            "to": selection.last,
            "compound": selection.compound,
            "types": selection.types,
        },
        "export": wish.exported,
        "counts": {"batches": told.batches, "events": told.events},
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=None).encode()
