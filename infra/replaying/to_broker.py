"""A range of the log published again, marked as a replay, below a prefix of its own.

Each message is the event as /api/v1/events shows it, with `origin` = `replay` and without
`sequence`: that counts in the gateway's journal, and whoever takes such messages for a device's
would take it for the device's own count. What is sealed stays sealed: there are no keys here.
"""

import threading
from collections.abc import Iterator
from datetime import datetime

import msgspec

from core.clock import parse_rfc3339, rfc3339
from core.event import Recorded
from infra.reading import Reading
from infra.replaying.prefix import topic
from infra.replaying.reader import parts, place
from infra.replaying.turn import Turn
from infra.replaying.watching import Watch
from infra.replaying.wish import Chosen
from infra.simulate.agenda import Timed
from infra.simulate.publish import Settings, run
from projections.sieve import Sieve
from projections.web.lines import Line, shown
from projections.web.scan import Place


class Placed(Timed, frozen=True, kw_only=True):
    place: Place


class Published(msgspec.Struct, frozen=True):
    """`open`: the first event of which no acknowledgement came, or that was not sent any more."""

    published: int
    acked: int
    unread: int
    open: Place | None


class Publication:
    """Owns the account of what the broker has."""

    def __init__(self, hub: Reading, chosen: Chosen, prefix: str) -> None:
        self._hub, self._chosen, self._prefix = hub, chosen, prefix
        self._unread = 0
        self._lost: list[Place] = []
        self._next: Place | None = None

    def run(self, settings: Settings, turn: Turn, stop: threading.Event, watch: Watch) -> Published:
        """BadFrame where a stored batch is damaged; EnvironmentFault when the broker refuses."""

        def until(at: datetime) -> bool:
            return turn(rfc3339(at))

        totals = run(settings, self._messages(watch), until=until, stop=stop, fate=self._fate)
        left = [*self._lost, *([self._next] if self._next else [])]
        return Published(totals.published, totals.acked, self._unread, min(left, default=None))

    def _messages(self, watch: Watch) -> Iterator[Timed]:
        sieve = Sieve(self._chosen.compounds)
        for part in parts(self._hub.log, self._chosen, sieve):
            self._unread += part.unread
            for item in part.items:
                if self._chosen.wanted.wants(item):
                    self._next = place(item)
                    yield message(self._prefix, item)
                    watch(item.position - self._chosen.before - 1, item.event.recordedtime)
        self._next = None

    def _fate(self, timed: Timed, *, acked: bool) -> None:
        assert isinstance(timed, Placed)
        if not acked:
            self._lost.append(timed.place)


def message(prefix: str, item: Recorded) -> Placed:
    told = {**shown(Line(item)), "origin": "replay"}
    del told["sequence"]
    return Placed(
        parse_rfc3339(item.event.recordedtime),
        topic(prefix, item),
        msgspec.json.encode(told),
        place=place(item),
    )
