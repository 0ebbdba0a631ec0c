"""Whom the hub listed, with reason, basis and expiry; and whether they were seen meanwhile.

Judged by when somebody passed, so a passage that is delivered after the entry was taken off, or
had expired, still counts if it happened before.
"""

import msgspec

from core.event import Recorded
from core.events import subject
from projections.alarms import fold as alarms
from projections.safe_community.rows.watching import Spell, Watched
from projections.safe_community.timers import millis_of
from projections.view import Rows

KIND = "watch"
FORMER = 8

_replace = msgspec.structs.replace


def listed(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, subject.WatchListed)
    before = rows.get(KIND, data.subject_ref, Watched)
    former: tuple[Spell, ...] = ()
    if before is not None:
        ended = before.ended or item.moment.at
        spell = Spell(since=before.since, until=before.until, ended=ended)
        former = (*before.former, spell)[-FORMER:]
    row = Watched(
        ref=data.subject_ref,
        reason=data.reason,
        basis=data.basis,
        until=data.until,
        action=data.action,
        actor=data.actor,
        since=item.moment.at,
        seen=before.seen if before is not None else "",
        former=former,
        position=item.position,
    )
    rows.put(KIND, row.ref, row)


def unlisted(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, subject.Unlisted)
    found = rows.get(KIND, data.subject_ref, Watched)
    if found is not None and not found.ended:
        rows.put(KIND, found.ref, _replace(found, ended=item.moment.at))


def saw(rows: Rows, item: Recorded, ref: str) -> None:
    found = rows.get(KIND, ref, Watched)
    if found is None:
        return
    now = Spell(since=found.since, until=found.until, ended=found.ended)
    if not any(_holds(one, item) for one in (now, *found.former)):
        return
    if item.moment.at > found.seen:
        rows.put(KIND, ref, _replace(found, seen=item.moment.at))
    alarms.trigger(rows, item, "access.watchlisted", lasting=False)


def _holds(spell: Spell, item: Recorded) -> bool:
    """An entry whose end nobody can read does nothing: expiry is required."""
    until, at = millis_of(spell.until), item.moment.at
    if until is None or item.moment.ms >= until:
        return False
    return spell.since <= at and not (spell.ended and at >= spell.ended)
