"""A stored batch as the API shows it: one CloudEvents object an event, with its place."""

from collections.abc import Sequence
from typing import Any

import msgspec
from eventsourcing.persistence import Notification

from core import codec
from core.batch import Batch, parse
from core.catalog import Catalog, Envelope
from core.codec import Unread
from core.errors import BadFrame
from core.event import Data, Recorded, parse_source
from core.moment import Moment


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
        stored = codec.envelopes(batch) if any(isinstance(one, Unread) for one in found) else []
    except BadFrame as bad:
        raise BadFrame(bad.reason, f"the batch stored at position {notification.id}") from bad
    return [
        Line(one) if isinstance(one, Recorded) else _unread(batch, one, stored[one.index])
        for one in found
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


def _unread(batch: Batch, item: Unread, stored: Envelope) -> Line:
    try:
        compound, gateway, device = parse_source(stored.source)
    except ValueError:
        compound = gateway = device = ""
    event = stored.event(stored.type, Data())
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
        stored.data,
        item.reason,
    )
