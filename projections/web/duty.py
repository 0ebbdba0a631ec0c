"""Whose watch it is, and the note that is generated when it changes hands. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.clock import parse_rfc3339
from core.event import Event
from core.events.duty import HandedOver, Taken
from projections.alarms.row import CLOSED, KIND, Alarm
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.duty import Duty
from projections.view import Kinds
from projections.web.accounts import Account
from projections.web.refusal import ActRefused

SHIFT = timedelta(hours=12)  # nobody has the watch for longer without a word
_NAMED = 200  # ids in one note


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` is empty when nobody has it. `since` is when that began, `counted` when the hand-over
    before it was written: the next one reports from there. `mark` tells this watch from every
    other, so that a word about it is said once."""

    actor: str = ""
    since: str = ""
    counted: str = ""
    handed: str = ""  # id of the hand-over nobody has taken yet
    handed_to: str = ""
    mark: str = "first"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Since the last one: what was raised, what is open, what is not as it should be."""

    figures: Mapping[str, int]
    open: tuple[str, ...]
    shelved: tuple[str, ...]
    doors: tuple[str, ...]
    silent: tuple[str, ...]

    def event(self, actor: str, watch: Watch, note: str, to: str, position: int) -> HandedOver:
        return HandedOver(
            actor=actor,
            since=watch.since,
            to=to,
            note=note,
            figures=self.figures,
            open=self.open[:_NAMED],
            shelved=self.shelved[:_NAMED],
            doors=self.doors[:_NAMED],
            silent=self.silent[:_NAMED],
            position=position,
        )


def watch(views: Sequence[Kinds], unfolded: Sequence[Event]) -> Watch:
    """As it is, with what was said and is not folded yet."""
    found = Watch()
    for row in (one for rows in views for one in rows.get("duty", {}).values()):
        if isinstance(row, Duty):
            found = _of_row(row)
    for event in unfolded:
        match event.data:
            case HandedOver():
                found = _handed(event.id, event.time, event.data.to)
            case Taken():
                found = Watch(
                    actor=event.data.actor, since=event.time, counted=found.counted, mark=event.id
                )
    return found


def _of_row(row: Duty) -> Watch:
    if row.handed and not row.actor:
        return _handed(row.handed, row.handed_at, row.handed_to)
    return Watch(
        actor=row.actor,
        since=row.since,
        counted=row.handed_at,
        mark=f"{row.actor}@{row.since}",
    )


def _handed(id: str, at: str, to: str) -> Watch:
    return Watch(since=at, counted=at, handed=id, handed_to=to, mark=id)


def may_hand_over(watch: Watch, account: Account) -> None:
    """Who has the watch, and an administrator; anybody while nobody ever took it."""
    if watch.handed:
        raise ActRefused("handed", "the watch is handed over already; somebody is to take it")
    if watch.actor not in ("", account.name) and account.role != "admin":
        raise ActRefused("watch", f"the watch is {watch.actor}'s; only they hand it over")


def may_take_over(watch: Watch, account: Account, now: datetime) -> None:
    """A watch that is free or was handed over; another's, or one for another, only when that is
    longer ago than a shift. An administrator always."""
    if watch.actor == account.name:
        raise ActRefused("taken", "you have the watch already")
    if account.role == "admin":
        return
    if not watch.since or now - parse_rfc3339(watch.since) >= SHIFT:
        return
    if watch.handed_to not in ("", account.name):
        raise ActRefused("watch", f"the watch was handed to {watch.handed_to}")
    if watch.actor:
        raise ActRefused("taken", f"the watch is {watch.actor}'s, who has not handed it over")


def report(
    views: Sequence[Kinds], watch: Watch, gateways: Mapping[str, bool], compound: str
) -> Report:
    """`gateways`: "compound/gateway" → heard of now."""
    alarms = {
        row.id: row
        for rows in views
        for kind in (CLOSED, KIND)
        for row in rows.get(kind, {}).values()
        if isinstance(row, Alarm)
    }
    doors = tuple(
        sorted(
            row.subject
            for rows in views
            for row in rows.get("door", {}).values()
            if isinstance(row, Door) and _abnormal(row)
        )
    )
    prefix = f"{compound}/"
    silent = tuple(
        sorted(
            name.removeprefix(prefix)
            for name, up in gateways.items()
            if name.startswith(prefix) and not up
        )
    )
    standing = sorted(
        (row for row in alarms.values() if row.open), key=lambda row: (row.priority, row.raised)
    )
    since = [row for row in alarms.values() if row.raised >= watch.counted]
    shelved = tuple(row.id for row in standing if row.shelved_until)
    figures = Counter(f"kind/{row.kind}" for row in since)
    figures.update(
        raised=len(since),
        open=len(standing),
        unacknowledged=sum(not row.acknowledged for row in standing),
        shelved=len(shelved),
        doors=len(doors),
        silent=len(silent),
    )
    return Report(
        figures=dict(sorted(figures.items())),
        open=tuple(row.id for row in standing),
        shelved=shelved,
        doors=doors,
        silent=silent,
    )


def _abnormal(door: Door) -> bool:
    return (
        door.alarm != "normal"
        or door.physical == "open"
        or door.tamper == "detected"
        or door.fault == "detected"
        or door.fire
    )
