"""The parts of a replay's page: the range's form, a step's evidence and what it changed, and an
alarm as it stood."""

import msgspec

from projections.alarms.row import Alarm
from projections.console import alarms
from projections.console.format import clock
from projections.console.links import alarm_href
from projections.console.nodes import Node, node
from projections.console.places import place
from projections.console.reel import Asked
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.replay.steps import Step
from projections.replay.told import Told, brief, told


def form(wish: Asked, words: Words) -> Node:
    """Another range, in China's time."""
    fields = (
        node(
            "label", words(f"replay.{name}"),
            node("input", type="datetime-local", step="1", name=name, value=_local(value),
                 required="1" if name == "from" else ""),
        )
        for name, value in (("from", wish.since), ("to", wish.until))
    )  # fmt: skip
    return node(
        "form.rangeform",
        node("input", type="hidden", name="compound", value=wish.compound),
        *fields,
        node("button.slight", words("replay.show"), type="submit"),
        method="get",
        action="/replay",
    )


def _local(text: str) -> str:
    return text.removesuffix("+08:00") if text.endswith("+08:00") else ""


def changes(step: Step, words: Words) -> Node:
    found = [told(one) for one in step.changes]
    title = node(
        "h3", words("replay.changed"), node("span.note", words("replay.rows", n=len(found)))
    )
    if not found:
        return node("section", title, node("p.none", words("replay.unchanged")))
    return node("section", title, *(_change(one, words) for one in found))


def _change(one: Told, words: Words) -> Node:
    what = "new" if one.before is None else "gone" if one.after is None else "other"
    fields = (
        node("div", node("dt", name), *([] if one.before is None else
             [node("dd.was", brief(was)), node("span", "→")]), node("dd.now", brief(now)))
        for name, was, now in one.differing()
    )  # fmt: skip
    return node(
        f"div.change.{what}",
        node("div.top", node("b", f"{one.kind} {one.key}"), node("em", words(f"replay.{what}")),
             node("span.note", one.view)),
        node("dl", *fields),
        data_kind=one.kind,
        data_key=one.key,
    )  # fmt: skip


def standing(one: Alarm, words: Words, then: Sight) -> Node:
    """How it stood; nothing counts down in the past."""
    still = msgspec.structs.replace(one, next_due="")
    return node(
        f"a.dooralarm.p{one.priority}",
        node("span.prio", str(one.priority)),
        node("span.what", node("b", words.named("alarmkind", one.kind)),
             node("span", f"{place(one.subject, words)} · {clock(one.raised, then.now)}")),
        node("span.state", *alarms.states(still, words, then.now)),
        href=alarm_href(one.id, then.compound),
        data_alarm_id=one.id,
        data_state=one.state,
    )  # fmt: skip
