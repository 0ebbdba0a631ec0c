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
_CARRIED = ("uid_hex", "plate_ref")
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
    api: HubApi,
    entries: Sequence[Entry],
    told: Callable[[int], None],
    known: Sequence[Entry] = (),
) -> tuple[int, int, int]:
    """How many were stored, how many were known, and the position of the newest. `told`: how many
    have been sent, after each page. `known`: what the hub has. What was sent before an error
    stays; the same again is safe."""
    stored = had = position = 0
    for page in pages(entries, known):
        made = api.json("admin", "POST", _PATH, body={"entries": page})
        stored, had = stored + made["stored"], had + made["known"]
        position = max(position, made["position"])
        told(stored + had)
    return stored, had, position


def pages(entries: Sequence[Entry], known: Sequence[Entry] = ()) -> Iterator[list[dict[str, Any]]]:
    """What others name goes first."""
    page: list[dict[str, Any]] = []
    size = 0
    for unit in _units(entries, known):
        lines = [one.line() for one in unit]
        length = sum(len(json.dumps(line)) + 2 for line in lines)
        together = length <= _PAGE and len(lines) <= MOST_ENTRIES
        for part in [lines] if together else [[line] for line in lines]:
            length = sum(len(json.dumps(line)) + 2 for line in part)
            if page and (size + length > _PAGE or len(page) + len(part) > MOST_ENTRIES):
                yield page
                page, size = [], 0
            page += part
            size += length
    if page:
        yield page


def _units(entries: Sequence[Entry], known: Sequence[Entry]) -> list[list[Entry]]:
    """Those of bins that share a tag, and of vehicles that share a plate, together: the hub takes
    no page by which two carry one, and what takes it from the first may be of a later kind."""
    parents: dict[str, str] = {}

    def root(of: str) -> str:
        while (parent := parents.setdefault(of, of)) != of:
            parents[of] = of = parents[parent]
        return of

    for one in (*known, *entries):
        for carried in filter(None, (getattr(one.data, key, "") for key in _CARRIED)):
            parents[root(carried)] = root(_thing(one))
    units: dict[str, list[Entry]] = {}
    for number, one in enumerate(sorted(entries, key=_order)):
        apart = one.of not in ("bin", "vehicle") or one.kind == "swap"
        units.setdefault(str(number) if apart else root(_thing(one)), []).append(one)
    return list(units.values())


def _thing(entry: Entry) -> str:
    return f"{entry.of}/{entry.thing}"


def _order(entry: Entry) -> int:
    return _ORDER[entry.kind]
