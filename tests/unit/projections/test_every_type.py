"""No event a gateway can store stops a view, whatever it is about and however it came."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from core import codec
from core.catalog import CATALOG, Envelope
from core.event import Data, Event, Origin
from core.moment import TimeQuality
from projections.days import at
from projections.safe_community.view import SAFE_COMMUNITY
from projections.state import ViewState
from projections.view import DISTRICT, View
from projections.waste_district.asked.balance import balance
from projections.waste_district.asked.bin_story import bin_story
from projections.waste_district.asked.board import routes
from projections.waste_district.asked.findings import findings
from projections.waste_district.asked.league import league
from projections.waste_district.asked.ledger import ledger
from projections.waste_district.asked.trip_story import trip_story
from projections.waste_district.view import WASTE_DISTRICT
from projections.waste_sorting.view import WASTE_SORTING
from tests.fix_specimens import fullest, smallest
from tests.fix_views import COMPOUND, NOON, Folded, Said

SUBJECTS = (
    "door/1", "gate/1", "camera/1", "bin/a01-food", "point/a01", "vehicle/truck-01", "device/x",
    "facility/f1", "weighbridge/f1-b1", "route/r1", "compound/c01", "bin/", "vehicle/",
    "collection/20261120-am", "gateway/gw01", "alarm/door.forced", "no-kind", "",
)  # fmt: skip
VIEWS = (SAFE_COMMUNITY, WASTE_SORTING, WASTE_DISTRICT)
in_every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))
ORIGINS: tuple[Origin, ...] = ("live", "replay", "backfill", "manual")
Make = Callable[[type[Data]], Data]
QUALITIES: tuple[TimeQuality, ...] = ("device-zone", "device-assumed", "gateway")


def stored_and_read(event: Event) -> Event:
    """As the runner gets it: through the bytes of a batch."""
    return CATALOG.read(msgspec.json.decode(codec.encode(event), type=Envelope))


def as_said_by_all(data: Data) -> list[Event]:
    """The same fact about every kind of thing and of every origin, by gateway or hub."""
    found = []
    for index, (subject, origin) in enumerate(itertools.product(SUBJECTS, ORIGINS)):
        said = Said("hub" if index % 5 == 0 else "gw01")
        quality = QUALITIES[index % len(QUALITIES)]
        event = said.event(data, subject, origin=origin, quality=quality, device="x")
        found.append(stored_and_read(event))
    return found


def check_rows(state: ViewState) -> None:
    view = state.view
    rows = state.rows(DISTRICT if view.over == "district" else COMPOUND)
    for kind, found in rows.items():
        for key, row in found.items():
            assert type(row) is view.kinds[kind]
            again = msgspec.json.decode(msgspec.json.encode(row), type=view.kinds[kind])
            assert again == row, f"{kind} {key!r} is not what is stored of it"
    backwards = {kind: dict(reversed(list(found.items()))) for kind, found in rows.items()}
    assert msgspec.json.encode(view.present(rows)) == msgspec.json.encode(view.present(backwards))


@in_every_view
@pytest.mark.parametrize("name", sorted(CATALOG.types))
@pytest.mark.parametrize("make", [smallest, fullest])
def test_every_type_folds_in_every_view(view: View, name: str, make: Make) -> None:
    bench, data = Folded(view), make(CATALOG.types[name])
    for number, event in enumerate(as_said_by_all(data)):
        gateway = event.source.split("/")[4]
        bench.take(Said(gateway).stands(event, number + 1))
    check_rows(bench.state)


def say_all(state: ViewState, turn: int, make: Make, gateway: str) -> None:
    """Every type, about everything, in a run of its own."""
    said = Said(gateway)
    for index, cls in enumerate(CATALOG.types.values()):
        data, moment = make(cls), NOON + timedelta(minutes=90 * turn + index)
        facts = [
            said.event(data, subject, at=moment, device=f"dev-{index % 5}") for subject in SUBJECTS
        ]
        state.position += 1
        state.fold([said.stands(one, state.position) for one in facts], {})


@in_every_view
def test_all_types_one_after_another(view: View) -> None:
    """Each type meets rows that every other type has left behind."""
    state = ViewState(view)
    say_all(state, 0, fullest, "gw01")
    say_all(state, 1, smallest, "hub")
    say_all(state, 2, fullest, "hub")
    check_rows(state)


def test_whatever_was_told_the_district_answers() -> None:
    state = ViewState(WASTE_DISTRICT)
    say_all(state, 0, fullest, "hub")
    say_all(state, 1, fullest, "gw01")
    kinds = state.rows(DISTRICT)
    assert {"compound", "point", "bin", "vehicle", "route", "facility"} <= kinds.keys()
    first, last = "2026-11-01", "2026-11-30"
    for lines in balance(kinds, first, last).by.values():
        for line in lines:
            assert line.lifted_g == line.received_g + sum(one.grams for one in line.gaps)
    assert {one.kind for one in findings(kinds, first, last)} >= {"unknown-bin"}
    now_ms = at(last, "00:00")
    assert {one.compound for one in league(kinds, first, last, now_ms)} >= {COMPOUND}
    assert all(trip_story(kinds, key) for key in kinds["trip"])
    assert all(bin_story(kinds, key, now_ms) for key in kinds["bin"])
    assert routes(kinds, "2026-11-22", now_ms)
    for compound in kinds["compound"]:
        made = ledger(kinds, compound, "2026-11")
        assert made.quantity_g == sum(line.quantity_g for line in made.lines)


def test_a_specimen_says_something_in_every_field() -> None:
    """The fullest specimen would test nothing if it were the smallest one."""
    for cls in CATALOG.types.values():
        full = fullest(cls)
        for field in msgspec.structs.fields(cls):
            if not field.required:
                least = smallest(cls)
                assert getattr(full, field.name) != getattr(least, field.name), (cls, field.name)


@pytest.mark.parametrize(
    "name",
    sorted(one for one in CATALOG.types if not one.startswith(("gateway.", "ingest.", "alarm."))),
)
def test_a_device_that_speaks_is_seen(name: str, safe: Folded) -> None:
    """Whatever it says: the list of devices is complete without a type being listed for it."""
    safe.say(smallest(CATALOG.types[name]), "door/1", device="door-1")
    assert safe.keys("device") == ["door-1"]
