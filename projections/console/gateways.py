"""Gateways' health, and the frames the hub did not take."""

from functools import partial

from projections.console.format import clock, count, milliseconds, seconds, size
from projections.console.nodes import Node, badge, node
from projections.console.places import natural
from projections.console.region import Item
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows import Gateway
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
    if uplink is None:
        link = badge("unknown", "once", words("gateway.unknown"))
    elif uplink:
        link = badge("calm", "check", words("gateway.live"))
    else:
        link = badge("hot", "cut", words("gateway.cut"))
    facts = (
        ("session", f"{words.named('session', one.session)} #{one.boot}"),
        ("backlog", count(one.backlog)),
        ("oldest", seconds(one.oldest_unreceipted_s) if one.backlog else "–"),
        ("received", count(one.received)),
        ("recorded", count(one.recorded)),
        ("duplicates", count(one.duplicates)),
        ("quarantined", count(one.quarantined)),
        ("journal", size(one.journal_bytes)),
        ("disk", size(one.disk_free_bytes)),
        ("memory", size(one.resident_bytes)),
    )
    rejected = [
        node("span.reject", kind, node("b.num", f"×{count(number)}"))
        for kind, number in one.rejected.items()
    ]
    return node(
        "div.gateway",
        node("div.top", node("b", one.gateway), link, node("span.note", _seen(one, words, sight)),
             node("time", data_at=milliseconds(one.seen)) if one.seen else None),
        node("dl", *(node("div", node("dt", words(f"gateway.{key}")), node("dd.num", value))
                     for key, value in facts)),
        node("div.rejects", node("em", words("gateway.rejected")), *rejected) if rejected else None,
        data_gateway=one.gateway,
    )  # fmt: skip


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
