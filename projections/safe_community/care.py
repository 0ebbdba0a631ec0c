"""Somebody who lives alone and asked for it: when nothing was seen of them for so many hours,
somebody shall ask. Nothing is kept of anybody without a consent, and nothing after it.

Signs of life are kept as the spans they cover, with the consent as the first, by when gateways
recorded them: what was known at a due second does not change any more once every gateway was heard
after it. Every span's end arms a timer; a sign that is delivered late joins spans or is a new one,
so it neither hides a silence nor makes one up. Old news (I9) is no sign of life.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from core.clock import rfc3339
from core.event import Recorded
from core.events import subject
from core.moment import millis
from projections.alarms import fold as alarms
from projections.alarms.due import due
from projections.alarms.row import Timer
from projections.instant import is_live
from projections.safe_community import timers
from projections.safe_community.rows.care import Care, Sign, Span
from projections.view import Rows

KIND = "care"
PURPOSE = "care"
KEPT = 32  # spans: silences between them
MOST = 24 * 92  # hours; more is no care

_replace = msgspec.structs.replace


def subject_of(ref: str) -> str:
    return f"person/{ref}"


def consented(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, subject.ConsentGiven)
    if data.purpose != PURPOSE or not 0 < data.hours <= MOST:
        return
    ref = data.subject_ref
    before = rows.get(KIND, ref, Care)
    at = item.moment.at
    sign = Sign(id=item.event.id, said=timers.said(rows, item))
    after = Care(
        ref=ref,
        hours=data.hours,
        basis=data.basis,
        since=at,
        last=before.last if before is not None else "",
        spans=(Span(first=sign, last=sign),),
        position=item.position,
    )
    _become(rows, item, before, after)


def withdrawn(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, subject.ConsentWithdrawn)
    before = rows.get(KIND, data.subject_ref, Care)
    if data.purpose == PURPOSE and before is not None:
        _become(rows, item, before, None)
        alarms.clear(rows, item, "care.no-passage", subject_of(before.ref))


def saw(rows: Rows, item: Recorded, ref: str) -> None:
    before = rows.get(KIND, ref, Care)
    if before is None or item.event.recordedtime < before.since or not is_live(rows, item):
        return
    sign = Sign(id=item.event.id, said=timers.said(rows, item))
    spans = _joined(before, sign)
    last = max(before.last, item.moment.at)
    _become(rows, item, before, _replace(before, spans=spans, last=last))
    if spans[-1].last is sign:
        over = timers.past(item, sign.id, sign.said)
        alarms.clear(rows, over, "care.no-passage", subject_of(ref))


def _joined(row: Care, sign: Sign) -> tuple[Span, ...]:
    apart: list[Span] = []
    first = last = sign
    ends = _due(sign, row.hours)
    for span in row.spans:
        if sign.said.recorded <= _due(span.last, row.hours) and span.first.said.recorded <= ends:
            first, last = min(first, span.first, key=_order), max(last, span.last, key=_order)
        else:
            apart.append(span)
    return tuple(sorted((*apart, Span(first=first, last=last)), key=_begins))


def fired(rows: Rows, item: Recorded, armed: Timer) -> None:
    row = rows.get(KIND, armed.about, Care)
    if row is None:
        return
    about = subject_of(row.ref)
    alarms.trigger(rows, due(item, armed), "care.no-passage", about)
    after = next((one.first for one in row.spans if one.first.said.recorded > armed.due), None)
    if after is not None:
        over = timers.past(item, after.id, after.said)
        alarms.clear(rows, over, "care.no-passage", about)


def _become(rows: Rows, item: Recorded, before: Care | None, after: Care | None) -> None:
    """A span that is one too many is forgotten; its timer is not."""
    timers.change(rows, item, _wanted(before), _wanted(after))
    if after is not None:
        due = _due(after.spans[-1].last, after.hours)
        rows.put(KIND, after.ref, _replace(after, due=due, spans=after.spans[-KEPT:]))
    elif before is not None:
        rows.drop(KIND, before.ref)


def _wanted(row: Care | None) -> timers.Wanted:
    found: dict[str, Timer] = {}
    if row is None:
        return found
    for sign in (span.last for span in row.spans):
        due = _due(sign, row.hours)
        # By its due, too: a new consent of other hours is another timer.
        key = f"care:{row.ref}:{sign.id}:{due}"
        found[key] = Timer(name="care", about=row.ref, due=due, cause=sign.id)
    return found


def _due(sign: Sign, hours: float) -> str:
    at = datetime.fromtimestamp(millis(sign.said.recorded) / 1000, UTC)
    return rfc3339(at + timedelta(hours=hours))


def _order(sign: Sign) -> tuple[str, str, int]:
    return sign.said.order


def _begins(span: Span) -> tuple[str, str, int]:
    return span.first.said.order
