"""Doors, gates and cameras as tiles: quiet while all is well."""

from datetime import datetime, timedelta
from functools import partial

from projections.console.format import clock, count, latest, milliseconds, moment, short
from projections.console.links import door_href, listed
from projections.console.nodes import Node, badge, icon, node
from projections.console.passages import verdict
from projections.console.places import name, natural, place
from projections.console.region import Item
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.passages import Passage

SHOWN = 300
ALARMED = ("forced", "heldopen")  # a pre-alarm is none yet
OPEN_LONG = timedelta(seconds=30)  # a door in use is open for less; no colour before that


def door_items(sight: Sight, words: Words) -> list[Item]:
    found = rows(sight.safe, "door", Door)
    found.sort(key=_rank)
    return [
        Item(
            one.subject,
            (one, open_long(one, sight.now), sight.today),
            partial(door_tile, one, words, sight.now, sight.compound),
        )
        for one in found[:SHOWN]
    ]


def _rank(one: Door) -> tuple[bool, bool, tuple[tuple[int, int, str], ...]]:
    """Trouble first, where it is seen without scrolling; all else keeps its place."""
    calm = one.alarm == "normal" and not one.fire
    return calm, not name(one.subject).startswith("gate"), natural(one.subject)


def open_long(one: Door, now: datetime) -> bool:
    since = moment(one.since)
    return one.physical == "open" and (since is None or now - since > OPEN_LONG)


def door_tile(one: Door, words: Words, now: datetime, compound: str) -> Node:
    if one.alarm in ALARMED:
        look = "alarm"
        state = badge("hot", "active", words.named("dooralarm", one.alarm))
    elif one.fire:
        look, state = "long", badge("hot", "active", words("mark.fire"))
    else:
        look = "long" if open_long(one, now) else one.physical
        tone = {"long": "warm", "open": "moving", "closed": "calm"}.get(look, "unknown")
        state = badge(tone, f"door-{one.physical}", words.named("physical", one.physical))
    counts = words(
        "door.counts",
        granted=count(one.granted),
        denied=count(one.denied),
        vehicles=count(one.vehicles),
    )
    lock = node(
        f"span.lock.{one.lock}",
        icon(f"lock-{one.lock}"),
        node("span.sr", words.named("lock", one.lock)),
        title=words.named("lock", one.lock),
    )
    return node(
        f"a.tile.door.{look}",
        node("div.top", node("b", place(one.subject, words)), lock),
        node("div.mid", state, _since(one.since) if one.since else None),
        node("div.low", *decision(one.decision, words, now)),
        title=f"{name(one.subject)} · {counts}",
        href=door_href(one.subject, compound),
        data_subject=one.subject,
    )


def _since(at: str) -> Node:
    return node("time", data_at=milliseconds(at))


def decision(one: Passage | None, words: Words, now: datetime) -> list[Node]:
    if one is None:
        return [words("door.none")]
    who = words.named("who", one.who)
    credential = words.named("credential", one.credential)
    return [
        verdict(one),
        node("span.clip", f"{who}·{credential}"),
        node("span.num", short(one.at, now), title=one.at),
    ]


def camera_items(sight: Sight, words: Words) -> list[Item]:
    found = rows(sight.safe, "camera", Camera)
    found.sort(key=lambda one: (one.state == "up", natural(one.subject)))
    return [
        Item(
            one.subject,
            (one, sight.today),
            partial(camera_tile, one, words, sight.now, sight.compound),
        )
        for one in found[:SHOWN]
    ]


def camera_tile(one: Camera, words: Words, now: datetime, compound: str) -> Node:
    up = one.state == "up"
    state = badge(
        "calm" if up else "hot",
        "camera" if up else "camera-off",
        words.named("camerastate", one.state),
    )
    seen = words.named("label", one.last_label) if one.last_label else ""
    if not up and one.reason:
        seen = words.named("picturefault", one.reason)
    return node(
        f"a.tile.camera.{'up' if up else 'alarm'}",
        node("div.top", node("b", place(one.subject, words)), node("em", seen) if seen else None),
        node(
            "div.low",
            state,
            node("span.num", clock(latest((one.last, one.since)), now))
            if up
            else _since(one.since),
        ),
        title=f"{name(one.subject)} · {one.last_zone}",
        href=listed(compound, subject=one.subject),
        data_subject=one.subject,
    )
