"""Frames the hub did not take: a live list for the operator, and too few events for a hostile
gateway to drown the log: per gateway and reason one at once, then one every ten minutes with
the count since. Dying loses counts not told yet, never that there were refusals.
"""

import logging
import re
import uuid
from collections import deque
from collections.abc import Iterable, Sequence

from core.clock import Clock, rfc3339
from core.config import GATEWAY_SLUG, SLUG
from core.event import Event, source_of
from core.events.device import Rejected
from core.ownjournal import GATEWAY
from core.trust import Gateway
from projections.web.desk import Refusal

log = logging.getLogger("hub.refusals")

_KEPT = 500  # operator lines
_AGAIN = 600.0  # seconds
# How a gateway learns that the hub missed a frame: nothing for an operator, nothing to keep.
_ORDINARY = frozenset({"gap"})
_STRANGER = ""
_Kind = tuple[str, str, str]  # compound, gateway, reason


class Refusals:
    """Owns the list and the counts not told yet. Event loop only.

    Names of strangers come from topics, so there may be any number: all of them in a compound
    are counted as one, and those of a compound nobody knows stand with the first that is known.
    """

    def __init__(self, enrolled: Iterable[Gateway], clock: Clock) -> None:
        self._clock = clock
        self.enrolled(enrolled)
        self._lines: deque[Refusal] = deque(maxlen=_KEPT)
        self._waiting: dict[_Kind, tuple[int, str]] = {}  # count, who it was
        self._told: dict[_Kind, float] = {}
        self.counts: dict[str, int] = {}  # reason → frames, since start

    def enrolled(self, gateways: Iterable[Gateway]) -> None:
        """Who there is from now on."""
        self._enrolled = {(one.compound, one.name) for one in gateways}
        self._compounds = sorted({compound for compound, _ in self._enrolled})

    def lines(self) -> Sequence[Refusal]:
        return tuple(self._lines)

    def add(self, compound: str, gateway: str, reason: str) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        if reason in _ORDINARY:
            return
        self._lines.append(
            Refusal(
                at=rfc3339(self._clock.now()), compound=compound, gateway=gateway, reason=reason
            )
        )
        kind, who = self._kind(compound, gateway, reason)
        if kind is not None:
            self._waiting[kind] = (self._waiting.get(kind, (0, ""))[0] + 1, who)

    def due(self, now: float) -> list[Event]:
        """Events to append now; `now` is the loop's clock."""
        ready = [
            kind
            for kind in self._waiting
            if kind not in self._told or now - self._told[kind] >= _AGAIN
        ]
        for kind in ready:
            self._told[kind] = now
        return [self._event(kind) for kind in ready]

    def rest(self) -> list[Event]:
        """At a clean stop: what was counted and not told."""
        return [self._event(kind) for kind in list(self._waiting)]

    def _kind(self, compound: str, gateway: str, reason: str) -> tuple[_Kind | None, str]:
        if (compound, gateway) in self._enrolled:
            return (compound, gateway, reason), ""
        if not self._compounds:
            return None, ""
        named = re.fullmatch(SLUG, compound) and re.fullmatch(GATEWAY_SLUG, gateway)
        place = compound if compound in self._compounds else self._compounds[0]
        return (place, _STRANGER, reason), f"{compound}/{gateway}" if named else ""

    def _event(self, kind: _Kind) -> Event:
        compound, gateway, reason = kind
        count, who = self._waiting.pop(kind)
        log.warning("refused from %s/%s: %d × %s", compound, gateway or who, count, reason)
        now = rfc3339(self._clock.now())
        return Event(
            id=f"hub:{uuid.uuid4().hex}",
            source=source_of(compound, GATEWAY, "ingest"),
            type=Rejected.TYPE,
            subject=f"gateway/{gateway}" if gateway else "hub/ingest",
            time=now,
            recordedtime=now,
            timequality="gateway",
            data=Rejected(adapter="hub", reason=reason, count=count, detail=who),
        )
