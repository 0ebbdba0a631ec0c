"""Adding a device: choose its kind, see how it is set up, tell the gateway of it, and watch for its
first message and what that decodes to. Beside it whoever speaks and nobody told of."""

from functools import partial
from typing import Any

from nicegui import events, ui

from core.clock import parse_rfc3339
from projections.console.format import clock, count, size
from projections.console.frame import panel, sheet
from projections.console.nodes import Node, badge, icon, node
from projections.console.provisioning.asking import BEAT_S, Asking, later
from projections.console.provisioning.raw import RawDialog, pretty
from projections.console.provisioning.sourceform import SourceForm, standing
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.web.gateway_desk import Json

SHOWN = 300
_FIELD = "outlined dense dark autocomplete=off"
_TEXTS = ("name", "role", "subject", "zone")


class Adding:
    """The page's own state: what the gateway said last, and which device is watched."""

    def __init__(self, screen: Screen, asking: Asking, device: str) -> None:
        self._screen, self._asking = screen, asking
        self._kinds: list[Json] = []
        self._devices: list[Json] = []
        self._watched = device[:128]
        self._last: Json | None = None
        self._answers = True
        self._busy = False
        self._raw = RawDialog(asking)
        self._source = SourceForm(screen.words)

    def build(self) -> None:
        screen, words = self._screen, self._screen.words
        with ui.element("div").classes("columns provisioning"):
            with ui.element("div").classes("stack wide"):
                with panel(words, "provision.add_title", words("provision.add_note")):
                    self._form()
                with (
                    panel(words, "provision.found_title", words("provision.found_note")),
                    sheet("scrolls"),
                ):
                    Region(fixed(self._heads()), tag="thead")
                    empty = words("provision.found_none")
                    screen.region(self._rows, tag="tbody", empty=empty, act=self._act)
            with ui.element("div").classes("stack"):
                with panel(words, "provision.steps_title"):
                    screen.region(self._steps, look="steps scrolls")
                with panel(words, "provision.waiting_title", words("provision.waiting_note")):
                    screen.region(
                        self._message,
                        look="lastmessage scrolls",
                        empty=words("provision.waiting_nobody"),
                        act=self._act,
                    )
        later(BEAT_S, self._beat)

    def _form(self) -> None:
        words = self._screen.words
        with ui.element("form").classes("addform") as form:
            form.on("submit.prevent", self._told)
            self._kind = ui.select({}, label=words("provision.kind"), on_change=self._chosen)
            self._kind.props("outlined dense dark options-dense")
            self._key = ui.input(words("provision.key"), value=self._watched).props(_FIELD)
            self._fields = {
                name: ui.input(words.named("provisionfield", name)).props(_FIELD) for name in _TEXTS
            }
            self._readers = ui.input(words.named("provisionfield", "readers")).props(_FIELD)
            self._options = ui.input(words.named("provisionfield", "options")).props(_FIELD)
            self._source.build()
            # Of the form: Enter in any field does the same.
            ui.button(words("provision.add_do")).props("unelevated no-caps type=submit")
            self._why = ui.label("").classes("trouble said")
            self._why.props["role"] = "status"

    def _chosen(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        """Fields that this kind's description speaks of are the usual ones."""
        kind = next((one for one in self._kinds if one["name"] == event.value), None)
        usual: list[str] = kind["fields"] if kind is not None else []
        self._source.chosen(kind)
        for name, field in self._fields.items():
            field.classes(
                add="usual" if name in usual else "",
                remove="" if name in usual else "usual",
            )
        self._screen.redraw()

    # -- what the gateway says -----------------------------------------------------------------

    async def _beat(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            if not self._kinds:
                found = await self._asking.quietly("kinds")
                if found is not None:
                    self._kinds = found["kinds"]
                    self._kind.set_options(
                        {one["name"]: f"{one['name']} · {self._title(one)}" for one in self._kinds}
                    )
            devices = await self._asking.quietly("devices")
            self._answers = devices is not None
            self._devices = devices["devices"] if devices is not None else []
            watched = self._watched
            last = await self._asking.quietly("devices", watched, "last") if watched else None
            self._last = last if watched == self._watched else None
        finally:
            self._busy = False
        self._screen.redraw()

    async def _told(self) -> None:
        key = str(self._key.value or "").strip()
        if not key:
            self._why.text = self._screen.words("provision.nokey")
            return
        body: dict[str, Any] = {
            name: str(field.value or "").strip() for name, field in self._fields.items()
        }
        body["kind"] = str(self._kind.value or "")
        body["readers"] = pairs(str(self._readers.value or ""))
        body["options"] = pairs(str(self._options.value or ""))
        body |= self._source.wish(pairs(self._source.options))
        found = await self._asking.ask("PUT", "devices", key, body=body)
        if found is None:
            return
        self._why.text = ""
        self._source.fill(found)
        if found.get("new_secret"):
            self._source.show(key, found["new_secret"])
        ui.notify(self._screen.words("provision.add_done", device=key), type="positive")
        self._watched = key
        await self._beat()

    async def _act(self, verb: str, key: str) -> None:
        words = self._screen.words
        if verb == "take":
            one = next((each for each in self._devices if each["device"] == key), None)
            if one is None:
                return
            self._watched = self._key.value = key
            self._kind.value = one["kind"] or one["adapter"] or None
            for name, field in self._fields.items():
                field.value = one[name]
            self._readers.value = ", ".join(f"{n}={way}" for n, way in one["readers"].items())
            self._options.value = ", ".join(f"{n}={told}" for n, told in one["options"].items())
            self._source.fill(one)
            await self._beat()
        elif verb == "raw":
            self._raw.ask("devices", self._watched, "raw")
        elif verb == "forget":
            found = await self._asking.ask("DELETE", "devices", key)
            if found is not None:
                ui.notify(words("provision.forgotten", device=key), type="positive")
                await self._beat()

    # -- drawn ---------------------------------------------------------------------------------

    def _title(self, kind: Json) -> str:
        """In the reader's language, where its description is in it."""
        chinese = self._screen.words.language == "zh"
        return str((chinese and kind["title_zh"]) or kind["title"])

    def _steps(self, _: Sight) -> list[Item]:
        words = self._screen.words
        kind = next((one for one in self._kinds if one["name"] == self._kind.value), None)
        if kind is None:
            return [Item("none", None, lambda: node("p.note", words("provision.steps_none")))]
        chinese = words.language == "zh"
        steps = (chinese and kind["steps_zh"]) or kind["steps"]
        only_english = chinese and not kind["steps_zh"]
        return [
            Item(
                kind["name"],
                kind["name"],
                lambda: node(
                    "div",
                    node("b", self._title(kind)),
                    node("p.note", words("provision.steps_english")) if only_english else None,
                    node("ol", *(node("li", _plain(step)) for step in steps)),
                    node("p.note", words("provision.topics"), " ", ", ".join(kind["topics"]))
                    if kind["topics"]
                    else None,
                ),
            )
        ]

    def _heads(self) -> Node:
        words = self._screen.words
        names = ("device", "adapter", "seen", "count", "told", "do")
        return node("tr", *(node("th", words.named("provisionhead", name)) for name in names))

    def _rows(self, sight: Sight) -> list[Item]:
        if not self._answers:
            text = self._screen.words("provision.silent")
            return [Item("", text, lambda: node("tr", node("td.trouble", text, colspan="6")))]
        ranked = sorted(self._devices, key=lambda one: (one["told"] != "", one["device"]))
        return [
            Item(one["device"], (one, sight.today), partial(self._row, one, sight))
            for one in ranked[:SHOWN]
        ]

    def _row(self, one: Json, sight: Sight) -> Node:
        words = self._screen.words
        known = one["told"]
        state = (
            badge(
                "calm", "check", words.named("provisiontold", "here" if known == "here" else "file")
            )
            if known
            else badge("warm", "once", words.named("provisiontold", "unknown"))
        )
        key = "provision.change" if known else "provision.take"
        return node(
            "tr",
            node(
                "td",
                node("b", one["device"]),
                node("em", one["name"]) if one["name"] else None,
                standing(words, one["source"], sight),
            ),
            node("td", one["adapter"] or one["kind"] or "–"),
            node("td", _when(one["last"], sight)),
            node("td.num", count(one["count"]) if one["count"] else "–"),
            node("td", state, title=one["by"]),
            node(
                "td",
                node("button.slight", words(key), type="button", data_act="take"),
                node("button.slight", words("provision.forget"), type="button", data_act="forget")
                if known == "here"
                else None,
            ),
            data_device=one["device"],
        )

    def _message(self, sight: Sight) -> list[Item]:
        words, last = self._screen.words, self._last
        if not self._watched:
            return []
        if last is None:
            text = words("provision.waiting_first", device=self._watched)
            return [Item("none", text, lambda: node("p.awaited", icon("late"), text))]
        about = last["device"]
        head = node(
            "div.top",
            node("b", about["device"]),
            node("span.num", _when(about["last"], sight)),
            node("span.note", f"{about['adapter']} · {size(about['size'])}"),
            node("button.slight", words("provision.raw"), type="button", data_act="raw")
            if last["kept"]
            else node("span.note", words("provision.rawgone")),
        )
        drawn = [Item("head", (about, sight.today), lambda: head)]
        events_of = last["events"]
        if not events_of:
            empty = words("provision.nofact")
            drawn.append(Item("empty", empty, lambda: node("p.note", empty)))
        return drawn + [
            Item(str(at), one, partial(_decoded, one, words("provision.aside")))
            for at, one in enumerate(events_of[:20])
        ]


def pairs(text: str) -> dict[str, str]:
    """`1=in, 2=out`; what is no pair is left to the gateway to refuse."""
    parts = (part.partition("=") for part in text.replace("，", ",").split(",") if part.strip())
    return {name.strip(): value.strip() for name, _, value in parts}


def _decoded(one: Json, aside: str) -> Node:
    if "aside" in one:
        why = f"{aside} {one['aside']} {one['detail']}"
        return node("p.trouble", icon("active"), why.strip())
    return node(
        "div.decoded", node("b", one["type"]), node("pre.rawtext", pretty(one), tabindex="0")
    )


def _when(at: str, sight: Sight) -> str:
    return clock(parse_rfc3339(at).isoformat(), sight.now) if at else "–"


def _plain(step: str) -> str:
    """Without Markdown's marks."""
    return step.replace("`", "")
