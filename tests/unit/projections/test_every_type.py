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
from projections.state import ViewState
from projections.view import View
from tests.fix_specimens import fullest, smallest
from tests.fix_views import COMPOUND, NOON, Folded, Said

SUBJECTS = (
    "door/1", "gate/1", "camera/1", "bin/a01-food", "point/a01", "vehicle/truck-01", "device/x",
    "collection/20261120-am", "gateway/gw01", "alarm/door.forced", "no-kind", "",
)  # fmt: skip
ORIGINS: tuple[Origin, ...] = ("live", "replay", "backfill", "manual")
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


def check_rows(state: ViewState, view: View) -> None:
    rows = state.rows(COMPOUND)
    for kind, found in rows.items():
        for key, row in found.items():
            assert type(row) is view.kinds[kind]
            again = msgspec.json.decode(msgspec.json.encode(row), type=view.kinds[kind])
            assert again == row, f"{kind} {key!r} is not what is stored of it"
    backwards = {kind: dict(reversed(list(found.items()))) for kind, found in rows.items()}
    assert msgspec.json.encode(view.present(rows)) == msgspec.json.encode(view.present(backwards))


@pytest.mark.parametrize("name", sorted(CATALOG.types))
@pytest.mark.parametrize("make", [smallest, fullest])
def test_every_type_folds_in_every_view(
    name: str, make: Callable[[type[Data]], Data], safe: Folded, waste: Folded
) -> None:
    data = make(CATALOG.types[name])
    for bench in (safe, waste):
        for number, event in enumerate(as_said_by_all(data)):
            gateway = event.source.split("/")[4]
            bench.take(Said(gateway).stands(event, number + 1))
        check_rows(bench.state, bench.state.view)


def test_all_types_one_after_another(safe: Folded, waste: Folded) -> None:
    """Each type meets rows that every other type has left behind."""
    for bench in (safe, waste):
        for turn, make in enumerate((fullest, smallest, fullest)):
            for index, cls in enumerate(CATALOG.types.values()):
                for subject in SUBJECTS:
                    at = NOON + timedelta(minutes=90 * turn + index)
                    bench.say(make(cls), subject, at=at, device=f"dev-{index % 5}")
        check_rows(bench.state, bench.state.view)


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
