"""Gateways' health and findings, and the frames the hub did not take."""

from collections.abc import Sequence
from functools import partial

from projections.console.format import NONE, clock, count, milliseconds, seconds, size
from projections.console.nodes import Node, badge, node
from projections.console.places import natural
from projections.console.region import Item
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.gateways import Gateway
from projections.web.desk import Refusal

SHOWN = 100


def items(sight: Sight, words: Words) -> list[Item]:
    """Every gateway that spoke or has an uplink, even if it never reported its health."""
    known = {one.gateway: one for one in rows(sight.safe, "gateway", Gateway)}
    for name in sight.uplinks:
        known.setdefault(name, Gateway(gateway=name))
    return [
        Item(
            name,
            (known[name], sight.uplinks.get(name), sight.today),
            partial(card, known[name], sight.uplinks.get(name), words, sight),
        )
        for name in sorted(known, key=natural)
    ]


def card(one: Gateway, uplink: bool | None, words: Words, sight: Sight) -> Node:
    rejected = [
        node("span.reject", kind, node("b.num", f"×{count(number)}"))
        for kind, number in one.rejected.items()
    ]
    found = findings(one, words, sight)
    return node(
        "div.gateway",
        node("div.top", node("b", one.gateway), _link(one, uplink, words),
             node("span.note", _seen(one, words, sight)),
             node("time", data_at=milliseconds(one.seen)) if one.seen else None),
        node("div.findings", *found) if found else None,
        node("dl", *(node("div", node("dt", words(f"gateway.{key}")), node("dd.num", value))
                     for key, value in _facts(one, words))),
        node("div.rejects", node("em", words("gateway.rejected")), *rejected) if rejected else None,
        data_gateway=one.gateway,
    )  # fmt: skip


def _link(one: Gateway, uplink: bool | None, words: Words) -> Node:
    if uplink is None:
        return badge("unknown", "once", words("gateway.unknown"))
    if uplink:
        return badge("calm", "check", words("gateway.live"))
    if one.session == "closed" and one.reason == "silent":
        return badge("hot", "silent", words("gateway.silent"))
    if one.session == "closed" and one.reason == "stop":
        return badge("warm", "cut", words("gateway.stopped"))
    return badge("hot", "cut", words("gateway.cut"))


def _facts(one: Gateway, words: Words) -> Sequence[tuple[str, str]]:
    return (
        ("session", f"{words.named('session', one.session)} #{one.boot}"),
        ("epoch", str(one.epoch) if one.epoch else NONE),
        ("backlog", count(one.backlog)),
        ("lanes", f"{count(one.backlog_urgent)} / {count(one.backlog_bulk)}"),
        ("oldest", seconds(one.oldest_unreceipted_s) if one.backlog else NONE),
        ("oldestUrgent", seconds(one.oldest_urgent_s) if one.backlog_urgent else NONE),
        ("received", count(one.received)),
        ("recorded", count(one.recorded)),
        ("duplicates", count(one.duplicates)),
        ("conflicts", count(one.conflicts)),
        ("quarantined", f"{count(one.quarantined)} / {count(one.quarantine_rows)}"),
        ("throttled", count(one.throttled)),
        ("openGaps", count(one.open_gaps)),
        ("skewed", count(one.skewed_devices)),
        ("journal", size(one.journal_bytes)),
        ("disk", size(one.disk_free_bytes)),
        ("memory", size(one.resident_bytes)),
        ("clock", f"{one.step_ms / 1000:+,.0f} s ×{count(one.steps)}" if one.steps else NONE),
    )


def findings(one: Gateway, words: Words, sight: Sight) -> list[Node]:
    """What this gateway does not hold or can not serve, in its own words; the newest first."""
    made: list[Node] = []
    if one.disk_full:
        made.append(_finding("gateway.diskFull", words, n=count(one.refused)))
    if one.wiped:
        made.append(_finding("gateway.wiped", words, n=count(one.wiped), epoch=one.epoch))
    if (found := one.distrust) is not None:
        why = words.named("distrust", found.reason)
        text = words("gateway.distrust", why=why, known=count(found.known), told=count(found.told))
        made.append(_evidence(text, found.position, clock(found.at, sight.now)))
    for damage in reversed(one.damage):
        text = words(
            "gateway.damage",
            file=damage.file,
            first=count(damage.from_batch),
            last=count(damage.to_batch),
        )
        made.append(_evidence(text, damage.position, clock(damage.at, sight.now)))
    for gap in reversed(one.declared):
        text = words(
            "gateway.gap",
            n=count(gap.count),
            lane=words.named("lane", str(gap.lane)),
            why=words.named("gapreason", gap.reason),
            since=clock(gap.since, sight.now),
            until=clock(gap.until, sight.now),
        )
        made.append(_evidence(text, gap.position, clock(gap.at, sight.now)))
    return made


def _finding(key: str, words: Words, **values: object) -> Node:
    return node("div.finding", badge("hot", "active", words(key, **values)))


def _evidence(text: str, position: int, when: str) -> Node:
    """The finding, and the way to the event that says it."""
    return node(
        "div.finding",
        badge("hot", "active", text),
        node("a.num", when, href=f"/events/{position}") if position else None,
    )


def _seen(one: Gateway, words: Words, sight: Sight) -> str:
    return words("gateway.seen", when=clock(one.seen, sight.now))


def refusal_items(sight: Sight) -> list[Item]:
    newest = list(sight.refusals)[-SHOWN:][::-1]
    counted: dict[str, int] = {}
    made: list[Item] = []
    for one in newest:
        base = f"{one.at}/{one.gateway}/{one.reason}"
        counted[base] = counted.get(base, 0) + 1
        made.append(
            Item(f"{base}/{counted[base]}", one, partial(refusal, one, clock(one.at, sight.now)))
        )
    return made


def refusal(one: Refusal, when: str) -> Node:
    return node(
        "div.refusal",
        node("span.num", when, title=one.at),
        node("span", one.gateway),
        badge("late", "cross", one.reason),
        node("span.detail", one.detail, title=one.detail),
    )
