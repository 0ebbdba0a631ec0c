"""What a person does through the console or a route, as an event of the hub's own."""

import uuid

from core.event import Data, Event, source_of
from core.ownjournal import GATEWAY

DEVICE = "console"  # the device part of the sources of what people do


def event_of(compound: str, subject: str, data: Data, at: str, id: str = "") -> Event:
    """A person's act, of now. `id`: where doing it twice is doing it once."""
    return Event(
        id=id or f"act:{uuid.uuid4().hex}",
        source=source_of(compound, GATEWAY, DEVICE),
        type=data.TYPE,
        subject=subject,
        time=at,
        recordedtime=at,
        timequality="gateway",
        origin="manual",
        data=data,
    )
