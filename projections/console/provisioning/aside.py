"""What was set aside: for what reason, how often, what it holds for who may look, and what it would
become today. Decoding again is shown first and done then."""

from functools import partial

from nicegui import ui

from core.clock import parse_rfc3339
from projections.console.format import clock, count, size
from projections.console.frame import panel, sheet
from projections.console.nodes import Node, badge, node
from projections.console.provisioning.asking import Asking, later
from projections.console.provisioning.raw import RawDialog, pretty
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.web.gateway_desk import Json

_AGAIN_S = 5.0
_ROUNDS = 2000  # of decoding again for one click: each is a bounded number of messages
_PREVIEWED = 8
_HEADS = ("last", "reason", "adapter", "times", "size", "state", "do")


class Aside:
    """The page's own state: what is filtered for, and what the gateway said last."""

    def __init__(self, screen: Screen, asking: Asking, reason: str, adapter: str) -> None:
        self._screen, self._asking = screen, asking
        self._reason, self._adapter = reason[:64], adapter[:64]
        self._rows: list[Json] = []
        self._sums: list[Json] = []
        self._all = False
        self._raw = RawDialog(asking)
        with ui.dialog() as self._dialog:
            self._card = ui.card().classes("confirm rawcard")

    def build(self) -> None:
        screen, words = self._screen, self._screen.words
        with (
            ui.element("div").classes("provisioning aside"),
            panel(words, "provision.aside_title", words("provision.aside_note")),
        ):
            screen.region(self._chips, look="chips", act=self._filtered)
            with ui.element("div").classes("asidebar"):
                again = ui.button(words("provision.again_all"), on_click=self._every)
                again.props("outline no-caps dense")
                also = ui.switch(words("provision.aside_decoded"), on_change=self._also)
                also.props("dense dark")
            with sheet("scrolls"):
                heads = (node("th", words.named("asidehead", name)) for name in _HEADS)
                Region(fixed(node("tr", *heads)), tag="thead")
                empty = words("provision.aside_none")
                screen.region(self._items, tag="tbody", empty=empty, act=self._act)
        later(_AGAIN_S, self._look)

    async def _look(self) -> None:
        query = {"reason": self._reason, "adapter": self._adapter, "all": str(int(self._all))}
        found = await self._asking.quietly("quarantine", query=query)
        if found is not None:
            self._rows, self._sums = found["rows"], found["sums"]
        self._screen.redraw()

    async def _also(self) -> None:
        self._all = not self._all
        await self._look()

    async def _filtered(self, _: str, key: str) -> None:
        """The same once more: every reason again."""
        reason, _, adapter = key.partition("/")
        chosen = (reason, adapter) != (self._reason, self._adapter)
        self._reason, self._adapter = (reason, adapter) if chosen else ("", "")
        await self._look()

    async def _act(self, verb: str, key: str) -> None:
        if verb == "raw":
            self._raw.ask("quarantine", key, "raw")
        elif verb == "again":
            await self._preview([int(key)])

    # -- decoding again ------------------------------------------------------------------------

    async def _every(self) -> None:
        await self._preview([])

    async def _preview(self, rows: list[int], decode_as: str = "") -> None:
        """No rows: all that is filtered for."""
        body: Json = {"dry_run": True, "decode_as": decode_as, "rows": rows}
        if not rows:
            body |= {"reason": self._reason, "adapter": self._adapter}
        found = await self._asking.ask("POST", "quarantine", "again", body=body)
        if found is None:
            return
        kinds = await self._asking.quietly("kinds")
        words = self._screen.words
        self._card.clear()
        with self._card:
            ui.label(words("provision.again_title")).classes("what")
            more = words("provision.again_more") if found["before"] else ""
            told = words("provision.again_would", became=found["became"], count=found["count"])
            ui.label(f"{told} {more}".strip()).classes("question")
            names = [one["name"] for one in kinds["kinds"]] if kinds is not None else []
            options = {"": words("provision.again_any"), **{name: name for name in names}}

            async def other(event: object) -> None:
                await self._preview(rows, str(getattr(event, "value", "") or ""))

            chosen = ui.select(
                options, value=decode_as, label=words("provision.again_as"), on_change=other
            )
            chosen.props("outlined dense dark options-dense")
            tried = (self._tried(one) for one in found["tried"][:_PREVIEWED])
            Region(fixed(*tried), look="lastmessage tried")
            with ui.element("div").classes("buttons"):
                cancel = ui.button(words("confirm.cancel"), on_click=self._dialog.close)
                cancel.props("flat no-caps")
                yes = ui.button(
                    words("provision.again_do"), on_click=partial(self._again, {**body})
                )
                yes.props("unelevated no-caps")
                yes.set_enabled(found["became"] > 0 or bool(found["before"]))
        self._dialog.open()

    async def _again(self, body: Json) -> None:
        self._dialog.close()
        tried = became = 0
        for _ in range(_ROUNDS):
            found = await self._asking.ask(
                "POST", "quarantine", "again", body={**body, "dry_run": False}
            )
            if found is None:
                break
            tried, became = tried + found["count"], became + found["became"]
            if not found["before"]:
                break
            body["before"] = found["before"]
        said = self._screen.words("provision.again_done", became=became, still=tried - became)
        ui.notify(said, type="positive" if became else "warning")
        await self._look()

    # -- drawn ---------------------------------------------------------------------------------

    def _tried(self, one: Json) -> Node:
        words = self._screen.words
        was = words.named("asidereason", one["was"])
        if one["now"]:
            now = words.named("asidereason", one["now"])
            said = " · ".join(part for part in (f"{was} → {now}", one["detail"]) if part)
            return node("p", badge("warm", "cross", words("provision.again_still")), " ", said)
        events = one["events"]
        return node(
            "div.decoded",
            badge("calm", "check", words("provision.again_becomes")),
            node("b", ", ".join(each["type"] for each in events) or words("provision.nofact")),
            node("span.note", f"{was} · {', '.join(one['devices'])}"),
            node("pre.rawtext", pretty(events[0]), tabindex="0") if events else None,
        )

    def _chips(self, _: Sight) -> list[Item]:
        return [
            Item(
                f"{one['reason']}/{one['adapter']}",
                (one, self._reason, self._adapter),
                partial(self._chip, one),
            )
            for one in self._sums
        ]

    def _chip(self, one: Json) -> Node:
        words = self._screen.words
        chosen = (one["reason"], one["adapter"]) == (self._reason, self._adapter)
        label = words.named("asidereason", one["reason"])
        left = one["rows"] - one["resolved"]
        return node(
            "button.chip",
            node("em", one["adapter"] or "–"),
            label,
            node("b", f" {count(left)}"),
            type="button",
            data_act="filter",
            aria_pressed=str(chosen).lower(),
            title=words("provision.aside_sum", rows=one["rows"], resolved=one["resolved"]),
        )

    def _items(self, sight: Sight) -> list[Item]:
        return [
            Item(str(one["row"]), (one, sight.today), partial(self._row, one, sight))
            for one in self._rows
        ]

    def _row(self, one: Json, sight: Sight) -> Node:
        words = self._screen.words
        resolved = one["resolved"]
        state = (
            badge("calm", "check", words("provision.aside_is"))
            if resolved
            else badge("warm", "active", words("provision.aside_isnot"))
        )
        return node(
            "tr",
            node("td", clock(parse_rfc3339(one["last"]).isoformat(), sight.now)),
            node(
                "td.why",
                node("b", words.named("asidereason", one["reason"])),
                node("em", one["detail"]) if one["detail"] else None,
                title=one["detail"],
            ),
            node("td", one["adapter"] or "–"),
            node("td.num", count(one["count"])),
            node("td.num", size(one["size"])),
            node("td", state),
            node(
                "td",
                node("button.slight", words("provision.raw"), type="button", data_act="raw")
                if one["kept"]
                else None,
                node("button.slight", words("provision.again_one"), type="button", data_act="again")
                if one["kept"] and not resolved
                else None,
            ),
            data_row=str(one["row"]),
        )
