"""A stored batch as the API shows it: one CloudEvents object an event, with its place."""

from collections.abc import Sequence
from typing import Any

import msgspec
from eventsourcing.persistence import Notification

from core import codec
from core.batch import Batch, parse
from core.catalog import Catalog
from core.codec import Unread
from core.errors import BadFrame
from core.event import Data, Event, Recorded, parse_source
from core.moment import Moment

_NOTHING = dict.fromkeys(("id", "source", "type", "subject", "time", "recordedtime"), "")


class Line(msgspec.Struct, frozen=True):
    """An event where it stands. One of a type this version does not know keeps its data as
    stored in `raw` and says why in `unread`: it is shown, never left out."""

    item: Recorded
    raw: msgspec.Raw | None = None
    unread: str = ""


def lines(notification: Notification, catalog: Catalog) -> Sequence[Line]:
    """Every event of the batch, in order. BadFrame names the position when it is damaged."""
    try:
        batch = parse(notification.state)
        found = codec.recorded(batch, notification.id, catalog)
        stored = codec.raw_lines(batch) if any(isinstance(one, Unread) for one in found) else []
    except BadFrame as bad:
        raise BadFrame(bad.reason, f"the batch stored at position {notification.id}") from bad
    return [
        Line(one) if isinstance(one, Recorded) else _unread(batch, one, stored) for one in found
    ]


def shown(line: Line) -> dict[str, Any]:
    """The CloudEvents JSON with `position`, `index` and `journal`; encode it with msgspec."""
    item = line.item
    event = {
        **codec.cloudevent(item),
        "position": item.position,
        "index": item.index,
        "journal": item.journal,
    }
    if line.raw is not None:
        event |= {"data": line.raw, "unread": line.unread}
    return event


def _unread(batch: Batch, item: Unread, stored: Sequence[msgspec.Raw]) -> Line:
    """As far as its attributes are texts, as they are everywhere; of a batch in a codec not known
    here nothing is seen."""
    told = _attributes(stored[item.index]) if stored else {}
    words: dict[str, Any] = {
        name: value
        for name in Event.__struct_fields__
        if name in told and isinstance(value := _value(told[name]), str)
    }
    event = Event(**{**_NOTHING, **words}, data=Data())
    try:
        compound, gateway, device = parse_source(event.source)
    except ValueError:
        compound = gateway = device = ""
    return Line(
        Recorded(
            event,
            item.position,
            item.index,
            batch.header.journal.id.hex,
            batch.header.first + item.index,
            compound,
            gateway,
            device,
            Moment("", 0, None),
        ),
        _shown(told.get("data", msgspec.Raw(b"null"))),
        item.reason,
    )


def _shown(raw: msgspec.Raw) -> msgspec.Raw:
    """As it stands, unless that is no UTF-8: then as text, with what is none marked."""
    content = bytes(raw)
    text = content.decode("utf-8", "replace")
    return raw if text.encode() == content else msgspec.Raw(msgspec.json.encode(text))


def _attributes(line: msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}


def _value(raw: msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
