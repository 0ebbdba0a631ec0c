"""Events that were refused, counted durably and declared in the open (`journal.gap.declared`).

The count is committed before the message is acknowledged and leaves the table in the commit
that writes its event: whoever dies in between has neither lost nor doubled it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.batch import Lane
from core.clock import parse_rfc3339, rfc3339
from core.events.journal import GapDeclared
from edge.damage import Corrupt
from edge.journal import SQL, Statement

_AGAIN = timedelta(seconds=10)  # while it goes on, one event each
_Kind = tuple[str, int, str]  # reason, lane, event type
_Told = tuple[int, str, str]  # count, since, until


class Declaration(msgspec.Struct, frozen=True):
    """What goes into the commit at hand, and what is left to be declared after it."""

    statements: list[Statement]
    events: list[GapDeclared]
    left: dict[_Kind, _Told]


class Refusals:
    """Owns what no event has declared yet; a copy of the journal's table."""

    def __init__(self, rows: Sequence[tuple[str, int, str, int, str, str]]) -> None:
        if not all(map(sound, rows)):
            raise Corrupt("refused: a row is not as it was written")
        self._open: dict[_Kind, _Told] = {
            (reason, lane, kind): (count, since, until)
            for reason, lane, kind, count, since, until in rows
        }
        self._last: datetime | None = None

    def declare(
        self, found: Mapping[str, Counter[str]], now: datetime, *, refusing: bool
    ) -> Declaration:
        """`found`: reason → refused types of this commit; `refusing`: more will follow."""
        if not found and not self._open:
            return Declaration([], [], {})
        at, left = rfc3339(now), dict(self._open)
        rows = []
        for reason, kinds in found.items():
            for kind, count in kinds.items():
                key = (reason, int(Lane.BULK), kind)
                before, since, _ = left.get(key, (0, at, at))
                left[key] = (before + count, since, at)
                rows.append((*key, count, at, at))
        quiet = self._last is not None and timedelta() <= now - self._last < _AGAIN
        if refusing and quiet:
            return Declaration([(SQL["upsert_refused"], rows)] if rows else [], [], left)
        return Declaration([(SQL["delete_refused"], [()])], _declared(left), {})

    def committed(self, declaration: Declaration, now: datetime) -> None:
        self._open = declaration.left
        if declaration.events:
            self._last = now


def sound(row: Sequence[object]) -> bool:
    """Whether a row of the table can be what was written."""
    reason, lane, kind, count, since, until = row
    texts = all(isinstance(one, str) and one.isprintable() for one in (reason, kind, since, until))
    if not (texts and reason and kind and lane in set(Lane)):
        return False
    try:
        parse_rfc3339(f"{since}")
        parse_rfc3339(f"{until}")
    except ValueError:
        return False
    return isinstance(count, int) and 0 < count < 1 << 62


def _declared(
    waiting: Mapping[_Kind, _Told],
) -> list[GapDeclared]:
    groups = sorted({(reason, lane) for reason, lane, _ in waiting})
    made = []
    for reason, lane in groups:
        ours = {key[2]: told for key, told in waiting.items() if key[:2] == (reason, lane)}
        made.append(
            GapDeclared(
                reason=reason,
                lane=lane,
                count=sum(count for count, _, _ in ours.values()),
                kinds={kind: count for kind, (count, _, _) in sorted(ours.items())},
                since=min(since for _, since, _ in ours.values()),
                until=max(until for _, _, until in ours.values()),
            )
        )
    return made
