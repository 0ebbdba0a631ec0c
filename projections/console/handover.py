"""The note that is handed over with the watch, as the desk proposes it. Pure: from rows alone."""

from collections import Counter
from datetime import datetime

from projections.alarms.row import Alarm
from projections.console import queue
from projections.console.format import clock
from projections.console.places import place
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.findings import Finding
from projections.safe_community.rows.presence import Device
from projections.web.duty import Watch, watch

_NAMED = 12  # alarms by name; the event holds the ids of all


def on_watch(sight: Sight) -> Watch:
    return watch([sight.safe], ())


def proposed(sight: Sight, who: str, words: Words) -> str:
    """What the next one has to know, in lines that can be edited."""
    alarms = sight.alarms()
    found = queue.opened(alarms)
    by = Counter(one.priority for one in found)
    since = on_watch(sight).since
    lines = [
        words(
            "watch.lead",
            who=who,
            since=clock(since, sight.now) if since else "–",
            position=sight.position,
        ),
        words(
            "watch.open",
            n=len(found),
            new=sum(not one.acknowledged for one in found),
            **{f"p{level}": by[level] for level in (1, 2, 3, 4)},
        ),
    ]
    lines += [_line(one, words, sight.now) for one in found[:_NAMED]]
    if len(found) > _NAMED:
        lines.append(words("watch.more", n=len(found) - _NAMED))
    counts = (
        ("shelved", len(queue.shelved(alarms))),
        ("doors", sum(one.physical == "open" for one in rows(sight.safe, "door", Door))),
        ("cameras", sum(one.state != "up" for one in rows(sight.safe, "camera", Camera))),
        ("lost", sum(one.state != "online" for one in rows(sight.safe, "device", Device))),
        ("findings", len(rows(sight.safe, "finding", Finding))),
    )
    return "\n".join([*lines, *(words(f"watch.{key}", n=n) for key, n in counts if n)])


def _line(one: Alarm, words: Words, now: datetime) -> str:
    state = {"acknowledged": "queue.acknowledged", "cleared": "queue.cleared"}
    return words(
        "watch.line",
        priority=one.priority,
        what=words.named("alarmkind", one.kind),
        where=place(one.subject, words),
        state=words(state.get(one.state, "alarm.active" if one.active else "alarm.once")),
        when=clock(one.raised, now),
    )
