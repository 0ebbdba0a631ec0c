"""A register's entries to the running hub, in pages, and what it knows already."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.policy.findings import Findings
from infra.hub_api import HubApi
from projections.waste_district.register.entry import KINDS, Entry, read
from projections.waste_district.register.listing import LISTED
from projections.web.waste_models import MOST_ENTRIES

_PATH = "waste/register"
_PAGE = 60_000  # bytes; the hub takes a little more
_ORDER = {kind: at for at, kind in enumerate(KINDS)}


def known(api: HubApi) -> list[Entry]:
    """What holds at the hub now, as far as its view has read."""
    ignored = Findings()  # what older versions let in is not this file's mistake
    found = []
    for kind in LISTED:
        for line in api.json("admin", "GET", _PATH, query={"kind": kind})["entries"]:
            entry = read(line, kind, ignored)
            if entry is not None:
                found.append(entry)
    return found


def publish(
    api: HubApi, entries: Sequence[Entry], told: Callable[[int], None]
) -> tuple[int, int, int]:
    """How many were stored, how many were known, and the position of the newest. `told`: how many
    have been sent, after each page. What was sent before an error stays; the same again is safe."""
    stored = known_ = position = 0
    for page in pages(entries):
        made = api.json("admin", "POST", _PATH, body={"entries": page})
        stored, known_ = stored + made["stored"], known_ + made["known"]
        position = max(position, made["position"])
        told(stored + known_)
    return stored, known_, position


def pages(entries: Sequence[Entry]) -> Iterator[list[dict[str, Any]]]:
    """What others name goes first."""
    page: list[dict[str, Any]] = []
    size = 0
    for one in sorted(entries, key=lambda one: _ORDER[one.kind]):
        line = one.line()
        length = len(json.dumps(line)) + 2
        if page and (size + length > _PAGE or len(page) == MOST_ENTRIES):
            yield page
            page, size = [], 0
        page.append(line)
        size += length
    if page:
        yield page
