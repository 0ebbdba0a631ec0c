"""What is worked out of a register is worked out again when it may be otherwise, and only then."""

from itertools import permutations

import pytest

from core.event import Data
from core.events.register import (
    CarrierEntered,
    CompoundEntered,
    EntryEnded,
    FacilityEntered,
    PointEntered,
    RouteEntered,
    VehicleEntered,
    WeighbridgeEntered,
)
from core.events.waste import BinProfiled, BinScrapped, BinSwapped, TagAssigned, TagRemoved
from projections.view import DISTRICT
from projections.waste_district.register.register import Register
from projections.waste_district.rows.register import EDITION, Edition
from tests.fix_register import Registered, day, entered

MONDAY = "2026-10-05"


@pytest.fixture
def said() -> Registered:
    made = Registered()
    made.point("p1", lat=22.54, lon=114.05)
    for name in ("b1", "b2"):
        made.bin(name, point="p1", category="food", tareG=12_000)
    made.vehicle("v1")
    made.route("r1", bins=["c01/b1", "c01/b2"], start="05:30", end="09:00")
    return made


def edition(said: Registered) -> str:
    found = said.rows.get("edition", EDITION, Edition)
    assert found is not None
    return found.of


SINCE = day(3)


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        (PointEntered(compound="c01", lat=22.55, lon=114.05, valid_from=SINCE), "point/p1"),
        (EntryEnded(kind="point", valid_from=SINCE), "point/p1"),
        (BinScrapped(valid_from=SINCE), "bin/b1"),
        (BinSwapped(replaced_by="b9", valid_from=SINCE), "bin/b1"),
        (TagAssigned(uid_hex="AB", valid_from=SINCE), "bin/b7"),  # of which nothing was known
        (RouteEntered(vehicle="v1", bins=("c01/b1",), valid_from=SINCE), "route/r1"),
        (EntryEnded(kind="route", valid_from=SINCE), "route/r1"),
    ],
)
def test_another_plan_or_place_is_another_edition(
    said: Registered, data: Data, subject: str
) -> None:
    before = edition(said)
    said.say(data, subject)
    assert edition(said) != before
    assert len(edition(said)) == len(before) == 32


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        (PointEntered(compound="c01", lat=22.54, lon=114.05, name="N", valid_from=SINCE),
         "point/p1"),
        (BinProfiled(empty_mm=900, full_mm=100, valid_from=SINCE), "bin/b1"),
        (TagAssigned(uid_hex="AB", valid_from=SINCE), "bin/b1"),
        (TagRemoved(uid_hex="AB", valid_from=SINCE), "bin/b1"),
        (TagRemoved(uid_hex="AB", valid_from=SINCE), "bin/b7"),
        (CompoundEntered(valid_from=SINCE), "compound/c01"),
        (CarrierEntered(valid_from=SINCE), "carrier/k1"),
        (VehicleEntered(valid_from=SINCE, categories=("food",)), "vehicle/v1"),
        (FacilityEntered(valid_from=SINCE), "facility/f1"),
        (WeighbridgeEntered(facility="f1", valid_from=SINCE), "weighbridge/f1-b1"),
        (RouteEntered(vehicle="v1", valid_from=SINCE), "r1"),
        (RouteEntered(vehicle="v1", valid_from=SINCE), "vehicle/v1"),
    ],
)  # fmt: skip
def test_any_other_word_leaves_what_was_worked_out(
    said: Registered, data: Data, subject: str
) -> None:
    before, asked = edition(said), said.register.routes("v1", MONDAY)
    said.say(data, subject)
    assert edition(said) == before
    assert said.register.routes("v1", MONDAY) is asked


def test_a_register_that_is_told_again_leaves_it(said: Registered) -> None:
    before = edition(said)
    for one in tuple(said.said):
        said.say(one.event.data, one.event.subject, compound=one.compound)
    assert edition(said) == before


def test_it_is_the_same_in_any_order(said: Registered) -> None:
    whole = edition(said)
    for order in permutations(said.said, len(said.said)):
        assert entered(order)["edition"][EDITION] == Edition(of=whole)


def test_stores_that_say_other_things_never_answer_for_each_other() -> None:
    """Under the same names and ids, and in turn."""
    stores = []
    for start in ("05:00", "06:00"):
        store = Registered()
        store.bin("b1")
        store.route("r1", bins=["c01/b1"] if start == "05:00" else ["c01/b2"], start=start)
        stores.append(store)
    one, other = stores
    for _ in range(2):
        assert one.register.routes("v1", MONDAY)[0].bins == ("c01/b1",)
        assert other.register.routes("v1", MONDAY)[0].unknown == ("c01/b2",)
    assert Register({}).routes("v1", MONDAY) == ()
    one.say(EntryEnded(kind="route", valid_from=day(1)), "route/r1", compound=DISTRICT)
    assert one.register.routes("v1", MONDAY) == ()
    assert len(other.register.routes("v1", MONDAY)) == 1
