"""Looking a person up is an event, durable before anything is answered."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from eventsourcing.persistence import Notification

from core import codec
from core.batch import Batch, parse
from core.catalog import Catalog
from core.clock import rfc3339
from core.errors import BadFrame
from core.event import Personal
from core.events.subject import LookedUp
from projections.safe_community import occupancy
from projections.safe_community.rows.places import Inside, Place
from projections.safe_community.view import SAFE_COMMUNITY
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.desk import Desk
from projections.web.lines import Line, lines, shown
from projections.web.people import Key, People
from projections.web.reasons import stated
from projections.web.scan import Window, batches

MOST_EVENTS = 500_000  # looked at in one request, give or take the rest of a batch
REFERENCE = r"^s:[0-9a-f]{32}$"


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """`next` goes back in as `before`; `complete`: there is nothing behind it."""

    events: Sequence[dict[str, Any]]
    next: int | str
    complete: bool


class LookUps:
    """Any thread; every method blocks. Names go to who acts, auditors get references."""

    def __init__(self, desk: Desk, people: People) -> None:
        self._desk = desk
        self._people = people

    def record(
        self, compound: str, account: Account, what: str, reason: str, refs: Sequence[str] = ()
    ) -> int:
        """Position of the look-up. Durable when this returns: only then look."""
        word, note = stated(reason, account.name)
        data = LookedUp(
            what=what,
            actor=account.name,
            reason=word,
            subject_ref=refs[0] if refs else "",
            native={"role": account.role},
        )
        subject = f"subject/{refs[0]}" if refs else f"compound/{compound}"
        event = event_of(compound, subject, data, rfc3339(self._desk.clock.now()))
        personal: dict[str, Personal] = {event.id: note} if note else {}
        return self._people.append([event], personal)

    def references(self, compound: str, key: Key, value: str) -> tuple[str, ...]:
        return self._people.references(compound, key, value)

    def names(self, compound: str, account: Account, refs: Iterable[str]) -> Mapping[str, str]:
        if not account.acts:
            return {}
        return self._people.names(compound, sorted({ref for ref in refs if ref}))

    def trace(
        self,
        account: Account,
        compound: str,
        refs: Collection[str],
        limits: Window,
        span: tuple[int, int],
        limit: int,
    ) -> Trace:
        """What the log says of them, newest first; `span`: when it happened, milliseconds."""
        marks = [ref.encode() for ref in refs]
        kept: list[dict[str, Any]] = []
        seen = 0
        for notification in batches(self._desk.log, limits):
            batch = _parsed(notification)
            for line in _about(batch, notification, marks, self._desk.catalog):
                item = line.item
                if (
                    item.compound == compound
                    and limits.holds(line)
                    and span[0] <= item.moment.ms < span[1]
                ):
                    kept.append(self._told(line, account))
                    if len(kept) == limit:
                        place = f"{item.position}.{item.index}"
                        return Trace(events=kept, next=place, complete=False)
            seen += batch.header.last - batch.header.first + 1
            if seen >= MOST_EVENTS:
                return Trace(events=kept, next=notification.id, complete=False)
        return Trace(events=kept, next=limits.ends()[0], complete=True)

    def _told(self, line: Line, account: Account) -> dict[str, Any]:
        """With what the hub itself sealed (a visitor's name), for who acts."""
        said = shown(line)
        if account.acts and line.item.event.data.pii is not None:
            fields = {
                key: text
                for key, text in self._desk.unseal(line.item.event).items()
                if key != "code"  # a QR code opens doors
            }
            if fields:
                said["personal"] = fields
        return said

    def inside(self, compound: str) -> tuple[int, list[Place], list[Inside]]:
        """Position, areas with their uncertainty, and who is in them, by area and since when."""
        position, rows = self._desk.runner.rows(SAFE_COMMUNITY.name, compound)
        within = [one for one in rows.get("inside", {}).values() if isinstance(one, Inside)]
        within.sort(key=lambda one: (one.area, one.since, one.ref))
        return position, occupancy.places(rows), within


def _parsed(notification: Notification) -> Batch:
    try:
        return parse(notification.state)
    except BadFrame as bad:
        raise BadFrame(bad.reason, f"the batch stored at position {notification.id}") from bad


def _about(
    batch: Batch, notification: Notification, marks: Sequence[bytes], catalog: Catalog
) -> list[Line]:
    """Newest first. Most batches say nothing of one person: their bytes are searched, not read."""
    plain = batch.lines() if batch.readable else b""
    if not any(mark in plain for mark in marks):
        return []
    raw = codec.raw_lines(batch)
    return [
        line
        for line in reversed(lines(notification, catalog))
        if any(mark in bytes(raw[line.item.index]) for mark in marks)
    ]
