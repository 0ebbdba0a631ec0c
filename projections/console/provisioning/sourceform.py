"""How a device is asked and proves itself: a part of the form by which a gateway is told of it.
What is secret is typed here, goes to the gateway, and never comes back but once, made up there."""

from typing import Any

from nicegui import ui

from core.clock import parse_rfc3339
from projections.console.format import clock
from projections.console.nodes import Node, badge, node
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.web.gateway_desk import Json

_FIELD = "outlined dense dark autocomplete=off"
_HIDDEN = "outlined dense dark autocomplete=new-password type=password"
_LOOKS = {"connected": ("calm", "check"), "asking": ("warm", "late")}


class SourceForm:
    """`had`: what the chosen device has by now; None: nothing is known of it."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._had: Json | None = None
        self._asks = False

    def build(self) -> None:
        words = self._words
        with ui.element("fieldset").classes("addpart asks") as self._part:
            with ui.element("legend"):
                ui.label(words("provision.ask_title"))
            self._url = ui.input(words.named("provisionfield", "url")).props(
                f"{_FIELD} inputmode=url placeholder=http://192.168.1.64"
            )
            self._user = ui.input(words.named("provisionfield", "user")).props(_FIELD)
            self._password = ui.input(words.named("provisionfield", "password")).props(_HIDDEN)
            self._options = ui.input(words.named("provisionfield", "askoptions")).props(_FIELD)
            self._pictures = ui.checkbox(words.named("provisionfield", "pictures"))
            self._basic = ui.checkbox(words.named("provisionfield", "basic"))
            self._hint = ui.label("").classes("note said")
        self._part.set_visibility(False)
        with ui.element("fieldset").classes("addpart proves"):
            with ui.element("legend"):
                ui.label(words("provision.secret_title"))
            self._secret = ui.input(words.named("provisionfield", "secret")).props(_HIDDEN)
            self._new = ui.checkbox(words.named("provisionfield", "newsecret"))
            self._none = ui.checkbox(words.named("provisionfield", "nosecret"))
            self._none.set_visibility(False)
            ui.label(words("provision.secret_hint")).classes("note said")
        with ui.dialog() as self._dialog:
            self._card = ui.card().classes("confirm rawcard")

    def chosen(self, kind: Json | None) -> None:
        """Only some kinds are asked; their options are as their description says."""
        self._asks = kind is not None and bool(kind["asks"])
        self._part.set_visibility(self._asks)
        if kind is not None:
            chinese = self._words.language == "zh"
            options = (chinese and kind["options_zh"]) or kind["options"]
            text = str(options).replace("`", "")
            self._hint.text = self._words("provision.ask_hint", options=text) if text else ""

    def fill(self, one: Json) -> None:
        """With what `one` has; what is secret stays empty, which changes nothing."""
        self._had = one
        source: Json = one["source"] or {}
        self._url.value = source.get("url", "")
        self._user.value = source.get("user", "")
        self._options.value = ", ".join(f"{n}={v}" for n, v in source.get("options", {}).items())
        self._pictures.value = source.get("pictures", False)
        self._basic.value = source.get("basic", False)
        self._none.set_visibility(bool(one["secret"]))
        kept = self._words("provision.kept")
        for field, there in (
            (self._password, source.get("password")), (self._secret, one["secret"]),
        ):  # fmt: skip
            # Its label makes room for that.
            field.props(remove="placeholder stack-label")
            field.props(f'placeholder="{kept}" stack-label' if there else "")
        self.clear()

    def clear(self) -> None:
        """Of what is secret."""
        self._password.value = self._secret.value = ""
        self._new.value = self._none.value = False

    def wish(self, options: dict[str, str]) -> dict[str, Any]:
        """What of it is to change; left out is what stays. `options`: for asking it."""
        body: dict[str, Any] = {}
        url = str(self._url.value or "").strip() if self._asks else ""
        if url:
            source = {
                "url": url,
                "user": str(self._user.value or "").strip(),
                "basic": bool(self._basic.value),
                "pictures": bool(self._pictures.value),
                "options": options,
            }
            if self._password.value:
                source["password"] = str(self._password.value)
            body["source"] = source
        elif self._had is not None and self._had["source"]:
            body["source"] = None
        if self._new.value:
            body["new_secret"] = True
        elif self._none.value:
            body["secret"] = None
        elif self._secret.value:
            body["secret"] = str(self._secret.value)
        return body

    @property
    def options(self) -> str:
        """As typed."""
        return str(self._options.value or "")

    def show(self, device: str, secret: str) -> None:
        """Once: it is in no answer after this one."""
        words = self._words
        self._card.clear()
        with self._card:
            ui.label(words("provision.secret_made", device=device)).classes("what")
            ui.label(words("provision.secret_once")).classes("question")
            shown = ui.element("pre").classes("rawtext")
            shown.props["tabindex"] = 0
            with shown:
                ui.label(secret)

            def close() -> None:
                self._dialog.close()
                self._card.clear()

            with ui.element("div").classes("buttons"):
                ui.button(words("provision.close"), on_click=close).props("unelevated no-caps")
        self._dialog.open()


def standing(words: Words, source: Json | None, sight: Sight) -> Node | None:
    """One line of how it stands with a device that is asked."""
    if source is None:
        return None
    state = source["state"]
    since = clock(parse_rfc3339(source["since"]).isoformat(), sight.now) if source["since"] else ""
    look, shape = _LOOKS.get(state, ("warm", "active"))
    said = words(f"provisionstate.{state}", since=since)
    return node(
        "div.standing",
        badge(look, shape, said),
        node("span.note", source["why"]) if source["why"] else None,
    )
