"""Drawing a camera's lines and regions over one of its pictures.

The browser draws and keeps the steps to undo (`editor.js`); what is sent off is judged by who
saves it, and says in words why not.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from nicegui import events, ui

from projections.console.texts import Words

Zones = Mapping[str, Any]  # the zones document: version, lines, regions
Save = Callable[[Zones], Awaitable[str]]  # "" when it is kept, else why it is not
PURPOSES = ("", "fire-lane", "passage", "bin-point", "entrance")
_LONGEST = 256 * 1024
_WORDS = (
    "tools", "line", "region", "close", "undo", "redo", "remove", "save", "board", "corner", "all",
    "empty", "lines", "regions", "name", "turn", "keys", "draw_lines", "draw_regions", "unseen",
    "taken", "unnamed", "range", "saving", "in_side", "labels", "purpose", "loiter_s",
    "occupied_s", "crowd", "crowd_s", "left_s", "bin", "overflow", "overflow_s", "qr", "plates",
    "presence",
)  # fmt: skip


class ZoneEditor(ui.element, component="editor.js"):
    """`image_url`: a JPEG of the camera, from our own address. Page sheet: `zones/editor.css`."""

    def __init__(self, image_url: str, zones: Zones, on_save: Save, words: Words) -> None:
        super().__init__()
        self._save, self._words = on_save, words
        self.props["image"] = image_url
        self.props["initial"] = orjson.dumps(dict(zones)).decode()
        self.props["words"] = {name: words(f"zones.{name}") for name in _WORDS}
        self.props["purposes"] = [
            (one, words.named("zonepurpose", one or "none")) for one in PURPOSES
        ]
        self.on("save", self._saved)

    def picture(self, image_url: str) -> None:
        """Another picture under the same drawing."""
        self.run_method("measure", image_url)

    async def _saved(self, event: events.GenericEventArguments) -> None:
        told = event.args
        if not isinstance(told, dict) or len(orjson.dumps(told)) > _LONGEST:
            self.run_method("answered", self._words("zones.large"), None)
            return
        why = await self._save(told)
        if why:
            self.run_method("answered", why, None)
        else:
            self.run_method("answered", self._words("zones.saved"), told)


def zone_editor(image_url: str, zones: Zones, on_save: Save, words: Words) -> ZoneEditor:
    return ZoneEditor(image_url, zones, on_save, words)
