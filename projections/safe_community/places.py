"""Who is inside: areas' counts, and the muster list, from passages (not from grants, where a door
tells takings).

Sums commute, and whereabouts are those of the newest movement by time, so the order in which
gateways are heard changes nothing. Nothing here is reset: who was forgotten inside shows as stale
after a day and widens the bounds, and whoever has no reference counts for a day only.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

import msgspec

from core.clock import parse_rfc3339, rfc3339
from core.event import Recorded
from core.site import OUTSIDE, UNKNOWN_DOOR, Area, Site
from projections.safe_community import moves
from projections.safe_community.rows.moves import Move, Moves
from projections.safe_community.rows.places import Inside, Place
from projections.view import Rows, added

KIND = "moves"
KEPT = 4  # movements of one person
DAY = timedelta(hours=24)  # so long people without a reference count

_Changes = dict[str, Place]  # areas' rows as one event leaves them
_replace = msgspec.structs.replace


def path(site: Site, area: str) -> tuple[str, ...]:
    """The area and those it lies in; outside is none."""
    found: list[str] = []
    while area and area != OUTSIDE and area not in found:
        found.append(area)
        area = site.areas.get(area, Area()).parent
    return tuple(found)


def move_of(item: Recorded, site: Site, direction: str, who: str) -> Move | None:
    """The way through the item's door; None where nobody can say which way, or where to."""
    subject = item.event.subject
    door = site.doors.get(subject.partition("/")[2])
    if direction == "unknown" or (door is None and site.doors):
        return None
    door = door or UNKNOWN_DOOR
    came, went = path(site, door.from_area), path(site, door.to_area)
    if direction == "out":
        came, went = went, came
    return Move(
        at=item.moment.at,
        id=item.event.id,
        door=subject,
        who=who,
        areas=went,
        entered=tuple(area for area in went if area not in came),
        left=tuple(area for area in came if area not in went),
        position=item.position,
    )


def took(rows: Rows, move: Move, ref: str, *, counted: bool, sign: int = 1) -> None:
    """`counted`: something else counts heads at this door, and this only gives one a name.
    `sign` -1: what was taken for a passage was none."""
    changes: _Changes = {}
    if not counted:
        _tally(rows, changes, move, sign)
    if counted and ref:
        _unnamed(rows, changes, move, "unknown", -sign)
    elif not counted and not ref:
        _unnamed(rows, changes, move, move.who, sign)
    if ref:
        before = moves.of(rows, KIND, ref)
        if sign > 0:
            _become(rows, changes, before, moves.with_move(before, move, KEPT))
            forgotten = moves.surplus(rows, KIND)
            if forgotten:
                _become(rows, changes, moves.of(rows, KIND, forgotten), None)
        else:
            _become(rows, changes, before, moves.without(before, move.id, move.door))
    _put(rows, changes)


def heads(rows: Rows, move: Move, count: int) -> None:
    """A counter that knows nobody saw so many go through."""
    changes: _Changes = {}
    _tally(rows, changes, move, count)
    _unnamed(rows, changes, move, "unknown", count)
    _put(rows, changes)


def _become(rows: Rows, changes: _Changes, before: Moves, after: Moves | None) -> None:
    ref = before.ref
    if after is None:
        rows.drop(KIND, ref)
        after = Moves(ref=ref)
    else:
        rows.put(KIND, ref, after)
    old, new = moves.where(before), moves.where(after)
    if old is not new:
        for move, more in ((old, -1), (new, 1)):
            if move is not None:
                _know(rows, changes, move, more)
        if new is not None and new.areas:
            rows.put("inside", ref, _inside(ref, new))
        elif old is not None and old.areas:
            rows.drop("inside", ref)
    was, now = moves.unmatched(before), moves.unmatched(after)
    for area in sorted({*was, *now}) if was != now else ():
        row = _place(rows, changes, area)
        more = now.get(area, 0) - was.get(area, 0)
        changes[area] = _replace(row, unmatched=row.unmatched + more)


def _know(rows: Rows, changes: _Changes, move: Move, more: int) -> None:
    for area in move.areas:
        row = _place(rows, changes, area)
        changes[area] = _replace(row, known=_added(row.known, move.who, more))


def _inside(ref: str, move: Move) -> Inside:
    return Inside(
        ref=ref,
        area=move.areas[0],
        who=move.who,
        door=move.door,
        since=move.at,
        position=move.position,
    )


def _place(rows: Rows, changes: _Changes, area: str) -> Place:
    return changes.get(area) or rows.get("place", area, Place) or Place(area=area)


def _tally(rows: Rows, changes: _Changes, move: Move, count: int) -> None:
    for area in move.entered:
        row = _place(rows, changes, area)
        last = max(row.last, move.at)
        changes[area] = _replace(row, entries=row.entries + count, last=last)
    for area in move.left:
        row = _place(rows, changes, area)
        last = max(row.last, move.at)
        changes[area] = _replace(row, exits=row.exits + count, last=last)


def _unnamed(rows: Rows, changes: _Changes, move: Move, who: str, count: int) -> None:
    key = f"{move.at[:13]} {who}"
    for areas, more in ((move.entered, count), (move.left, -count)):
        for area in areas:
            row = _place(rows, changes, area)
            tally = _added(row.anonymous, key, more)
            changes[area] = _replace(row, anonymous=tally, last=max(row.last, move.at))


def _added(tally: Mapping[str, int], key: str, count: int) -> Mapping[str, int]:
    """What came to nothing is not kept: equal whereabouts, equal rows."""
    found = added(tally, key, count)
    if found[key] == 0:
        return {name: number for name, number in found.items() if name != key}
    return found


def _put(rows: Rows, changes: _Changes) -> None:
    for area, row in changes.items():
        rows.put("place", area, _summed(row))


def _summed(row: Place) -> Place:
    by_class = dict(row.known)
    anonymous = row.anonymous
    if anonymous:
        floor = _day_before(row.last[:13])
        anonymous = {key: count for key, count in anonymous.items() if key[:13] > floor}
        net: dict[str, int] = {}
        for key, count in anonymous.items():
            net[key[14:]] = net.get(key[14:], 0) + count
        for who, count in net.items():
            if count > 0:
                by_class[who] = by_class.get(who, 0) + count
        by_class = dict(sorted(by_class.items()))
    count = sum(by_class.values())
    return _replace(
        row,
        anonymous=anonymous,
        by_class=by_class,
        count=count,
        low=sum(row.known.values()),
        high=count + row.unmatched,
    )


@lru_cache(maxsize=256)
def _day_before(hour: str) -> str:
    """Of an hour as rows' times begin with it."""
    return rfc3339(parse_rfc3339(f"{hour}:00:00Z") - DAY)[:13]
