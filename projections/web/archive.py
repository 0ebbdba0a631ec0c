"""Pictures at the hub, and everything done with one: each act is an event, durable before it takes
effect for anybody outside, and the bytes are what the event's hash says or are not given out.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec

from core.clock import Clock, parse_rfc3339, rfc3339
from core.errors import Refused
from core.event import Personal
from core.events.media import (
    Exported,
    FixityFailed,
    Held,
    Problem,
    Released,
    Removed,
    Requester,
    Stored,
    Viewed,
)
from core.media.credential import Piece
from core.media.retention import Group, Retention, Verdict, verdict
from core.media.store import Damaged, Found, Kept, MediaStore, checked
from core.trust import Gateway
from projections.media.register import Entry, MediaRegister
from projections.web.accounts import Account
from projections.web.media_events import MediaEvents
from projections.web.reasons import noted, stated
from projections.web.recent import Recent


class NotKept(Refused):
    """It is not there to be looked at: `gone` was removed, `unknown` never came, `damaged` and
    `missing` are found faults. `detail` says who and why."""


class Stays(Refused):
    """It may not be removed now: `floor`, or `held`."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to see it, and why. `reason` is a word of the list or is sealed; `person`, who
    asked by name, is sealed."""

    reason: str
    unit: str
    requester: Requester = "internal"
    purpose: str = ""
    event_id: str = ""
    person: str = ""


class Archive:
    """Owns the store. Any thread; every method blocks.

    The index may lag behind what was done here a moment ago: `recent` bridges that, so that a
    gateway that asks twice makes one event, and what was removed is not served meanwhile.

    Dying between bytes and event is safe: the gateway was told nothing, and comes again; between
    event and removal: `sweep` finds what is still there.
    """

    def __init__(
        self,
        store: MediaStore,
        register: MediaRegister,
        retention: Retention,
        whose: Callable[[bytes], Gateway | None],
        events: MediaEvents,
        clock: Clock,
        recent: Recent,
    ) -> None:
        self.store, self.register, self.retention = store, register, retention
        self.whose, self.clock = whose, clock
        self.events, self._recent = events, recent
        self._lock = threading.Lock()

    def take(self, gateway: Gateway, piece: Piece) -> int | None:
        """How many bytes are here; None once it is all here, durable and on record."""
        who = f"{gateway.compound}/{gateway.name}"
        mark = f"stored {who}/{piece.device}"
        with self._lock:
            self._recent.knows()
            if self._recent.has("removed", piece.sha256):
                raise _gone(None)
            told = self._recent.has(mark, piece.sha256)
            entry = self.register.entry(piece.sha256)
            if entry is not None and entry.removed:
                raise _gone(entry)
            kept = self.store.take(piece.sha256, who, piece.offset, piece.content, piece.total)
            if not isinstance(kept, Kept):
                return kept
            if not told:
                self._stored(gateway, piece, kept, entry, mark)
        return None

    def entry(self, sha256: str) -> Entry:
        """NotKept when nothing is known of it."""
        found = self.register.entry(sha256)
        if found is None:
            raise NotKept("unknown", "no picture of that hash was brought, and no event names one")
        return found

    def look(self, sha256: str, account: Account, ask: Ask, *, export: bool) -> Found:
        """The open file, whose bytes were just hashed. On record when this returns, and only
        then: where the log takes nothing, nothing is given out."""
        self._recent.knows()
        entry = self.entry(sha256)
        if entry.removed:
            raise _gone(entry)
        if not entry.stored and not self.store.there(sha256):
            raise NotKept("unknown", "an event names it, but it has not been brought yet")
        word, sealed = stated(ask.reason, account.name)
        fields = dict(sealed.fields) if sealed else {}
        if ask.person:
            fields["person"] = ask.person
        kind = Exported if export else Viewed
        data = kind(
            sha256=sha256,
            actor=account.name,
            reason=word,
            unit=ask.unit,
            requester=ask.requester,
            purpose=ask.purpose,
            event_id=ask.event_id,
            native={"role": account.role},
        )
        personal = noted(account.name, fields) if fields else None
        with contextlib.ExitStack() as unsaid:
            found = self.opened(entry)
            unsaid.callback(found.file.close)
            with self._lock:
                if self._recent.has("removed", sha256):
                    raise _gone(None)
                self.events.say(entry.compound, sha256, data, personal)
            unsaid.pop_all()
        return found

    def served(self, found: Found) -> Iterator[bytes]:
        """The bytes on their way out, looked at once more."""
        try:
            yield from checked(found)
        except Damaged as fault:
            self.failed(self.entry(found.sha256), fault)
            raise

    def opened(self, entry: Entry) -> Found:
        """Hashed. NotKept when it is not what it was, which is on record then."""
        try:
            return self.store.open(entry.sha256)
        except Damaged as fault:
            if not self.failed(entry, fault):
                raise _gone(None) from fault
            said = (
                "its bytes are no longer those of its hash" if fault.found else "its file is gone"
            )
            raise NotKept(fault.reason, f"{said}; an alarm was raised") from fault

    def failed(self, entry: Entry, fault: Damaged) -> bool:
        """On record, once until it is repaired. False where it was removed meanwhile."""
        problem: Problem = "damaged" if fault.found else "missing"
        with self._lock:
            self._recent.knows()
            if self._recent.has("removed", entry.sha256):
                return False
            said = self._recent.has("failed", entry.sha256)
            known = self.entry(entry.sha256)
            if not (said or known.problem or known.removed):
                data = FixityFailed(
                    sha256=entry.sha256, problem=problem, found=fault.found, bytes=fault.size
                )
                self._recent.note(
                    "failed", entry.sha256, self.events.say(entry.compound, entry.sha256, data)
                )
            return not known.removed

    def hold(
        self, sha256: str, account: Account, case: str, reason: str, until: datetime | None
    ) -> int:
        """Position. Also of what has not come yet: a case may be faster than a slow line."""
        word, sealed = stated(reason, account.name)
        data = Held(
            sha256=sha256,
            case=case,
            actor=account.name,
            reason=word,
            until=rfc3339(until) if until else "",
        )
        with self._lock:  # not while it is being removed
            entry = self._standing(sha256)
            position = self.events.say(entry.compound, sha256, data, sealed)
            self._recent.note("held", sha256, position)
        return position

    def release(self, sha256: str, account: Account, case: str, reason: str) -> int:
        entry = self.entry(sha256)
        if not any(one.case == case for one in entry.holds):
            raise NotKept("unknown", "it is not held for that case")
        word, sealed = stated(reason, account.name)
        data = Released(sha256=sha256, case=case, actor=account.name, reason=word)
        return self.events.say(entry.compound, sha256, data, sealed)

    def remove(self, sha256: str, account: Account, reason: str) -> int:
        """By a person whose purpose is met: from the floor on, and not while it is held."""
        word, sealed = stated(reason, account.name)
        return self._remove(sha256, account.name, word, sealed)

    def expire(self, sha256: str) -> bool:
        """Whether its ceiling is met and nothing holds it: then it is removed."""
        try:
            if self.verdict(self.entry(sha256)) != "due":
                return False
            self._remove(sha256)
        except (NotKept, Stays):
            return False
        return True

    def sweep(self, sha256: str) -> bool:
        """The bytes of what is on record as removed; whether they were still there."""
        with self._lock:
            entry = self.register.entry(sha256)
            return entry is not None and bool(entry.removed) and self.store.remove(sha256)

    def group(self, entry: Entry) -> tuple[str, Group]:
        return self.retention.strictest((one.compound, one.device) for one in entry.owners)

    def verdict(self, entry: Entry) -> Verdict:
        now = self.clock.now()
        _, group = self.group(entry)
        return verdict(group, parse_rfc3339(entry.stored), entry.held(now), now)

    def _remove(
        self, sha256: str, actor: str = "", reason: str = "", sealed: Personal | None = None
    ) -> int:
        with self._lock:
            self._recent.knows()
            held = self._recent.has("held", sha256)
            entry = self._standing(sha256)
            if not entry.stored:
                raise NotKept("unknown", "it has not been brought")
            now = self.clock.now()
            if held or entry.held(now):
                raise Stays("held", "it is under legal hold")
            name, group = self.group(entry)
            kept = now - parse_rfc3339(entry.stored)
            if kept < timedelta(days=group.floor_days):
                raise Stays("floor", f"group {name} keeps it {group.floor_days} days at least")
            data = Removed(
                sha256=sha256,
                bytes=entry.bytes,
                group=name,
                profile=group.profile,
                floor_days=group.floor_days,
                ceiling_days=group.ceiling_days,
                kept_days=round(kept / timedelta(days=1), 2),
                actor=actor,
                reason=reason,
            )
            position = self.events.say(entry.compound, sha256, data, sealed)
            self._recent.note("removed", sha256, position)
            self.store.remove(sha256)
        return position

    def _standing(self, sha256: str) -> Entry:
        """Inside the lock. NotKept when it is unknown or was removed."""
        if self._recent.has("removed", sha256):
            raise _gone(None)
        entry = self.entry(sha256)
        if entry.removed:
            raise _gone(entry)
        return entry

    def _stored(
        self, gateway: Gateway, piece: Piece, kept: Kept, entry: Entry | None, mark: str
    ) -> None:
        """On record once for each gateway and device, and again after a fault."""
        mine = (gateway.compound, gateway.name, piece.device)
        owners = () if entry is None else entry.owners
        known = any((one.compound, one.gateway, one.device) == mine for one in owners)
        repaired = kept.repaired or (entry is not None and bool(entry.problem))
        if known and not repaired:
            return
        data = Stored(
            sha256=piece.sha256,
            bytes=kept.bytes,
            content=kept.content,
            gateway=gateway.name,
            device=piece.device,
            repaired=repaired,
        )
        self._recent.note(mark, piece.sha256, self.events.say(gateway.compound, piece.sha256, data))


def _gone(entry: Entry | None) -> NotKept:
    if entry is None:
        return NotKept("gone", "removed a moment ago")
    by = entry.removed_by or "the rule of its camera group"
    return NotKept("gone", f"removed {entry.removed} by {by}: {entry.removed_why}")
