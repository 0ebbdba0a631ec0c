"""Decisions at doors, and what became of them: a grant is not a passage until it was taken."""

from collections.abc import Mapping

import msgspec

from core.event import Data, Recorded
from core.events import access, door
from core.site import Door as Described
from core.site import Site
from projections.safe_community import care, findings, passages, places, watching
from projections.safe_community.doors import put, put_decided, row_of
from projections.safe_community.policy import site_of
from projections.safe_community.rows.doors import Door, Grant
from projections.safe_community.rows.passages import Decision, Passage
from projections.view import Rows

GRANTS = 4  # of a door, kept until they are taken or not

_replace = msgspec.structs.replace

# A tuple, not a union: one is made anew each time that it is asked.
_DECIDED = (
    access.Granted, access.Denied, access.Requested, access.Unclassified, access.Duress,
)  # fmt: skip
DECISIONS: Mapping[type[Data], Decision] = {
    access.Granted: "granted",
    access.Denied: "denied",
    access.Requested: "requested",
    access.Unclassified: "unclassified",
    access.Duress: "duress",
}


def decided(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, _DECIDED)
    passage = Passage(
        at=item.moment.at,
        id=item.event.id,
        subject=item.event.subject,
        decision=DECISIONS[type(data)],
        who=data.subject_class,
        direction=data.direction,
        credential=data.credential,
        reason=data.reason if isinstance(data, access.Denied) else "",
        position=item.position,
        ref=data.subject_ref,
        policy=data.policy,
        violation=data.violation,
        pass_id=data.pass_id,
    )
    row = row_of(rows, item)
    if isinstance(data, access.Granted):
        row = _granted(rows, item, row, data)
    elif isinstance(data, access.Denied):
        row = _replace(row, denied=row.denied + 1)
    put_decided(rows, item, row, passage)
    if data.subject_ref:
        watching.saw(rows, item, data.subject_ref)
        care.saw(rows, item, data.subject_ref)


def _granted(rows: Rows, item: Recorded, row: Door, data: access.Granted) -> Door:
    site = site_of(rows, item)
    move = None
    if not row.takes:
        move = places.move_of(item, site, data.direction, data.subject_class)
    if move is not None:
        places.took(rows, move, data.subject_ref, counted=_counts(site, row))
    grant = Grant(
        id=item.event.id,
        at=item.moment.at,
        ref=data.subject_ref,
        who=data.subject_class,
        direction=data.direction,
        move=move,
    )
    granted = row.granted + 1
    faces = row.faces + (data.credential == "face")
    made = _replace(row, granted=granted, faces=faces, grants=(*row.grants, grant)[-GRANTS:])
    only = faces == granted
    if only != bool(row.face_only) and (not only or granted >= findings.FACES):
        made = _replace(made, face_only=item.moment.at if only else "")
        findings.of_door(rows, made)
    return made


def _counts(site: Site, row: Door) -> bool:
    """Whether something at this door counts heads, by its description."""
    return site.doors.get(row.subject.partition("/")[2], _UNDESCRIBED).counts


_UNDESCRIBED = Described()


def _grant(row: Door, named: str) -> Grant | None:
    """The one that is meant; a device that names none means its newest."""
    if not named:
        return row.grants[-1] if row.grants else None
    return next((one for one in row.grants if one.id == named), None)


def taken(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, access.Taken)
    row = row_of(rows, item)
    grant = _grant(row, data.grant)
    ref = data.subject_ref or (grant.ref if grant else "")
    if grant is None or grant.move is None:
        who: str = data.subject_class
        direction: str = data.direction
        if grant is not None:
            who = grant.who if who == "unknown" else who
            direction = grant.direction if direction == "unknown" else direction
        site = site_of(rows, item)
        move = places.move_of(item, site, direction, who)
        if move is not None:
            places.took(rows, move, ref, counted=_counts(site, row))
    kept = tuple(one for one in row.grants if one is not grant)
    row = _replace(row, taken=row.taken + 1, takes=True, grants=kept)
    put(rows, item, row)
    passages.mark(rows, row.subject, grant.id if grant else data.grant, taken="taken")
    if ref:
        care.saw(rows, item, ref)


def not_taken(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, access.NotTaken)
    row = row_of(rows, item)
    grant = _grant(row, data.grant)
    if grant is not None and grant.move is not None:
        counted = _counts(site_of(rows, item), row)
        places.took(rows, grant.move, grant.ref, counted=counted, sign=-1)
    kept = tuple(one for one in row.grants if one is not grant)
    row = _replace(row, nottaken=row.nottaken + 1, grants=kept)
    put(rows, item, row)
    passages.mark(rows, row.subject, grant.id if grant else data.grant, taken="nottaken")


def counted(rows: Rows, item: Recorded) -> None:
    """Heads, by a counter that knows nobody: passages, where the description says it counts."""
    data = item.event.data
    assert isinstance(data, door.PassageCounted)
    row = row_of(rows, item)
    row = _replace(row, counted=row.counted + data.count)
    put(rows, item, row)
    site = site_of(rows, item)
    if _counts(site, row):
        move = places.move_of(item, site, data.direction, "unknown")
        if move is not None:
            places.heads(rows, move, data.count)


def conflicted(rows: Rows, item: Recorded) -> None:
    """The grant stands, and so does that a newer policy would not have given it."""
    data = item.event.data
    assert isinstance(data, access.ConflictFound)
    row = row_of(rows, item)
    row = _replace(row, conflicts=row.conflicts + 1)
    put(rows, item, row)
    passages.mark(rows, row.subject, data.decision, conflict=data.reason)
