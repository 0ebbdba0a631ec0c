"""Devices and gateways: who speaks, who has fallen silent, what was set aside."""

from functools import partial

from nicegui import events, ui

from projections.console import gateways, handed, witnessed
from projections.console.device_figures import figures
from projections.console.figures import items
from projections.console.format import clock, count, milliseconds, percent, seconds
from projections.console.frame import panel, sheet
from projections.console.keypanel import KeyPanel
from projections.console.links import event_href
from projections.console.nodes import Node, badge, node
from projections.console.places import natural, place
from projections.console.provisioning.asking import tabs
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.silence import silent
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.cameras import Camera, Health
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.presence import INPUTS, Condition, Device
from projections.waste_sorting.rows import Bin

SHOWN = 400
_COLUMNS = ("device", "state", "kind", "adapter", "gateway", "seen", "events", "late", "skew",
            "gaps")  # fmt: skip
_NUMBERS = frozenset(("seen", "events", "late", "skew", "gaps"))
SKEW_MS = 5000  # a clock further off than this is worth a look


class Devices:
    """The page's own state: what is filtered for."""

    def __init__(self, screen: Screen, wanted: str = "") -> None:
        self._screen = screen
        self._asked = wanted[:200]
        self._filter = self._asked.strip().lower()

    def build(self) -> None:
        screen, words = self._screen, self._screen.words
        if screen.visit.account.role == "admin":
            Region(fixed(tabs(words, "/devices", screen.sight.compound)), look="desktabs")
        screen.region(lambda sight: items(figures(sight, words), words), look="figures")
        with ui.element("div").classes("columns"):
            with ui.element("div").classes("stack wide"):
                with panel(words, "device.title"):
                    box = ui.input(
                        placeholder=words("device.filter"),
                        value=self._asked,
                        on_change=self._filtered,
                    )
                    box.props("dense outlined dark clearable debounce=200").classes("filter")
                    box.props["aria-label"] = words("device.filter")
                    with sheet("scrolls"):
                        Region(fixed(_heads(words)), tag="thead")
                        screen.region(self._items, tag="tbody", empty=words("device.none"))
                if screen.desk.keys is not None:
                    KeyPanel(screen, screen.desk.keys).build()
            with ui.element("div").classes("stack"):
                with panel(words, "gateway.title"):
                    screen.region(
                        lambda sight: gateways.items(sight, words),
                        look="gateways scrolls",
                        empty=words("gateway.none"),
                    )
                with panel(words, "refusal.title", words("refusal.note")):
                    screen.region(
                        gateways.refusal_items,
                        look="refusals scrolls",
                        empty=words("refusal.none"),
                    )
                with panel(words, "handoff.title"):
                    screen.region(
                        lambda sight: handed.items(sight, words),
                        look="refusals scrolls",
                        empty=words("handoff.none"),
                    )
                with panel(words, "witness.title", words("witness.note")):
                    screen.region(
                        lambda sight: witnessed.items(sight, words),
                        look="refusals scrolls",
                        empty=words("witness.none"),
                    )

    def _filtered(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        self._filter = (event.value or "").strip().lower()
        self._screen.redraw()

    def _items(self, sight: Sight) -> list[Item]:
        return table(sight, self._screen.words, self._filter)


def _heads(words: Words) -> Node:
    return node(
        "tr",
        *(
            node("th.num" if name in _NUMBERS else "th", words(f"device.{name}"))
            for name in _COLUMNS
        ),
    )


def table(sight: Sight, words: Words, wanted: str) -> list[Item]:
    """Those in trouble first, then by name; capped, and saying so."""
    ranked: list[tuple[int, Device, bool]] = []
    about = subjects(sight)
    workers = {one.device: one.health for one in rows(sight.safe, "camera", Camera) if one.health}
    for one in rows(sight.safe, "device", Device):
        if wanted and wanted not in _searched(one, about.get(one.device, ""), words):
            continue
        quiet = silent(one, sight.now)
        rank = 0 if one.state != "online" else 1 if quiet or one.ailing else 2
        ranked.append((rank, one, quiet))
    ranked.sort(key=lambda entry: (entry[0], natural(entry[1].device)))
    made = [
        Item(
            one.device,
            (one, quiet, about.get(one.device), workers.get(one.device), sight.today),
            partial(
                line, one, about.get(one.device, ""), quiet, words, sight, workers.get(one.device)
            ),
        )
        for _, one, quiet in ranked[:SHOWN]
    ]
    if len(ranked) > SHOWN:
        more = words("device.more", shown=SHOWN, all=count(len(ranked)))
        made.append(Item("", more, partial(_more, more)))
    return made


def _more(text: str) -> Node:
    return node("tr.more", node("td", text, colspan=str(len(_COLUMNS))))


def subjects(sight: Sight) -> dict[str, str]:
    """Device → the door, camera or bin it speaks for: a terminal may be known by its MAC only."""
    return {
        **{one.device: one.subject for one in rows(sight.waste, "bin", Bin)},
        **{one.device: one.subject for one in rows(sight.safe, "camera", Camera)},
        **{one.device: one.subject for one in rows(sight.safe, "door", Door)},
    }


def called(one: Device, about: str, words: Words) -> str:
    """By its own name if that follows the convention, else by what it speaks for."""
    own = place(f"/{one.device}", words)
    return place(about, words) if about and own == one.device else own


def _searched(one: Device, about: str, words: Words) -> str:
    state = words.named("devicestate", one.state)
    label = called(one, about, words)
    conditions = " ".join(words.named("condition", each.condition) for each in one.conditions)
    parts = (one.device, about, label, one.kind, one.adapter, one.gateway, state, conditions)
    return " ".join(parts).lower()


def line(
    one: Device,
    about: str,
    quiet: bool,
    words: Words,
    sight: Sight,
    health: Health | None = None,
) -> Node:
    label = called(one, about, words)
    known = one.device if label != one.device else ""
    state, shape = _look(one, quiet)
    word = words("device.silent") if state == "warm" else words.named("devicestate", one.state)
    skewed = abs(one.skew_ms) >= SKEW_MS
    return node(
        f"tr.{state}",
        node("td", node("b", label), node("em", known) if known else None, title=one.device),
        node(
            "td.states",
            badge(state, shape, word),
            *(_condition(each, words, sight) for each in one.conditions),
            title=one.reason,
        ),
        node(
            "td",
            words.named("kind", one.kind),
            _worker(health, words, sight) if health else None,
        ),
        node("td", one.adapter or "–"),
        node("td", one.gateway),
        node(
            "td.num",
            clock(one.seen, sight.now),
            node("time", data_at=milliseconds(one.seen)),
            title=words("device.own", when=clock(one.last, sight.now)),
        ),
        node("td.num", count(one.events)),
        node("td.num", count(one.late) if one.late else "–"),
        node("td.num.skewed" if skewed else "td.num", _skew(one.skew_ms)),
        node(
            "td.num.gap" if one.gaps else "td.num",
            count(one.gaps) if one.gaps else "–",
            title=_missing(one, words),
        ),
        data_device=one.device,
    )


def _condition(one: Condition, words: Words, sight: Sight) -> Node:
    """A link to the event that told it."""
    named = words.named("condition", one.condition)
    text = f"{named} {one.part}".strip()
    if one.value is not None:
        text += f" {one.value:g}"
    since = words("handoff.since", when=clock(one.since, sight.now))
    look, shape = ("calm", "check") if one.condition in INPUTS else ("late", "active")
    href = event_href(one.position, one.id)
    return node("a.condition", badge(look, shape, text), title=since, href=href)


def _worker(one: Health, words: Words, sight: Sight) -> Node:
    """How fast its pictures are looked at, and what was not."""
    more = [
        words("camerahealth.read", n=count(one.read)),
        words("camerahealth.damaged", n=count(one.damaged)),
        words("camerahealth.reconnects", n=count(one.reconnects + one.hung)),
        words("camerahealth.cpu", share=percent(one.cpu)),
        words("camerahealth.unsent", n=count(one.unsent)),
        words("camerahealth.lost", n=count(one.lost_events)),
        words("camerahealth.asof", when=clock(one.at, sight.now)),
    ]
    parts = [words("camerahealth.fps", fps=f"{one.fps:.1f}")] if one.online else []
    if not one.online:
        parts.append(words("camerahealth.off"))
    parts.append(words("camerahealth.dropped", n=count(one.dropped)))
    if one.fault:
        parts.append(words.named("picturefault", one.fault))
    return node("em.worker.num", " · ".join(parts), title=" · ".join(more))


def _missing(one: Device, words: Words) -> str:
    """Which of its records are missing, and what else befell their numbers."""
    ranges = [
        f"{gap.method} {gap.first}–{gap.last}" if gap.last > gap.first
        else f"{gap.method} {gap.first}"
        for gap in one.missing
    ]  # fmt: skip
    told = (("resets", one.resets), ("conflicts", one.conflicts), ("throttled", one.throttled))
    ranges += [words(f"device.{key}", n=count(number)) for key, number in told if number]
    return " · ".join(text.strip() for text in ranges)


def _look(one: Device, quiet: bool) -> tuple[str, str]:
    if one.state != "online":
        return "hot", "active"
    return ("warm", "silent") if quiet else ("calm", "check")


def _skew(ms: int) -> str:
    return f"{'+' if ms > 0 else '−'}{seconds(abs(ms) / 1000)}" if ms else "–"
