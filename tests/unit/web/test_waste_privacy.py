"""A vehicle that is in no register is known by a reference to its plate, and that is shown nowhere:
not in rows as they are presented, answers, findings, alarms or ledgers (I6)."""

import re
from collections.abc import Iterator

import orjson
import pytest

from core.clock import rfc3339
from core.events.register import VehicleEntered
from core.events.waste import BinCollected, LoadWeighed
from projections.view import DISTRICT
from projections.waste_district.register.plates import unregistered
from projections.web.deed import event_of
from tests.fix_waste_hub import FOOD, NOW, SINCE, SPOT, TAGS, WasteHub, at
from tests.fix_waste_hub import waste_hub as waste_hub
from tests.unit.web.conftest import Caller

STRANGER, OTHER = f"s:{'5' * 32}", f"s:{'a' * 32}"
NAME = unregistered(STRANGER)
BASE = "/api/v1/waste"
OCTOBER = "from=2026-10-01&to=2026-10-31"
REFERENCE = re.compile(rb"s:[0-9a-f]{32}")


def lift(hub: WasteHub, plate: str, day: int, clock: str, bin_: str = "f1") -> None:
    data = BinCollected(
        vehicle_ref=plate, uid_hex=TAGS[bin_], lat=SPOT[0], lon=SPOT[1], gross_g=92_000,
        tare_g=12_000, category="food",
    )  # fmt: skip
    hub.rig.add([hub.rig.event(data, "device/lifter", at=at(day, clock))])


def weigh(hub: WasteHub, plate: str, day: int, clock: str, net_g: int) -> None:
    data = LoadWeighed(
        site="f01", ticket_no=f"P-{day}-{clock}", vehicle_ref=plate, weighbridge="f01-b1",
        gross_g=9_000_000 + net_g, tare_g=9_000_000,
    )  # fmt: skip
    hub.rig.add([hub.rig.event(data, "weighbridge/f01-b1", at=at(day, clock))])


def register(hub: WasteHub, name: str, plate: str) -> None:
    entered = VehicleEntered(valid_from=SINCE, categories=("food",), plate_ref=plate)
    subject = f"vehicle/{name}"
    hub.rig.own.append([event_of(DISTRICT, subject, entered, rfc3339(NOW), f"entry:{subject}")])


@pytest.fixture
def caller(waste_hub: WasteHub) -> Caller:
    """Much of what can be found of a stranger: a lift told twice, a gap, a ticket without lifts, a
    load that was never brought, a refusal far away; and another one's day like any other."""
    hub = waste_hub
    for minute, bin_ in ((0, "f1"), (5, "f1"), (8, "o1"), (40, "o1"), (70, "o1")):
        lift(hub, STRANGER, 5, f"{8 + minute // 60:02}:{minute % 60:02}", bin_)
    weigh(hub, STRANGER, 5, "10:00", 5_000_000)
    weigh(hub, STRANGER, 6, "10:00", 3_000_000)
    lift(hub, STRANGER, 7, "08:00")
    far = BinCollected(vehicle_ref=STRANGER, lat=30.0, lon=SPOT[1], refused_reason="mixed")
    hub.rig.add([hub.rig.event(far, "device/lifter", at=at(7, "08:01"))])
    lift(hub, OTHER, 8, "08:00")
    weigh(hub, OTHER, 8, "10:00", 80_000)
    hub.rig.settle()
    return Caller(hub.rig)


def told(caller: Caller) -> Iterator[tuple[str, bytes]]:
    view = caller.rig.runner.views["waste_district"]
    yield "present", orjson.dumps(view.present(caller.rig.runner.rows(view.name, DISTRICT)[1]))
    days = "from=2026-10-05&to=2026-10-08"
    for path in (
        *(f"{BASE}/balance?{OCTOBER}&by={by}" for by in ("trip", "day", "compound")),
        f"{BASE}/findings?{OCTOBER}", f"{BASE}/league?{OCTOBER}", f"{BASE}/bins/{FOOD}",
        f"{BASE}/routes?day=2026-10-05", f"{BASE}/ledger/c01/2026-10",
        f"{BASE}/ledger/c01/2026-10?format=csv", f"{BASE}/fiware/WasteObserved?{days}",
        f"/api/v1/views/waste_district/{DISTRICT}", f"/api/v1/alarms/{DISTRICT}",
        *(f"{BASE}/trips/{key.replace('|', '/')}" for key in trips(caller)),
    ):  # fmt: skip
        answer = caller.ask("GET", path)
        assert answer.status_code == 200, (path, answer.text)
        yield path, answer.content


def trips(caller: Caller) -> list[str]:
    lines = caller.json(f"{BASE}/balance?{OCTOBER}&by=trip")["lines"]
    return [one["key"] for one in lines]


def test_a_plate_nobody_registered_is_shown_nowhere(caller: Caller) -> None:
    found = caller.json(f"{BASE}/findings?{OCTOBER}")
    mine = {one["kind"] for one in found["findings"] if one["vehicle"] == NAME}
    assert mine >= {"double-read", "gap", "no-lifts", "not-delivered", "two-places"}
    assert len([key for key in trips(caller) if key.startswith(NAME)]) == 3
    for what, held in told(caller):
        assert REFERENCE.search(held) is None, what


def test_a_plate_that_is_registered_later_finds_its_hauls(
    caller: Caller, waste_hub: WasteHub
) -> None:
    register(waste_hub, "v002", STRANGER)
    register(waste_hub, "v003", OTHER)
    waste_hub.rig.settle()
    assert {key.partition("|")[0] for key in trips(caller)} == {"v002", "v003"}
    for what, held in told(caller):
        assert REFERENCE.search(held) is None, what
