"""Events ↔ the lines of a batch, and ↔ the CloudEvents JSON the outside world reads."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.batch import Batch
from core.catalog import Catalog, Envelope, UnknownType
from core.clock import parse_rfc3339
from core.errors import BadFrame
from core.event import Event, Recorded, parse_source

_ENCODER = msgspec.json.Encoder()
_ENVELOPES = msgspec.json.Decoder(Envelope)
MAX_EVENT = 64 * 1024  # bytes of one encoded event (CloudEvents §"size limits")


class Unread(msgspec.Struct, frozen=True):
    """A stored event this version cannot read: a newer gateway's type, shown as such."""

    type: str
    position: int
    index: int
    reason: str


def encode(event: Event) -> bytes:
    return _ENCODER.encode(event)


def lines(events: Sequence[Event]) -> bytes:
    return _ENCODER.encode_lines(events)


def envelopes(batch: Batch) -> list[Envelope]:
    """The batch's events with raw data. BadFrame when they are not what the header says."""
    try:
        found = _ENVELOPES.decode_lines(batch.lines())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame("payload", f"line is not an event: {error}") from error
    header = batch.header
    if len(found) != header.last - header.first + 1:
        raise BadFrame("count", f"{len(found)} events, header says {header.first}..{header.last}")
    return found


def recorded(batch: Batch, position: int, catalog: Catalog) -> list[Recorded | Unread]:
    """Every event of a stored batch where it stands; what cannot be read is named, not lost."""
    journal = batch.header.journal.id.hex
    found: list[Recorded | Unread] = []
    for index, stored in enumerate(envelopes(batch)):
        try:
            event = catalog.read(stored)
            compound, gateway, device = parse_source(event.source)
            parse_rfc3339(event.time)  # folds rely on both, and on room for any zone
            if not 1970 <= parse_rfc3339(event.recordedtime).year <= 9000:
                raise ValueError(f"a gateway's clock at {event.recordedtime}")
        except (UnknownType, msgspec.MsgspecError, ValueError, RecursionError) as error:
            found.append(Unread(stored.type, position, index, str(error)))
            continue
        found.append(
            Recorded(
                event,
                position,
                index,
                journal,
                batch.header.first + index,
                compound,
                gateway,
                device,
            )
        )
    return found


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
