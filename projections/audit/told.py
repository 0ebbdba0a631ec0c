"""What batches tell of themselves for a pack's lists: keys, gaps, evidence, the copy to read.

Derived, for people; a verifier that can read the frames derives it again.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from core import codec
from core.batch import Batch
from core.errors import BadFrame
from projections.audit.selection import plain_of

_KEYS = ("key.",)
_GAPS = (
    "journal.opened.v1", "journal.gap.declared.v1", "journal.damage.found.v1",
    "device.gap.detected.v1", "device.gap.filled.v1", "device.epoch.raised.v1",
    "gateway.epoch.changed.v1",
)  # fmt: skip
_SHOWN = ("id", "type", "source", "subject", "recordedtime", "data")
_MEDIA_MARK = b'"media":[{'


class Told(msgspec.Struct):
    """Grows batch by batch, in position order."""

    keys: list[dict[str, Any]] = []
    gaps: list[dict[str, Any]] = []
    media: list[dict[str, Any]] = []
    batches: int = 0
    events: int = 0

    def selected(self, position: int, batch: Batch) -> None:
        self.batches += 1
        self.events += batch.header.last - batch.header.first + 1
        self.gaps += _of(position, batch, _GAPS)
        if _MEDIA_MARK in plain_of(batch):
            self.media += [
                {"position": position, "index": index, "event": said["id"], **media}
                for index, said in _said(batch)
                for media in said["data"].get("media", ())
            ]

    def taken(self, position: int, batch: Batch) -> None:
        self.keys += _of(position, batch, _KEYS)


def _of(position: int, batch: Batch, types: tuple[str, ...]) -> list[dict[str, Any]]:
    """Its events whose types begin so."""
    plain = plain_of(batch)
    if not any(f'"type":"{one}'.encode() in plain for one in types):
        return []
    return [
        {"position": position, "index": index, **{name: said[name] for name in _SHOWN}}
        for index, said in _said(batch)
        if said["type"].startswith(types)
    ]


def readable(position: int, batch: Batch) -> Iterator[bytes]:
    """A line an event: its place, and the event's text as it was signed."""
    try:
        raw = codec.raw_lines(batch)
    except BadFrame:
        return
    for index, line in enumerate(raw):
        yield b'{"position":%d,"index":%d,"event":%s}\n' % (position, index, bytes(line))


def _said(batch: Batch) -> Iterator[tuple[int, dict[str, Any]]]:
    """Those that have an event's attributes; a line that has not is not read for lists."""
    try:
        raw = codec.raw_lines(batch)
    except BadFrame:
        return
    for index, line in enumerate(raw):
        try:
            found = json.loads(bytes(line))
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("data"), dict):
            yield index, {**dict.fromkeys(_SHOWN, ""), **found}
