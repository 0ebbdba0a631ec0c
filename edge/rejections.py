"""Quarantine in the open: `ingest.rejected` events, too few for a flood to drown the log."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.events.device import Rejected
from edge.quarantine import GUESSABLE, Entry

log = logging.getLogger("edge.intake")

_AGAIN = timedelta(seconds=10)
_KINDS = 1000  # (adapter, reason) pairs are few; a bound all the same


class Rejections:
    """One event per adapter and reason at once, then at most one every ten seconds with the
    count since. Owns counts not told yet; dying loses them, the quarantine file keeps the rows."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], datetime] = {}
        self._waiting: dict[tuple[str, str], tuple[int, str]] = {}

    def due(self, found: Sequence[Entry], now: datetime) -> list[Rejected]:
        for entry in found:
            kind = (entry.adapter, entry.reason)
            count, _ = self._waiting.get(kind, (0, ""))
            if count or len(self._waiting) < _KINDS:
                raw = entry.sha256.hex() if len(entry.payload) >= GUESSABLE else ""
                self._waiting[kind] = (count + 1, raw)
        # A clock that was set back must not silence this until it has caught up.
        ready = [
            kind
            for kind in self._waiting
            if kind not in self._told or not timedelta() <= now - self._told[kind] < _AGAIN
        ]
        made = []
        for kind in ready:
            count, raw = self._waiting.pop(kind)
            self._told[kind] = now
            adapter, reason = kind
            log.warning("set aside: %d × %s/%s", count, adapter or "none", reason)
            made.append(
                Rejected(adapter=adapter or "none", reason=reason, rawsha256=raw, count=count)
            )
        return made
