"""Answers who asks at a door, by the policy this gateway holds; offline as well as online.

A request that is not fresh is answered with no: whoever stood there has gone, and neither a grant
nor an open door would be true (I9). What was back-filled or replayed is not answered at all.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.event import Draft
from core.events.access import Denied, Duress, Granted, Requested
from core.events.visitor import PassUsed
from core.policy import standing as stands
from core.policy.book import Book, instant
from core.policy.conflicts import Given
from core.policy.decide import Decision, Request, decide
from core.site import Site
from edge.gate.credentials import request_of
from edge.gate.memory import Decided, Undo, remember_decision
from edge.gate.opening import FRESH, opening, topic_of
from edge.gate.turn import Turn
from edge.hubkeys import HubKeys
from edge.watch.fact import Fact, key_of

NATIVE = "gate"  # native.adapter of what a gateway decided
STRANGERS = 1024  # doors nobody described, of which something is remembered


def has_room(site: Site, kept: Mapping[str, object], door: str) -> bool:
    """Whether something of this door may be remembered among what is `kept` by door. A described
    one's may; names of others come off the wire."""
    return door in site.doors or door in kept or len(kept) < STRANGERS


class Desk:
    """Stateless: policy and memory come with each turn."""

    def __init__(self, compound: str, hub_keys: HubKeys) -> None:
        self._compound, self._hub_keys = compound, hub_keys

    def asked(
        self, turn: Turn, book: Book | None, fact: Fact, draft: Draft, user: str, *, aged: bool
    ) -> None:
        """`draft` with its personal part, which is not sealed yet; `user`: as whom the asking
        device is signed in, if that is known; `aged`: nobody can tell how long it waited."""
        data = fact.data
        assert isinstance(data, Requested)
        if not fact.direct:
            return
        if aged or turn.now - fact.at > FRESH:
            self._deny(turn, fact, data, Decision(granted=False, reason="other"), late=True)
            return
        if book is None:
            self._deny(turn, fact, data, Decision(granted=False, reason="no-policy"))
            return
        door = book.site.meant(key_of(fact.subject), fact.device)
        if not book.site.heeds(door, fact.device):
            self._deny(turn, fact, data, Decision(
                granted=False, reason="unauthorized", policy=book.policy.version
            ))  # fmt: skip
            return
        request = request_of(
            data, draft, door, fact.now, book.policy.salt, self._hub_keys.known, self._compound
        )
        decision = decide(book, turn.standing, request)
        if decision.granted:
            self._grant(turn, book, fact, data, request, decision, user)
        else:
            self._deny(turn, fact, data, decision)
        if decision.duress:
            duress = Duress(**_words(data, fact, decision))
            turn.say(duress, fact.device, fact.subject, cause=fact.id, chain=fact.id)

    def _deny(
        self, turn: Turn, fact: Fact, data: Requested, decision: Decision, *, late: bool = False
    ) -> None:
        denied = Denied(reason=decision.reason or "other", **_words(data, fact, decision, late))
        turn.say(denied, fact.device, fact.subject, cause=fact.id)

    def _grant(
        self, turn: Turn, book: Book, fact: Fact, data: Requested, request: Request,
        decision: Decision, user: str,
    ) -> None:  # fmt: skip
        words = _words(data, fact, decision)
        name = turn.say(Granted(**words), fact.device, fact.subject, cause=fact.id)
        before = turn.standing
        standing = stands.taken(
            before, book.site, request.door, data.direction, decision.bearer, fact.now
        )
        moved = None
        if standing is not before:
            moved = Undo(request.door, decision.bearer, data.direction, instant(fact.now))
        if book.site.door(request.door).interlock:
            standing = stands.granted(standing, request.door, fact.now)
        if request.pass_ is not None and decision.use:
            standing = stands.used(standing, request.pass_, fact.now)
            used = PassUsed(
                pass_id=decision.pass_id,
                decision=name,
                use=decision.use,
                direction=data.direction,
            )
            turn.say(used, fact.device, fact.subject, cause=name)
        turn.stands(standing)
        given = Given(
            id=name,
            request=msgspec.structs.replace(request, pin=""),
            policy=decision.policy,
            ref=decision.ref,
            device=f"{fact.device}\0{fact.subject}",
        )
        decided = remember_decision(turn.memory.decided, Decided(given, moved))
        turn.remembers(decided=decided)
        turn.openings.append(
            opening(
                verb="open",
                decision=name,
                door=fact.subject,
                device=fact.device,
                topic=topic_of(book.site, f"door/{request.door}", "open", user or fact.device),
                until=min(fact.at, turn.now) + FRESH,
            )
        )


def not_taken(turn: Turn, book: Book | None, grant: str, door: str, at: datetime) -> None:
    """Nobody went through: who was believed to have, is where they were, and the door is free,
    unless it stands open for another's sake."""
    standing = turn.standing
    if door not in standing.open:
        standing = stands.closed(standing, door)
    moved = next((one.moved for one in turn.memory.decided.values() if one.given.id == grant), None)
    if moved is not None and book is not None:
        seen = standing.where.get(moved.bearer)
        if not moved.bearer or (seen is not None and seen.at == moved.at):
            back = "out" if moved.direction == "in" else "in"
            standing = stands.taken(standing, book.site, moved.door, back, moved.bearer, at)
    turn.stands(standing)


def _words(data: Requested, fact: Fact, decision: Decision, late: bool = False) -> dict[str, Any]:
    native: dict[str, object] = {"adapter": NATIVE}
    if decision.group:
        native["group"] = decision.group
    if late:
        native["late"] = True
    return {
        "direction": data.direction,
        "credential": data.credential,
        "subject_ref": decision.ref or data.subject_ref,
        "subject_class": (
            decision.subject_class if decision.subject_class != "unknown" else data.subject_class
        ),
        "confidence": data.confidence,
        "policy": decision.policy,
        "violation": decision.violation,
        "request": fact.id,
        "pass_id": decision.pass_id,
        "native": native,
    }
