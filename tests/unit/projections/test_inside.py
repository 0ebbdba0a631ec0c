"""Who is inside, and how sure that is: passages by time, whatever order they are heard in."""

from datetime import timedelta
from itertools import permutations
from typing import Any

from core.clock import rfc3339
from core.events.access import Granted, NotTaken, Taken
from core.events.device import GapDetected
from core.events.door import PassageCounted
from core.events.policy import Adopted, Published
from core.site import Area, Door, Site
from projections.safe_community import occupancy
from projections.safe_community.rows.passages import Passage, Recent
from projections.safe_community.rows.places import Inside, Place
from projections.safe_community.view import SAFE_COMMUNITY
from tests.fix_views import COMPOUND, NOON, Folded, bare, minutes

GATE, TOWER, WHEEL = "gate/main", "door/tower", "gate/wheel"
SITE = Site(
    areas={"compound": Area(title="小区", capacity=40), "tower": Area(parent="compound")},
    doors={
        "main": Door(),
        "tower": Door(from_area="compound", to_area="tower"),
        "wheel": Door(counts=True),
    },
)


def somebody(direction: str, ref: str = "s:1", who: str = "resident") -> Granted:
    known: dict[str, Any] = {"direction": direction, "subject_class": who}
    return Granted(subject_ref=ref, **known)


def published(view: Folded) -> Folded:
    told = Published(version=1, sha256="00", site=SITE)
    view.say(told, "policy/c01", gateway="hub", origin="manual", at=NOON - minutes(1))
    return view


def place(view: Folded, area: str = "compound") -> Place:
    found = occupancy.places(view.state.rows(COMPOUND))
    return next(one for one in found if one.area == area)


def test_in_and_out_by_class_and_areas_lie_in_each_other(safe: Folded) -> None:
    published(safe)
    safe.say(somebody("in"), GATE)
    safe.say(somebody("in", "s:2", "visitor"), GATE, at=NOON + minutes(1))
    safe.say(somebody("in"), TOWER, at=NOON + minutes(2))
    row = place(safe)
    assert (row.count, row.by_class, row.entries, row.exits) == (
        2, {"resident": 1, "visitor": 1}, 2, 0,
    )  # fmt: skip
    assert (row.title, row.capacity) == ("小区", 40)
    assert place(safe, "tower").by_class == {"resident": 1}
    assert safe.row("inside", "s:1", Inside).area == "tower"
    safe.say(somebody("out"), TOWER, at=NOON + minutes(3))
    safe.say(somebody("out"), GATE, at=NOON + minutes(4))
    assert (place(safe).count, place(safe, "tower").count) == (1, 0)
    assert safe.keys("inside") == ["s:2"]


def test_any_order_of_hearing_ends_alike() -> None:
    steps = [("in", GATE), ("in", TOWER), ("out", TOWER), ("out", GATE)]
    ends = []
    for order in permutations(range(4)):
        view = published(Folded(SAFE_COMMUNITY))
        for index in order:
            direction, door = steps[index]
            view.say(
                somebody(direction), door, gateway=f"gw0{index}", at=NOON + minutes(index),
                id=str(index), device=f"d{index}",
            )  # fmt: skip
        rows = bare(view.state.rows(COMPOUND))
        ends.append((rows["place"], rows.get("inside", {}), rows["moves"]))
    assert all(end == ends[0] for end in ends)
    assert ends[0][0]["compound"]["count"] == 0


def test_where_a_door_tells_takings_a_grant_is_no_passage(safe: Folded) -> None:
    safe.say(somebody("in"), GATE, id="g1")
    safe.say(Taken(grant="g1"), GATE)
    assert place(safe).entries == 1, "the first grant was counted before it was known"
    safe.say(somebody("in", "s:2"), GATE, id="g2")
    assert place(safe).entries == 1
    safe.say(NotTaken(grant="g2"), GATE)
    assert (place(safe).entries, safe.keys("inside")) == (1, ["s:1"])
    taken = {one.id: one.taken for one in passages(safe)}
    assert taken == {"g1": "taken", "g2": "nottaken"}


def passages(view: Folded) -> tuple[Passage, ...]:
    return view.row("recent", "passages", Recent).passages


def test_a_grant_that_was_not_taken_is_undone(safe: Folded) -> None:
    safe.say(somebody("in"), GATE, id="g1")
    safe.say(NotTaken(grant="g1"), GATE)
    assert (place(safe).entries, place(safe).count, safe.keys("inside")) == (0, 0, [])


def test_never_negative_and_an_unmatched_exit_widens_the_bounds(safe: Folded) -> None:
    safe.say(somebody("out"), GATE)
    safe.say(somebody("out", ""), GATE, at=NOON + minutes(1))
    row = place(safe)
    assert (row.count, row.low, row.high, row.unmatched) == (0, 0, 1, 1)


def test_people_without_a_reference_count_for_a_day(safe: Folded) -> None:
    safe.say(somebody("in", ""), GATE)
    assert (place(safe).count, place(safe).low) == (1, 0)
    safe.say(somebody("in"), GATE, at=NOON + timedelta(hours=26))
    assert place(safe).by_class == {"resident": 1}


def test_stale_and_missing_records_lower_what_is_certain(safe: Folded) -> None:
    safe.say(somebody("in"), GATE)
    safe.say(somebody("in", "s:2"), GATE, at=NOON + timedelta(hours=25))
    row = place(safe)
    assert (row.count, row.stale, row.low) == (2, 1, 1)
    safe.say(
        GapDetected(from_record=4, to_record=6), "device/main", device="main",
        at=NOON + timedelta(hours=25),
    )  # fmt: skip
    row = place(safe)
    assert (row.missing, row.low, row.high) == (3, 0, 5)


def test_a_counter_counts_heads_and_grants_give_names(safe: Folded) -> None:
    published(safe)
    safe.say(Adopted(version=1, sha256="00"), "gateway/gw01", device="gw01")
    safe.say(somebody("in"), WHEEL, at=NOON)
    safe.say(PassageCounted(direction="in", count=2), WHEEL, at=NOON)
    row = place(safe)
    assert (row.entries, row.count, row.low) == (2, 2, 1)
    assert row.by_class == {"resident": 1, "unknown": 1}


def test_without_a_direction_nobody_moves(safe: Folded) -> None:
    safe.say(somebody("unknown"), GATE)
    assert safe.keys("place") == []
    assert passages(safe)[0].ref == "s:1"
    assert passages(safe)[0].at == rfc3339(NOON)
