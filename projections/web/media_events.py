"""What is said of pictures, into the hub's own journal."""

import uuid
from collections.abc import Mapping

from core.clock import Clock, rfc3339
from core.event import Data, Event, Personal, source_of
from core.ownjournal import GATEWAY, Append
from projections.web.deed import event_of


class MediaEvents:
    """Durable when it returns. Any thread."""

    def __init__(self, append: Append, clock: Clock) -> None:
        self._append, self._clock = append, clock

    def say(self, compound: str, sha256: str, data: Data, sealed: Personal | None = None) -> int:
        """Position. By a person where `data` has an actor; else the hub found it by itself."""
        made = event_of if getattr(data, "actor", "") else _found
        event = made(compound, f"media/{sha256}", data, rfc3339(self._clock.now()))
        return self._append([event], {event.id: sealed} if sealed else {})

    def sum_up(self, told: Mapping[str, Data]) -> None:
        """Of each compound's pictures as a whole; all or none."""
        at = rfc3339(self._clock.now())
        if told:
            self._append([_found(name, "media", data, at) for name, data in told.items()], {})


def _found(compound: str, subject: str, data: Data, at: str) -> Event:
    """Each kind as if of a device of its own: what is found is not shown among what is brought."""
    return Event(
        id=f"hub:{uuid.uuid4().hex}",
        source=source_of(compound, GATEWAY, data.TYPE.rpartition(".v")[0]),
        type=data.TYPE,
        subject=subject,
        time=at,
        recordedtime=at,
        timequality="gateway",
        data=data,
    )
