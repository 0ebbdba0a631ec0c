"""Old, new and why: what a ticket's balance was said to be before."""

import msgspec

from projections.days import at
from projections.waste_district.loads.revisions import LAST_REVISIONS, note
from projections.waste_district.rows.trips import Gap, Revisions, Trip
from tests.fix_loads import DAY, Weighbridge, lift, word

CAUSE = word("corrected", at(DAY, "15:00"), netG=40_000, reason="typed wrong")
BEFORE = Trip(
    vehicle="v1", day=DAY, n=1, ticket="f1|t1", lifted_g=50_000, received_g=48_000
)  # fmt: skip
REVISED = msgspec.structs.replace(BEFORE, received_g=40_000)


def test_it_says_what_was_what_is_and_why() -> None:
    rows = Weighbridge().rows
    (trip,) = note(rows, CAUSE, [BEFORE], [REVISED])
    assert trip.revised == 1
    found = rows.get("revision", "f1|t1", Revisions)
    assert found is not None
    (one,) = found.revisions
    assert (one.received_was, one.received_is) == (48_000, 40_000)
    assert (one.lifted_was, one.lifted_is) == (50_000, 50_000)
    assert (one.cause, one.why) == (CAUSE.event.id, "waste.ticket.corrected.v1")
    assert (one.position, one.recorded) == (CAUSE.position, CAUSE.event.recordedtime)


def test_what_says_the_same_is_no_revision_and_none_is_forgotten() -> None:
    rows = Weighbridge().rows
    once = msgspec.structs.replace(BEFORE, revised=3)
    (trip,) = note(rows, CAUSE, [once], [BEFORE])
    assert trip.revised == 3
    assert rows.get("revision", "f1|t1", Revisions) is None


def test_a_load_that_was_not_weighed_empty_yet_is_not_revised_by_its_tare() -> None:
    rows = Weighbridge().rows
    waiting = msgspec.structs.replace(
        BEFORE, received_g=0, gaps=(Gap(name="unweighed-load", grams=50_000),)
    )
    (trip,) = note(rows, CAUSE, [waiting], [BEFORE])
    assert trip.revised == 0


def test_a_ticket_keeps_its_story_when_its_trip_gets_another_number() -> None:
    rows = Weighbridge().rows
    earlier = Trip(vehicle="v1", day=DAY, n=1, ticket="f1|t0")
    later = msgspec.structs.replace(REVISED, n=2)
    made = note(rows, CAUSE, [BEFORE], [earlier, later])
    assert [one.revised for one in made] == [0, 1]


def test_only_the_newest_are_kept() -> None:
    rows = Weighbridge().rows
    trips = [BEFORE, REVISED]
    for n in range(LAST_REVISIONS + 3):
        note(rows, CAUSE, [trips[n % 2]], [trips[1 - n % 2]])
    found = rows.get("revision", "f1|t1", Revisions)
    assert found is not None
    assert len(found.revisions) == LAST_REVISIONS


def test_a_late_lift_revises_the_lifted_mass() -> None:
    heard = Weighbridge([word("weighed", at(DAY, "10:00"), grossG=9_100_000, tareG=9_000_000)])
    on_time = [lift(at(DAY, "08:00"))]
    before = heard.trips(on_time)
    after = heard.trips([*on_time, lift(at(DAY, "08:10"))])
    note(heard.rows, CAUSE, before, after)
    found = heard.rows.get("revision", "f1|t1", Revisions)
    assert found is not None
    assert (found.revisions[0].lifted_was, found.revisions[0].lifted_is) == (50_000, 100_000)


def test_a_refused_load_that_is_taken_elsewhere_is_not_said_otherwise() -> None:
    rows = Weighbridge().rows
    away = msgspec.structs.replace(BEFORE, outcome="refused", received_g=0, refused=("f1|t1",))
    (taken,) = note(
        rows, CAUSE, [away], [msgspec.structs.replace(away, ticket="f2|t2", received_g=7)]
    )
    assert taken.revised == 0


def test_a_load_that_is_no_more_is_nothing_now() -> None:
    rows = Weighbridge().rows
    assert note(rows, CAUSE, [BEFORE], []) == []
    found = rows.get("revision", "f1|t1", Revisions)
    assert found is not None
    (one,) = found.revisions
    assert (one.trip, one.received_was, one.received_is) == (BEFORE.key, 48_000, 0)
