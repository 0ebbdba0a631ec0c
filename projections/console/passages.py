"""Passages: the list that keeps moving, and what the last minutes add up to."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from projections.console.format import clock
from projections.console.links import event_href
from projections.console.nodes import Node, icon, node
from projections.console.places import name, place
from projections.console.region import Item
from projections.console.snapshots import Sight, row
from projections.console.texts import Words
from projections.safe_community.rows.passages import Flow, Passage, Recent
from projections.window import minute

# Classes in the order they are shown and stacked; refusals come last.
CLASSES = ("resident", "visitor", "staff", "courier", "unknown", "vehicle", "denied")
_ICONS = {"granted": "check", "denied": "cross", "duress": "active"}


def items(sight: Sight, words: Words) -> list[Item]:
    recent = row(sight.safe, "recent", "passages", Recent) or Recent()
    return [
        Item(
            f"{one.subject} {one.id} {one.position}",
            (one, sight.today),
            partial(drawn, one, words, sight.now),
        )
        for one in recent.passages
    ]


def drawn(one: Passage, words: Words, now: datetime) -> Node:
    """Class and credential, never a name: the log has none to show."""
    way = words.named("direction", one.direction)
    return node(
        f"a.passage.{one.decision}",
        node("span.num", clock(one.at, now), title=one.at),
        verdict(one, words.named("decision", one.decision)),
        node("span.clip.where", place(one.subject, words), title=name(one.subject)),
        node("span.who", words.named("who", one.who)),
        node("span.way", icon(f"way-{one.direction}"), way),
        node("span.clip", words.named("credential", one.credential)),
        node("span.clip.why", words.named("deny", one.reason) if one.reason else ""),
        href=event_href(one.position, one.id),
        data_event_id=one.id,
        data_position=str(one.position),
    )


def verdict(one: Passage, word: str = "") -> Node:
    shape = icon(_ICONS.get(one.decision, "once"))
    return node(f"span.verdict.{one.decision}", shape, word or None)


def classes(flow: Flow) -> Counter[str]:
    """One bucket by the classes shown."""
    counts: Counter[str] = Counter()
    for who, number in flow.granted.items():
        counts[who if who in CLASSES else "unknown"] += number
    counts["vehicle"] += flow.vehicles
    counts["denied"] += flow.denied
    return counts


def window(
    buckets: Mapping[str, object], now: datetime, minutes: int
) -> list[tuple[str, Counter[str]]]:
    """(minute, counts) of the last minutes up to now, the present one included, oldest first."""
    found: list[tuple[str, Counter[str]]] = []
    for back in range(minutes - 1, -1, -1):
        bucket = minute(now - timedelta(minutes=back))
        flow = buckets.get(bucket)
        counts = classes(flow) if isinstance(flow, Flow) else Counter[str]()
        found.append((bucket[-5:], counts))
    return found


def total(found: list[tuple[str, Counter[str]]]) -> Counter[str]:
    added: Counter[str] = Counter()
    for _, counts in found:
        added.update(counts)
    return added
