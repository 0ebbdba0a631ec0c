"""The chosen alarm beside the queue: what it is about, when it was active, what was done, and the
events behind it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from core.event import Recorded
from projections.alarms.row import Alarm
from projections.console.alarms import states
from projections.console.behind import Behind
from projections.console.format import clock, count
from projections.console.links import device_href, event_href, replay_href, subject_href
from projections.console.nodes import Node, node
from projections.console.picture import drawn
from projections.console.places import name, place
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.console.wording import own_reason, told
from projections.web.lines import Line

_INTERVALS = 12  # shown; the row keeps more


def items(
    sight: Sight,
    words: Words,
    alarm: Alarm | None,
    read: Behind | str | None,
    acts: bool,
    may_look: bool = False,
) -> list[Item]:
    """`read`: what the log said, why it could not be read, or None while it is being read.
    `may_look`: at pictures."""
    if alarm is None:
        return [Item("none", None, lambda: node("p.hint", words("evidence.none")))]
    now, may = sight.now, legal(alarm) if acts else []
    made = [
        Item("head", (alarm, sight.today), partial(_head, alarm, words, now)),
        Item("acts", may, partial(_buttons, may, words)),
        Item("facts", alarm, partial(_facts, alarm, words, sight.compound)),
        Item(
            "intervals",
            (alarm.intervals, alarm.interval_count, sight.today),
            partial(_intervals, alarm, words, now),
        ),
        Item(
            "done",
            (alarm.acts, alarm.escalations, sight.today),
            partial(_done, alarm, words, now),
        ),
    ]
    if isinstance(read, Behind):
        made += [
            Item(
                "causes", (alarm.id, read, sight.today), partial(_causes, alarm, read, words, now)
            ),
            *_pictures(read, words, sight, may_look),
            Item("around", (alarm.id, read, sight.today), partial(_around, read, words, now)),
        ]
    else:
        text = words(f"evidence.{read or 'loading'}")
        made.append(Item("reading", text, lambda: node("p.hint", text)))
    return made


def _head(one: Alarm, words: Words, now: datetime) -> Node:
    return node(
        f"div.subject.p{one.priority}",
        node("span.prio", str(one.priority)),
        node("span.what", node("b", words.named("alarmkind", one.kind)),
             node("span.place", place(one.subject, words))),
        node("span.state", *states(one, words, now)),
    )  # fmt: skip


def _buttons(may: Sequence[tuple[str, str]], words: Words) -> Node:
    return node(
        "div.does",
        *(
            node("button.slight", words(f"verb.{verb}"), node("kbd", key), type="button",
                 data_act=verb)
            for verb, key in may
        ),
    )  # fmt: skip


def legal(one: Alarm) -> list[tuple[str, str]]:
    """(act, key) as the state allows; the hub asks again."""
    if not one.open:
        return [("reopen", "R")]
    found = [] if one.acknowledged else [("acknowledge", "A")]
    if one.shelved_until:
        found.append(("unshelve", "S"))
    elif one.priority > 1:
        found.append(("shelve", "S"))
    found.append(("assign", "G"))
    if one.active or not one.cleared:
        found.append(("clear", "C"))
    return found


def _facts(one: Alarm, words: Words, compound: str) -> Node:
    facts: list[tuple[str, Node]] = [
        ("subject", node("a", name(one.subject), href=subject_href(one.subject, compound))),
        ("device", node("a", one.device, href=device_href(one.device, compound))),
    ]
    if one.gateway:
        facts.append(("gateway", one.gateway))
    if one.rule:
        facts.append(("rule", one.rule))
    if one.gb_method:
        facts.append(("code", f"{one.gb_method} / {one.gb_type}"))
    return node(
        "div",
        node("dl", *(node("div", node("dt", words(f"evidence.{key}")), node("dd", value))
                     for key, value in facts)),
        node("a.slight", words("replay.alarm"), href=replay_href(compound, alarm=one.id)),
    )  # fmt: skip


def _intervals(one: Alarm, words: Words, now: datetime) -> Node:
    shown = one.intervals[-_INTERVALS:]
    more = one.interval_count - len(shown)
    return node(
        "section",
        _title(words("evidence.intervals"),
               words("evidence.intervalsMore", n=count(one.interval_count)) if more > 0 else ""),
        *(
            node("div.interval", node("span.num", clock(start, now), title=start), "–",
                 node("span.num", clock(end, now) if end else words("evidence.open"), title=end))
            for start, end in reversed(shown)
        ),
    )  # fmt: skip


def _done(one: Alarm, words: Words, now: datetime) -> Node:
    told = [
        (act.at, node("a.deed", node("span.num", clock(act.at, now)),
                      node("b", words.named("verb", act.what)), node("span", act.actor),
                      href=f"/events/{act.position}" if act.position else ""))
        for act in one.acts
    ]  # fmt: skip
    told += [
        (step.at, node("div.deed", node("span.num", clock(step.at, now)),
                       node("b", words("queue.level", n=step.level)),
                       node("span", words("queue.levelTo", who=words.named("staffrole", step.to)))))
        for step in one.escalations
    ]  # fmt: skip
    told.sort(key=lambda pair: pair[0], reverse=True)
    body = [shown for _, shown in told] or [node("p.none", words("evidence.noActs"))]
    return node("section", _title(words("evidence.acts")), *body)


def _causes(one: Alarm, read: Behind, words: Words, now: datetime) -> Node:
    shown: Sequence[Node] = [_line(line, words, now) for line in read.causes]
    if not shown:
        shown = [node("a.found", one.cause, href=event_href(one.position, one.cause))]
    title = _title(f"{words('evidence.causes')} ×{count(one.causes)}",
                   words("evidence.source", n=one.position))  # fmt: skip
    return node("section.causing", title, *shown)


def _pictures(read: Behind, words: Words, sight: Sight, may: bool) -> list[Item]:
    """Each a row of its own: one that is looked at stays while the others change."""
    if not read.pictures:
        return []
    title = Item("pictures", None, lambda: _title(words("evidence.pictures")))
    rows = [
        Item(
            f"picture {one.media.sha256}",
            (one, may, sight.today),
            partial(drawn, one, words, sight.now, may=may),
        )
        for one in read.pictures
    ]
    return [title, *rows]


def _around(read: Behind, words: Words, now: datetime) -> Node:
    note = words("evidence.aroundPart", n=count(read.looked)) if read.looked else ""
    causing = {line.item.event.id for line in read.causes}
    return node(
        "section",
        _title(words("evidence.around"), note),
        *(_line(line, words, now, line.item.event.id in causing) for line in read.around),
    )


def _title(text: str, note: str = "") -> Node:
    return node("h3", text, node("span.note", note) if note else None)


def _line(line: Line, words: Words, now: datetime, marked: bool = False) -> Node:
    item = line.item
    return node(
        "a.found.marked" if marked else "a.found",
        node("span.num", clock(item.moment.at, now), title=item.event.time),
        node("b", words.named("type", item.event.type)),
        node("span.clip", said(item, words)),
        href=event_href(item.position, item.event.id),
        data_event_id=item.event.id,
    )


def said(item: Recorded, words: Words) -> str:
    """What matters of an event in a few words; never a reference to a person."""
    data = item.event.data
    parts = [
        words.named(group, value)
        for group, field in (
            ("deny", "reason"), ("who", "subject_class"), ("credential", "credential"),
            ("doormode", "mode"), ("label", "label"),
        )
        if isinstance(value := getattr(data, field, None), str) and value not in ("", "unknown")
        if not (field == "reason" and own_reason(data))
    ]  # fmt: skip
    parts += told(data, words)
    if isinstance(cause := getattr(data, "cause", ""), str) and cause:
        parts.append(words.named("cause", cause))
    return " · ".join(parts)
