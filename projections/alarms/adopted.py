"""Which rule set judges a fact: the one in force at its gateway's time, among those adopted last.

A compound that adopted none is judged by the built-in ones.
"""

from core.event import Recorded
from core.events.alarm import RulesAdopted
from core.moment import millis
from projections.alarms.rules import Book, encoded, sha256
from projections.alarms.validation import BUILT_IN, book_of
from projections.view import Row, Rows

KIND = "rules"
KEPT = 8


class Adopted(Row, frozen=True, kw_only=True):
    """`rules`: the set as JSON text, so that what is folded again is judged as it was."""

    since: str
    sha256: str
    rules: str
    actor: str = ""
    position: int = 0


class RuleSets(Row, frozen=True, kw_only=True):
    """Oldest first. `dropped`: how many older ones are not kept."""

    sets: tuple[Adopted, ...] = ()
    dropped: int = 0


def adopt(rows: Rows, item: Recorded, data: RulesAdopted) -> None:
    """A set that this version can not follow changes nothing: the one before stays in force. One
    whose time is not over yet was adopted by a clock that has been set back: it gives way."""
    text = encoded(data.rules)
    if book_of(text) is None:
        return
    found = rows.get(KIND, KIND, RuleSets) or RuleSets()
    made = Adopted(
        since=item.moment.at,
        sha256=sha256(text),
        rules=text,
        actor=data.actor,
        position=item.position,
    )
    sets = (*(one for one in found.sets if one.since <= made.since), made)
    over = max(0, len(sets) - KEPT)
    rows.put(KIND, KIND, RuleSets(sets=sets[over:], dropped=found.dropped + over))


def book(rows: Rows, item: Recorded) -> Book:
    found = rows.get(KIND, KIND, RuleSets)
    if found is None:
        return BUILT_IN
    return _of(found, millis(item.event.recordedtime))


def _of(found: RuleSets, recorded: int) -> Book:
    """Older than every kept set: by the oldest of them where others were, else as built in."""
    for one in reversed(found.sets):
        if millis(one.since) <= recorded:
            return book_of(one.rules) or BUILT_IN
    return (book_of(found.sets[0].rules) or BUILT_IN) if found.dropped else BUILT_IN


def replaced(since: str, text: str) -> RuleSets:
    """As if that set alone had been in force since then (back-testing)."""
    return RuleSets(sets=(Adopted(since=since, sha256=sha256(text), rules=text),))
