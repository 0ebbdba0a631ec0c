"""The strip over the duty desk: alarms, doors, cameras, silent devices, passages."""

from datetime import datetime, timedelta

from projections.console import alarms, passages, queue
from projections.console.doors import ALARMED, open_long
from projections.console.figures import Figure, figure, known_as_of, part
from projections.console.format import clock, clock_of, count, latest
from projections.console.links import listed
from projections.console.silence import AFTER, silent
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.presence import Device
from projections.safe_community.view import SAFE_COMMUNITY
from projections.waste_sorting.view import WASTE_SORTING

WINDOW_MIN = 15


def _window(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) - timedelta(minutes=WINDOW_MIN - 1)


def figures(sight: Sight, words: Words) -> list[Figure]:
    return [
        _alarms(sight, words),
        _doors(sight, words),
        _cameras(sight, words),
        _devices(sight, words),
        _passages(sight, words),
    ]


def _alarms(sight: Sight, words: Words) -> Figure:
    found = queue.opened(sight.alarms())
    new = [one for one in found if not one.acknowledged]
    by = {level: sum(one.priority == level for one in found) for level in alarms.PRIORITIES}
    urgent = any(one.priority <= 2 for one in new)
    return Figure(
        key="alarms",
        title=words("figure.alarms"),
        value=count(len(found)),
        look="hot" if urgent else "warm" if new else "",
        parts=[
            *(part(f"P{level}", n, f"p{level}") for level, n in by.items()),
            part(words("figure.unacknowledged"), len(new), "warm"),
        ],
        as_of=known_as_of(sight),
        source=f"{SAFE_COMMUNITY.name}, {WASTE_SORTING.name} @ {sight.position}",
        href=listed(sight.compound, "alarm."),
    )


def _doors(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "door", Door)
    unclosed = [one for one in found if one.physical == "open"]
    alarmed = sum(one.alarm in ALARMED for one in found)
    longer = any(open_long(one, sight.now) for one in unclosed)
    unknown = sum(one.physical == "unknown" for one in found)
    return figure(
        sight, "door", "door.", key="doors", title=words("figure.doors"),
        value=len(unclosed), of=len(found),
        look="hot" if alarmed else "warm" if longer else "",
        parts=[
            part(words("figure.forcedOrHeld"), alarmed, "hot"),
            part(words.named("physical", "unknown"), unknown),
        ],
        as_of=clock(latest(one.last for one in found), sight.now),
    )  # fmt: skip


def _cameras(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "camera", Camera)
    lost = sum(one.state == "lost" for one in found)
    tampered = sum(one.state == "tampered" for one in found)
    return figure(
        sight, "camera", "camera.video.", key="cameras", title=words("figure.cameras"),
        value=lost + tampered, of=len(found), look="hot" if lost + tampered else "",
        parts=[
            part(words.named("camerastate", "lost"), lost, "hot"),
            part(words.named("camerastate", "tampered"), tampered, "hot"),
        ],
        as_of=clock(latest(t for one in found for t in (one.last, one.since)), sight.now),
    )  # fmt: skip


def _devices(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "device", Device)
    quiet = sum(silent(one, sight.now) for one in found)
    lost = sum(one.state != "online" for one in found)
    return figure(
        sight, "device", "device.", key="silent",
        title=words("figure.silent", n=AFTER.seconds // 60), value=quiet, of=len(found),
        look="warm" if quiet or lost else "",
        parts=[part(words("figure.lostOrTampered"), lost, "hot")],
        as_of=clock_of(sight.now, sight.now)[:5],
    )  # fmt: skip


def _passages(sight: Sight, words: Words) -> Figure:
    found = passages.window(sight.safe.get("minute", {}), sight.now, WINDOW_MIN)
    added = passages.total(found)
    return figure(
        sight, "minute", "access.", "vehicle.", key="passages",
        title=words("figure.passages"), value=added.total(),
        parts=[part(words.named("who", key), added[key]) for key in passages.CLASSES],
        as_of=found[-1][0], since=_window(sight.now),
    )  # fmt: skip
