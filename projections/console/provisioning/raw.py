"""Raw bytes as people read them: JSON with its lines, text as it is, all else in hexadecimal."""

import base64
import json
from typing import Any

from nicegui import ui

from projections.console.provisioning.asking import Asking
from projections.web.gateway_desk import Json

_TEXT = 20_000  # characters shown
_ROWS = 512  # of 16 bytes
_WIDE = 16


def readable(payload: bytes) -> str:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return hexadecimal(payload)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        plain = all(one.isprintable() or one in "\r\n\t" for one in text)
        return text[:_TEXT] if plain else hexadecimal(payload)
    return pretty(found)


def pretty(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)[:_TEXT]


def hexadecimal(payload: bytes) -> str:
    """Offset, bytes, and what of them is ASCII."""
    lines = []
    for at in range(0, min(len(payload), _ROWS * _WIDE), _WIDE):
        row = payload[at : at + _WIDE]
        plain = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
        lines.append(f"{at:06x}  {row.hex(' '):<{_WIDE * 3}} {plain}")
    return "\n".join(lines)


class RawDialog:
    """Asks before it looks: whoever looks is on record at the gateway."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        with ui.dialog() as self._dialog:
            self._card = ui.card().classes("confirm rawcard")

    def ask(self, *path: str) -> None:
        words = self._asking.screen.words
        self._card.clear()
        with self._card:
            ui.label(words("provision.raw")).classes("what")
            ui.label(words("provision.rawask")).classes("question")
            with ui.element("div").classes("buttons"):
                cancel = ui.button(words("confirm.cancel"), on_click=self._dialog.close)
                cancel.props("flat no-caps")

                async def look() -> None:
                    found = await self._asking.ask("GET", *path)
                    if found is not None:
                        self._show(found)

                ui.button(words("provision.rawlook"), on_click=look).props("unelevated no-caps")
        self._dialog.open()

    def _show(self, found: Json) -> None:
        words = self._asking.screen.words
        self._card.clear()
        with self._card:
            ui.label(words("provision.raw")).classes("what")
            ui.label(words("provision.topic", topic=found["topic"] or "–")).classes("when")
            content = found["base64"]
            if content is None:
                ui.label(words("provision.rawgone"))
            else:
                if not found["whole"]:
                    ui.label(words("provision.rawcut", size=found["size"])).classes("when")
                shown = ui.element("pre").classes("rawtext")
                shown.props["tabindex"] = 0
                with shown:
                    ui.label(readable(base64.b64decode(content)))
            with ui.element("div").classes("buttons"):
                ui.button(words("provision.close"), on_click=self._dialog.close).props(
                    "unelevated no-caps"
                )
