"""The strip over the duty desk: alarms, doors, cameras, silent devices, passages."""

from datetime import datetime, timedelta

from projections.console import alarms, passages, queue
from projections.console.doors import open_long
from projections.console.figures import Figure, Part, known_as_of
from projections.console.format import clock, clock_of, count, latest
from projections.console.links import listed
from projections.console.silence import AFTER, silent
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows import Camera, Device, Door
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
            *(Part(f"P{level}", count(n), f"p{level}" if n else "") for level, n in by.items()),
            Part(words("figure.unacknowledged"), count(len(new)), "warm" if new else ""),
        ],
        as_of=known_as_of(sight),
        source=f"{SAFE_COMMUNITY.name}, {WASTE_SORTING.name} @ {sight.position}",
        href=listed(sight.compound, "alarm."),
    )


def _doors(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "door", Door)
    unclosed = [one for one in found if one.physical == "open"]
    alarmed = sum(one.alarm != "normal" for one in found)
    longer = any(open_long(one, sight.now) for one in unclosed)
    unknown = sum(one.physical == "unknown" for one in found)
    return Figure(
        key="doors",
        title=words("figure.doors"),
        value=count(len(unclosed)),
        of=f"/ {count(len(found))}",
        look="hot" if alarmed else "warm" if longer else "",
        parts=[
            Part(words("figure.forcedOrHeld"), count(alarmed), "hot" if alarmed else ""),
            Part(words.named("physical", "unknown"), count(unknown)),
        ],
        as_of=clock(latest(one.last for one in found), sight.now),
        source=f"{SAFE_COMMUNITY.name}.door @ {sight.position}",
        href=listed(sight.compound, "door."),
    )


def _cameras(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "camera", Camera)
    lost = sum(one.state == "lost" for one in found)
    tampered = sum(one.state == "tampered" for one in found)
    return Figure(
        key="cameras",
        title=words("figure.cameras"),
        value=count(lost + tampered),
        of=f"/ {count(len(found))}",
        look="hot" if lost + tampered else "",
        parts=[
            Part(words.named("camerastate", "lost"), count(lost), "hot" if lost else ""),
            Part(
                words.named("camerastate", "tampered"), count(tampered), "hot" if tampered else ""
            ),
        ],
        as_of=clock(latest(t for one in found for t in (one.last, one.since)), sight.now),
        source=f"{SAFE_COMMUNITY.name}.camera @ {sight.position}",
        href=listed(sight.compound, "camera.video."),
    )


def _devices(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "device", Device)
    quiet = sum(silent(one, sight.now) for one in found)
    lost = sum(one.state != "online" for one in found)
    return Figure(
        key="silent",
        title=words("figure.silent", n=AFTER.seconds // 60),
        value=count(quiet),
        of=f"/ {count(len(found))}",
        look="warm" if quiet or lost else "",
        parts=[
            Part(words("figure.lostOrTampered"), count(lost), "hot" if lost else ""),
        ],
        as_of=clock_of(sight.now, sight.now)[:5],
        source=f"{SAFE_COMMUNITY.name}.device @ {sight.position}",
        href=listed(sight.compound, "device."),
    )


def _passages(sight: Sight, words: Words) -> Figure:
    found = passages.window(sight.safe.get("minute", {}), sight.now, WINDOW_MIN)
    added = passages.total(found)
    return Figure(
        key="passages",
        title=words("figure.passages"),
        value=count(added.total()),
        parts=[Part(words.named("who", key), count(added[key])) for key in passages.CLASSES],
        as_of=found[-1][0],
        source=f"{SAFE_COMMUNITY.name}.minute @ {sight.position}",
        href=listed(sight.compound, "access.", "vehicle.", since=_window(sight.now)),
    )
