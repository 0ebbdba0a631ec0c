"""Pages of events against an independent count: nothing missing, nothing twice, in order."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from core.batch import parse
from core.event import Event, Origin
from core.events.access import Denied, Granted
from core.events.door import Closed, Opened
from core.events.waste import Overflowed
from projections.web.scan import Found, Window, scan, window
from projections.web.selection import Wanted
from tests.fix_core import SEED
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller, add_lines

KINDS = (Granted(), Denied(), Opened(), Closed(), Overflowed())
ORIGINS: tuple[Origin, ...] = ("live", "live", "backfill", "manual")
Json = dict[str, Any]


def fill(rig: HubRig, seed: int, batches: int) -> list[Json]:
    """A log of random batches; its events as plain JSON with their places, found without any of
    the code under test."""
    chance = random.Random(seed)
    for _ in range(batches):
        events: list[Event] = []
        for _ in range(chance.choice((1, 1, 2, 5, 30))):
            kind = chance.choice(KINDS)
            subject = f"{'bin' if isinstance(kind, Overflowed) else 'door'}/{chance.randint(1, 5)}"
            events.append(rig.event(kind, subject, origin=chance.choice(ORIGINS)))
        rig.add(events)
    everything: list[Json] = []
    for notification in rig.log.read(0, 10_000, 10**9):
        for index, line in enumerate(parse(notification.state).lines().splitlines()):
            place = {"position": notification.id, "index": index}
            everything.append({"origin": "live", **json.loads(line), **place})
    return everything


FILTERS: list[tuple[str, Callable[[Json], bool]]] = [
    ("", lambda _: True),
    ("type=access.", lambda e: e["type"].startswith("access.")),
    ("type=door.opened&type=waste", lambda e: e["type"].startswith(("door.opened.", "waste."))),
    ("subject=door/1&subject=bin/2", lambda e: e["subject"] in ("door/1", "bin/2")),
    ("device=3&origin=backfill", lambda e: e["subject"][-2:] == "/3" and e["origin"] == "backfill"),
    ("compound=c01&origin=manual&origin=live", lambda e: e["origin"] != "backfill"),
    ("compound=c02", lambda _: False),
    ("id=test:1:1:1", lambda e: e["id"] == "test:1:1:1"),
]


@pytest.mark.parametrize("limit", [1, 7, 100])
@pytest.mark.parametrize(("query", "matches"), FILTERS)
def test_pages_are_the_brute_force_list(
    caller: Caller, query: str, matches: Callable[[Json], bool], limit: int
) -> None:
    batches = 12 if limit == 1 else 40
    expected = [
        (event["position"], event["index"], event["id"])
        for event in fill(caller.rig, SEED, batches)
        if matches(event)
    ]
    assert walk(caller, query, "after", limit, "0") == expected
    assert walk(caller, query, "before", limit, None) == expected[::-1]


def walk(
    caller: Caller, query: str, direction: str, limit: int, start: str | None
) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    place: int | str | None = start
    for _ in range(2000):
        parts = [query, f"limit={limit}", f"{direction}={place}" if place is not None else ""]
        page = caller.json("/api/v1/events?" + "&".join(part for part in parts if part))
        assert len(page["events"]) <= limit
        found += [(e["position"], e["index"], e["id"]) for e in page["events"]]
        place = page["next"]
        if page["complete"]:
            return found
        assert page["events"], "a page may be empty only when a scan was cut short"
    raise AssertionError("paging does not end")


def test_both_bounds_walk_up_between_them(caller: Caller) -> None:
    everything = fill(caller.rig, SEED + 1, 20)
    page = caller.json("/api/v1/events?after=5&before=9&limit=1000")
    expected = [(e["position"], e["index"]) for e in everything if 5 < e["position"] < 9]
    assert [(e["position"], e["index"]) for e in page["events"]] == expected
    assert page["complete"] is True


def collect(
    rig: HubRig, limits: Window, limit: int, most: int, again: Callable[[Found], Window]
) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    for _ in range(5000):
        found = scan(rig.log, rig.desk.catalog, Wanted(), limits, limit, most)
        places += [(line.item.position, line.item.index) for line in found.lines]
        if found.complete:
            return places
        limits = again(found)
    raise AssertionError("scanning does not end")


@pytest.mark.parametrize("most", [1, 10, 50_000])
@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_a_scan_cut_short_goes_on_where_it_stopped(hub_rig: HubRig, most: int, limit: int) -> None:
    expected = [(e["position"], e["index"]) for e in fill(hub_rig, SEED + 2, 30)]
    head = hub_rig.log.head()
    up = collect(
        hub_rig,
        window("0", None, head),
        limit,
        most,
        lambda found: window(str(found.next), None, head),
    )
    down = collect(
        hub_rig,
        window(None, None, head),
        limit,
        most,
        lambda found: window(None, str(found.next), head),
    )
    assert up == expected
    assert down == expected[::-1]


def test_a_bounded_scan_says_that_it_is_not_complete(hub_rig: HubRig) -> None:
    for _ in range(5):
        hub_rig.add([hub_rig.event(Opened(), "door/1"), hub_rig.event(Closed(), "door/1")])
    nothing = Wanted(compounds=frozenset(["elsewhere"]))
    found = scan(hub_rig.log, hub_rig.desk.catalog, nothing, window("0", None, 5), 10, 4)
    assert (list(found.lines), found.next, found.complete) == ([], 2, False)
    found = scan(hub_rig.log, hub_rig.desk.catalog, nothing, window("2", None, 5), 10, 100)
    assert (list(found.lines), found.next, found.complete) == ([], 5, True)


def test_an_empty_log(caller: Caller) -> None:
    assert caller.json("/api/v1/events") == {"events": [], "next": 1, "complete": True}
    assert caller.json("/api/v1/events?after=0") == {"events": [], "next": 0, "complete": True}
    assert caller.json("/api/v1/events?before=1")["events"] == []


def test_next_is_a_position_wherever_a_page_ends_with_a_batch(caller: Caller) -> None:
    rig = caller.rig
    for _ in range(2):
        rig.add([rig.event(Opened(), "door/1"), rig.event(Closed(), "door/1")])

    def page(query: str) -> tuple[int, int | str, bool]:
        found = caller.json(f"/api/v1/events?{query}")
        return len(found["events"]), found["next"], found["complete"]

    assert page("after=0&limit=1") == (1, "1.0", False)
    assert page("after=0&limit=2") == (2, 1, False)
    assert page("after=1.0&limit=1") == (1, 1, False)
    assert page("after=0&limit=4") == (4, 2, True)
    assert page("limit=1") == (1, "2.1", False)
    assert page("limit=2") == (2, 2, False)
    assert page("before=2.1&limit=1") == (1, 2, False)
    assert page("before=2&limit=2") == (2, 1, True)


def test_what_comes_later_is_found_from_next(caller: Caller) -> None:
    rig = caller.rig
    rig.add([rig.event(Opened(), "door/1")])
    page = caller.json("/api/v1/events?after=0")
    assert (len(page["events"]), page["next"], page["complete"]) == (1, 1, True)
    rig.add([rig.event(Closed(), "door/1")])
    page = caller.json(f"/api/v1/events?after={page['next']}")
    assert [event["type"] for event in page["events"]] == ["door.closed.v1"]


def test_an_event_of_an_unknown_type_is_shown_as_stored(caller: Caller) -> None:
    rig = caller.rig
    event = {
        "id": "new:1",
        "source": "/c/c01/gw/gw01/dev/pump",
        "type": "pump.started.v9",
        "subject": "pump/1",
        "time": "2026-11-20T04:00:00Z",
        "recordedtime": "2026-11-20T04:00:00Z",
        "data": {"rpm": 1200, "deep": [1, {"a": None}]},
    }
    strange = {**event, "id": "new:2", "source": "/c/c01/gw/gw01/odd"}
    add_lines(rig, [json.dumps(event).encode(), json.dumps(strange).encode()])
    (found,) = caller.json("/api/v1/events?compound=c01&device=pump&type=pump.")["events"]
    assert {key: found[key] for key in event} == event
    assert "pump.started.v9" in found["unread"]
    assert (found["position"], found["index"]) == (1, 0)
    page = caller.json("/api/v1/events?after=0")
    assert [one["id"] for one in page["events"]] == ["new:1", "new:2"]


HOSTILE = [
    "limit=0", "limit=1001", "limit=-1", "limit=1e3", "limit=", "limit=9" * 400, "after=-1",
    "after=1.", "after=.1", "after=1.2.3", "after=%EF%BC%91", "after=0x10", "after=" + "9" * 19,
    "before=1;DROP%20TABLE%20stored_events", "before=' OR 1=1 --", "type=", "type=" + "a" * 513,
    "origin=live'", "nosuch=1", "compound=" + "x" * 600, "&".join(["id=a"] * 65),
]  # fmt: skip
HARMLESS = [
    "type=%27%20OR%20%271%27=%271", "subject=../../etc/passwd", "id=%00", "device=%FF%FE",
    "compound=%3Cscript%3E", "type=*", "type=%25", "subject=door/_", "after=" + "9" * 18,
    "before=0", "before=0.5", "after=0.0",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_bad_parameters_are_refused_in_one_sentence(caller: Caller, query: str) -> None:
    caller.rig.add([caller.rig.event(Opened(), "door/1")])
    answer = caller.get(f"/api/v1/events?{query}")
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert "DROP" not in answer.text


@pytest.mark.parametrize("query", HARMLESS)
def test_strange_values_find_only_what_equals_them(caller: Caller, query: str) -> None:
    caller.rig.add([caller.rig.event(Opened(), "door/1")])
    events = caller.json(f"/api/v1/events?{query}")["events"]
    assert len(events) == (1 if query == "after=0.0" else 0)
