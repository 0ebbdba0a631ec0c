"""What a step changed, as people and programs are told it: rows as JSON has them, and nobody by
reference. References tell one person's ways from another's: they are for look-ups, which are on
record, and rows hold them even where views do not show them."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from projections.replay.scratch import Change

_REFERENCE = re.compile(rb"(?<![A-Za-z0-9_])s:[0-9a-f]{32}(?![0-9a-z])")
SOMEBODY = "s:…"
_LONG = 80  # characters


class Told(msgspec.Struct, frozen=True):
    """As `Change`."""

    view: str
    scope: str
    kind: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def differing(self) -> Iterator[tuple[str, Any, Any]]:
        """Field, before, after; of a new row what it begins with, of one that is gone nothing."""
        before = self.before or {}
        for name, value in (self.after or {}).items():
            was = before.get(name)
            if was != value and (self.before is not None or value not in (None, "", [], {}, 0)):
                yield name, was, value


def told(change: Change) -> Told:
    return msgspec.json.decode(nameless(msgspec.json.encode(change)), type=Told)


def nameless(text: bytes) -> bytes:
    """With nobody's reference in it."""
    return _REFERENCE.sub(SOMEBODY.encode(), text)


def brief(value: object) -> str:
    """In the width of a column."""
    if value in (None, "", [], (), {}):
        return "none"
    text = msgspec.json.encode(value).decode().strip('"')
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
