"""Events ↔ the lines of a batch, and ↔ the CloudEvents JSON the outside world reads."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from core.batch import Batch
from core.catalog import Catalog, Envelope, UnknownType
from core.errors import BadFrame
from core.event import Event, Recorded, parse_source
from core.moment import moment_of

_T = TypeVar("_T")
_ENCODER = msgspec.json.Encoder()
_ENVELOPES = msgspec.json.Decoder(Envelope)
MAX_EVENT = 64 * 1024  # bytes of one encoded event (CloudEvents §"size limits")


class Unread(msgspec.Struct, frozen=True):
    """A stored event this version cannot read: a newer gateway's, shown as such. A batch in a
    payload codec not known here is one of these, of type "" and of whichever compound."""

    type: str
    position: int
    index: int
    reason: str
    compound: str = ""  # as far as its source tells


class _Outline(msgspec.Struct):
    """What is asked of an event whose envelope is not as this version knows it."""

    source: str = ""
    type: str = ""


_RAW = msgspec.json.Decoder(msgspec.Raw)
_OUTLINES = msgspec.json.Decoder(_Outline)
_ILLEGIBLE = (msgspec.MsgspecError, ValueError, RecursionError)


def encode(event: Event) -> bytes:
    return _ENCODER.encode(event)


def lines(events: Sequence[Event]) -> bytes:
    return _ENCODER.encode_lines(events)


def envelopes(batch: Batch) -> list[Envelope]:
    """The batch's events with raw data. BadFrame when they are not what the header says, or not
    of this version's form."""
    try:
        return _counted(batch, _ENVELOPES.decode_lines(batch.lines()))
    except _ILLEGIBLE as error:
        raise BadFrame("payload", f"line is not an event: {error}") from error


def raw_lines(batch: Batch) -> list[msgspec.Raw]:
    """Each event as it stands, whatever version wrote it; none of a codec not known here.
    BadFrame when they are not what the header says, or not JSON."""
    if not batch.readable:
        return []
    try:
        return _counted(batch, _RAW.decode_lines(batch.lines()))
    except _ILLEGIBLE as error:
        raise BadFrame("payload", f"line is not JSON: {error}") from error


def _counted(batch: Batch, found: list[_T]) -> list[_T]:
    first, last = batch.header.first, batch.header.last
    if len(found) != last - first + 1:
        raise BadFrame("count", f"{len(found)} events, header says {first}..{last}")
    return found


def recorded(batch: Batch, position: int, catalog: Catalog) -> list[Recorded | Unread]:
    """Every event of a stored batch where it stands; what cannot be read is named, not lost.
    BadFrame when the payload is not what the header says."""
    if not batch.readable:
        return [Unread("", position, 0, f"payload codec {batch.codec}")]
    plain, journal, first = batch.lines(), batch.header.journal.id.hex, batch.header.first
    events = standing(batch, plain, range(batch.header.last - first + 1), position, catalog)
    if events is not None:
        return events
    found: list[Recorded | Unread] = []
    for index, line in enumerate(raw_lines(batch)):
        stored = _envelope(line, position, index)
        if isinstance(stored, Unread):
            found.append(stored)
            continue
        try:
            event = catalog.read(stored)
            found.append(_stands(event, position, index, journal, first + index))
        except (UnknownType, *_ILLEGIBLE) as error:
            found.append(Unread(stored.type, position, index, str(error), _compound(stored.source)))
    return found


def standing(
    batch: Batch, lines: bytes, places: Sequence[int], position: int, catalog: Catalog
) -> list[Recorded | Unread] | None:
    """Events of these lines, which stand at these places of the batch. None when they are not as
    many, or one of them is of another version, or has times or a source that are none: then each
    is to be read by itself."""
    journal, first = batch.header.journal.id.hex, batch.header.first
    try:
        events = catalog.read_lines(lines)
        if len(events) != len(places):
            return None
        return [
            _stands(event, position, at, journal, first + at)
            for at, event in zip(places, events, strict=True)
        ]
    except _ILLEGIBLE:
        return None


def _stands(event: Event, position: int, index: int, journal: str, sequence: int) -> Recorded:
    """ValueError when its source or one of its times is none."""
    compound, gateway, device = parse_source(event.source)
    moment = moment_of(event.time, event.recordedtime, event.timequality)
    return Recorded(event, position, index, journal, sequence, compound, gateway, device, moment)


def _envelope(line: msgspec.Raw, position: int, index: int) -> Envelope | Unread:
    try:
        return _ENVELOPES.decode(line)
    except _ILLEGIBLE as error:
        reason = str(error)
    try:
        outline = _OUTLINES.decode(line)
    except _ILLEGIBLE:
        outline = _Outline()
    return Unread(outline.type, position, index, reason, _compound(outline.source))


def _compound(source: str) -> str:
    try:
        return parse_source(source)[0]
    except ValueError:
        return ""


def cloudevent(item: Recorded) -> dict[str, Any]:
    """CloudEvents 1.0 JSON with every attribute written out; `sequence` sorts as text."""
    event = item.event
    shown: dict[str, Any] = msgspec.to_builtins(event)
    data = shown.pop("data")
    name, _, version = event.type.rpartition(".v")
    return {
        "specversion": "1.0",
        **shown,
        "timequality": event.timequality,
        "origin": event.origin,
        "partitionkey": event.subject,
        "sequence": f"{item.sequence:020d}",
        "dataschema": f"/schemas/{name}/{version}.json",
        "datacontenttype": "application/json",
        "data": data,
    }
