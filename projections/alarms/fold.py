"""Events → alarm rows. What a view's fold calls:

`see(rows, item)` once for every event: rules that name its type, people's acts, alarms' timers.
`trigger` and `clear` for what only the fold can tell. What `see` heard already because a rule
names the event's type changes nothing here.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.event import Recorded
from core.moment import millis
from core.ownjournal import GATEWAY
from projections.alarms import adopted, people
from projections.alarms.adopted import RuleSets
from projections.alarms.conditions import AROUND, Compare, holds, within
from projections.alarms.life import LIFE, Life, Step, Terms, Waiting
from projections.alarms.row import (
    CLOSED,
    FLOOD,
    KIND,
    TIMER,
    UNTOLD,
    Alarm,
    Flood,
    Timer,
    Untold,
    key,
)
from projections.alarms.rules import SAFE, Book, Judged, Rule
from projections.alarms.tell import WAITING, take
from projections.instant import is_live
from projections.view import Kinds, Row, Rows, listed

TALLY = "tally"


class Tally(Row, frozen=True, kw_only=True):
    """The gateway's times of the last facts of a rule that counts them."""

    times: tuple[int, ...] = ()


KINDS: Mapping[str, type[Row]] = {
    KIND: Alarm,
    CLOSED: Alarm,
    FLOOD: Flood,
    TIMER: Timer,
    UNTOLD: Untold,
    LIFE: Life,
    WAITING: Waiting,
    TALLY: Tally,
    adopted.KIND: RuleSets,
}


def see(rows: Rows, item: Recorded, view: str = SAFE) -> None:
    """`view`: rules of kinds `waste.…` and `haul.…` are the other views'."""
    book = adopted.book(rows, item)
    event = item.event
    if event.type in book.seen[view]:
        _judge(rows, item, book, view)
    elif item.gateway == GATEWAY and type(event.data) in people.TYPES:
        people.hear(rows, item, view)


def trigger(
    rows: Rows, item: Recorded, kind: str, subject: str = "", *, lasting: bool = True
) -> None:
    """Raise, or add a cause to what is open. `lasting` False: it is over already, whatever the
    rule says. A kind without a rule is no alarm."""
    book = adopted.book(rows, item)
    judged = _judged(book, kind, item)
    if judged is not None and not _heard(judged.rule, item):
        about = subject or judged.rule.subject or item.event.subject
        _raise(rows, item, book, judged, about, lasting=lasting)


def clear(rows: Rows, item: Recorded, kind: str, subject: str = "") -> None:
    """`subject` where the event that ends it is about another thing: a lift about the truck."""
    subject = subject or item.event.subject
    name = key(kind, subject)
    found = rows.get(KIND, name, Alarm)
    if found is None or not is_live(rows, item):
        return
    step = Step(
        ms=millis(item.event.recordedtime),
        what="clear",
        journal=item.gateway,
        at=item.moment.at,
        ids=(item.event.id,),
        position=item.position,
    )
    if found.active or _overtaken(rows, name, step):
        take(rows, kind, subject, step)


def _overtaken(rows: Rows, name: str, step: Step) -> bool:
    """Whether something that was later has been folded: it may have been active before that."""
    life = rows.get(LIFE, name, Life)
    return life is not None and bool(life.steps) and life.steps[-1].order > step.order


def present(rows: Kinds) -> dict[str, Any]:
    """`closed`: occurrences that another one of the same thing followed; the last one of each is
    among `alarms` whatever its state."""
    flood = rows.get(FLOOD, {}).get(FLOOD)
    return {
        "alarms": listed(rows, KIND),
        "closed": listed(rows, CLOSED),
        "flood": msgspec.to_builtins(flood or Flood()),
    }


def _judge(rows: Rows, item: Recorded, book: Book, view: str) -> None:
    """What ends comes first: a fact may end one alarm and raise another."""
    name = item.event.type
    for judged in book.clearing[view].get(name, ()):
        rule, about = judged.rule, _about(judged.rule, item)
        if rule.off and not _of_rule(rows, rule, about):
            continue
        if holds(_asked(rule.clear_when, item), item):
            clear(rows, item, rule.kind, about)
    for kind in book.raising[view].get(name, ()):
        found = _judged(book, kind, item)
        if found is not None and _heard(found.rule, item) and _often(rows, item, found.rule):
            _raise(rows, item, book, found, _about(found.rule, item), lasting=True)


def _of_rule(rows: Rows, rule: Rule, subject: str) -> bool:
    found = rows.get(KIND, key(rule.kind, subject), Alarm)
    return found is not None and found.rule == rule.name


def _judged(book: Book, kind: str, item: Recorded) -> Judged | None:
    """The first rule of the kind whose conditions hold; else, where a fold says that it is one
    all the same, the first that was made for other facts."""
    name = item.event.type
    other: Judged | None = None
    for one in book.of_kind.get(kind, ()):
        rule = one.rule
        if (not rule.on or name in rule.on) and _met(rule, item):
            return one
        if rule.on and other is None:
            other = one
    return other


def _heard(rule: Rule, item: Recorded) -> bool:
    """Whether it is `see` that raises it."""
    return item.event.type in rule.on and _met(rule, item)


def _met(rule: Rule, item: Recorded) -> bool:
    return holds(_asked(rule.when, item), item) and within(rule.hours, item)


def _asked(compares: tuple[Compare, ...], item: Recorded) -> tuple[Compare, ...]:
    """Of a type that has not the field, it is not asked."""
    if not compares:
        return compares
    fields = type(item.event.data).__struct_fields__
    return tuple(
        one for one in compares if one.field in fields or one.field in AROUND or "." in one.field
    )


def _about(rule: Rule, item: Recorded) -> str:
    if rule.subject:
        return rule.subject
    if not rule.by:
        return item.event.subject
    told = (getattr(item.event.data, field, "") for field in rule.fields)
    return "/".join([item.event.subject, *(str(value) for value in told if value)])


def _often(rows: Rows, item: Recorded, rule: Rule) -> bool:
    """Whether this is one too many. Late facts count for nothing that sounds (I9)."""
    if rule.count <= 1:
        return True
    if not is_live(rows, item):
        return False
    name = f"{rule.name}:{_about(rule, item)}"
    found = rows.get(TALLY, name, Tally) or Tally()
    times = (*found.times, millis(item.event.recordedtime))[-rule.count :]
    rows.put(TALLY, name, Tally(times=times))
    return len(times) == rule.count and max(times) - min(times) <= rule.within_s * 1000


def _raise(
    rows: Rows, item: Recorded, book: Book, judged: Judged, subject: str, *, lasting: bool
) -> None:
    terms: Terms = judged.terms
    if not lasting and terms.lasting:
        terms = msgspec.structs.replace(terms, lasting=False)
    step = Step(
        ms=millis(item.event.recordedtime),
        what="trigger",
        journal=item.gateway,
        at=item.moment.at,
        ids=(item.event.id,),
        position=item.position,
        device=item.device,
        late=not is_live(rows, item),
        terms=terms,
    )
    take(rows, judged.rule.kind, subject, step, book.sha256)
