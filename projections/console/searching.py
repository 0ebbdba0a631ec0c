"""What one box finds: everything a guard can name, over the rows that are in memory anyway."""

from collections.abc import Iterator

import msgspec

from projections.console.format import clock
from projections.console.links import alarm_href, device_href, door_href, event_href, listed
from projections.console.nodes import Node, node
from projections.console.places import name, place
from projections.console.snapshots import Sight, row, rows
from projections.console.texts import Words
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.passages import Recent
from projections.safe_community.rows.presence import Device
from projections.safe_community.rows.visitors import Pass

MOST = 24
_EACH = 8  # of one kind, so that passages do not push the doors out
MAX_QUERY = 100


class Hit(msgspec.Struct, frozen=True):
    kind: str
    title: str
    detail: str
    href: str
    searched: str = ""


def found(sight: Sight, words: Words, query: str) -> list[Hit]:
    """Everything that has all the words of the query in it, doors first, at most MOST."""
    wanted = query[:MAX_QUERY].lower().split()
    if not wanted:
        return []
    hits: list[Hit] = []
    for source in (_alarms, _doors, _cameras, _devices, _passes, _passages):
        kept = 0
        for hit in source(sight, words):
            text = f"{hit.title} {hit.detail} {hit.searched}".lower()
            if all(word in text for word in wanted):
                hits.append(hit)
                kept += 1
                if kept == _EACH:
                    break
    return hits[:MOST]


def drawn(hits: list[Hit], query: str, words: Words) -> list[Node]:
    if not hits:
        return [node("p.none", words("search.none" if query.strip() else "search.start"))]
    return [
        node("a.hit", node("span.kind", words.named("search", hit.kind)), node("b", hit.title),
             node("span.detail", hit.detail), href=hit.href, tabindex="-1", role="option")
        for hit in hits
    ]  # fmt: skip


def _doors(sight: Sight, words: Words) -> Iterator[Hit]:
    for one in rows(sight.safe, "door", Door):
        state = words.named("physical", one.physical)
        alarm = words.named("dooralarm", one.alarm) if one.alarm != "normal" else ""
        detail = f"{name(one.subject)} · {state} {alarm}"
        href = door_href(one.subject, sight.compound)
        searched = f"{one.subject} {one.device}"
        yield Hit("door", place(one.subject, words), detail, href, searched)


def _cameras(sight: Sight, words: Words) -> Iterator[Hit]:
    for one in rows(sight.safe, "camera", Camera):
        state = words.named("camerastate", one.state)
        yield Hit("camera", place(one.subject, words), f"{name(one.subject)} · {state}",
                  listed(sight.compound, subject=one.subject),
                  f"{one.subject} {one.device} {one.last_zone}")  # fmt: skip


def _devices(sight: Sight, words: Words) -> Iterator[Hit]:
    for one in rows(sight.safe, "device", Device):
        state = words.named("devicestate", one.state)
        kind = words.named("kind", one.kind)
        yield Hit("device", one.device, f"{kind} · {state} · {one.gateway}",
                  device_href(one.device, sight.compound), f"{one.kind} {one.adapter}")  # fmt: skip


def _alarms(sight: Sight, words: Words) -> Iterator[Hit]:
    for one in sorted(sight.alarms(), key=lambda one: one.raised, reverse=True):
        what = f"{words.named('alarmkind', one.kind)} · {place(one.subject, words)}"
        yield Hit("alarm", what, f"P{one.priority} · {clock(one.raised, sight.now)}",
                  alarm_href(one.id, sight.compound),
                  f"{one.id} {one.kind} {one.subject} {one.cause} {one.assigned_to}")  # fmt: skip


def _passes(sight: Sight, words: Words) -> Iterator[Hit]:
    for one in rows(sight.safe, "pass", Pass):
        searched = f"{one.reason} {one.actor} {' '.join(one.doors)}"
        state = words.named("passstate", one.state)
        yield Hit("pass", one.pass_id, state, f"/events/{one.position}", searched)


def _passages(sight: Sight, words: Words) -> Iterator[Hit]:
    recent = row(sight.safe, "recent", "passages", Recent) or Recent()
    for one in recent.passages:
        said = [words.named("decision", one.decision), words.named("who", one.who)]
        if one.reason:
            said.append(words.named("deny", one.reason))
        detail = f"{' · '.join(said)} · {clock(one.at, sight.now)}"
        yield Hit("passage", place(one.subject, words), detail,
                  event_href(one.position, one.id),
                  f"{one.subject} {one.id} {one.reason} {one.decision} {one.pass_id}")  # fmt: skip
