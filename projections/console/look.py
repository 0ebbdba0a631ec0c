"""The style sheets and the mark, read once and written into each page: nothing to fetch."""

from pathlib import Path

_SHEETS = (
    "console",
    "desk",
    "people",
    "picture",
    "district",
    "audit",
    "replay",
    "keys",
    "past/slider",
    "zones/editor",
    "provisioning/provisioning",
)
STYLE = "\n".join(
    (Path(__file__).parent / f"{name}.css").read_text(encoding="utf-8") for name in _SHEETS
)
FAVICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='7' fill='%233d8bfd'/%3E"
    "%3Cpath d='M8 24V8h16v16M16 8v16' stroke='white' stroke-width='3' fill='none'/%3E%3C/svg%3E"
)
