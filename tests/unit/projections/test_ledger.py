"""A compound's month: every gram of its trips is in a line, and every line names its events."""

import msgspec
import pytest

from projections.waste_district.asked.ledger import Ledger, Line, changes, ledger
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Part, Trip
from tests import fix_district as district
from tests.fix_ledger import LEDGER, LINES, line

MONTH = "2026-11"
_replace = msgspec.structs.replace


@pytest.fixture
def rows() -> district.Rows:
    """Three compounds; a food and a residual vehicle on two days."""
    made = district.register()
    for day in ("2026-11-20", "2026-11-21"):
        for route in ("r001-am", "r004-am"):
            district.drive(made, route, day, delivered=True)
    return made


def trips(rows: district.Rows) -> list[Trip]:
    return [one for one in rows["trip"].values() if isinstance(one, Trip)]


def put(rows: district.Rows, trip: Trip) -> None:
    rows["trip"][trip.key] = trip


def test_it_holds_the_four_things_and_nothing_of_a_neighbour(rows: district.Rows) -> None:
    found = ledger(rows, "c002", MONTH)
    assert (found.compound, found.name, found.street) == ("c002", "小区2", "清河")
    assert [(one.category, one.transporter, one.destination) for one in found.totals] == [
        ("food", "京环", "f01厂"),
        ("residual", "京环", "f02厂"),
    ]
    assert {one.day for one in found.lines} == {"2026-11-20", "2026-11-21"}
    assert all(one.lifts for one in found.lines)


def test_over_all_compounds_it_is_what_the_trips_brought(rows: district.Rows) -> None:
    whole = sum(ledger(rows, name, MONTH).quantity_g for name in rows["compound"])
    assert whole == sum(part.net_g for trip in trips(rows) for part in trip.parts) > 0


def test_a_total_names_its_lines_and_is_their_sum(rows: district.Rows) -> None:
    found = ledger(rows, "c001", MONTH)
    assert found.totals[0].first == 1
    assert found.totals[-1].last == len(found.lines)
    for total in found.totals:
        lines = found.lines[total.first - 1 : total.last]
        assert total.quantity_g == sum(one.quantity_g for one in lines)
        assert {one.category for one in lines} == {total.category}
        assert total.lifts == sum(one.lifts for one in lines)
        assert total.trips == len(lines)
    assert found.quantity_g == sum(one.quantity_g for one in found.totals)


def test_every_line_names_each_of_its_lifts_and_every_word_about_its_ticket(
    rows: district.Rows,
) -> None:
    found = ledger(rows, "c003", MONTH)
    for one in found.lines:
        ticket = rows["ticket"][one.ticket]
        assert isinstance(ticket, Ticket)
        words = tuple((word.id, word.position) for word in ticket.words)
        assert tuple((event.id, event.position) for event in one.events[one.lifts :]) == words
        vehicle = one.trip.partition("/")[0]
        lifted = [event.id for event in one.events[: one.lifts]]
        assert len(set(lifted)) == one.lifts
        assert all(each.startswith(f"{vehicle}-{one.day}-") for each in lifted)
    named = [event.id for one in found.lines for event in one.events]
    assert len(named) == len(set(named))


def test_a_facility_that_took_some_of_it_has_a_total_of_its_own(rows: district.Rows) -> None:
    """Though the other one took what came before and after."""
    first, second = sorted(
        (one for one in trips(rows) if one.category == "food"), key=lambda one: one.opened_ms
    )
    put(rows, _replace(second, site="f02"))
    put(rows, _replace(first, day="2026-11-22", n=9))
    found = [one for one in ledger(rows, "c001", MONTH).totals if one.category == "food"]
    assert [(one.destination, one.trips) for one in found] == [("f01厂", 2), ("f02厂", 1)]


def test_another_month_is_another_ledger(rows: district.Rows) -> None:
    assert ledger(rows, "c001", "2026-10").lines == ()
    assert ledger(rows, "c001", "2026-12").lines == ()
    assert ledger(rows, "c009", MONTH).lines == ()


def test_what_was_not_brought_anywhere_has_no_destination(rows: district.Rows) -> None:
    trip = trips(rows)[0]
    put(rows, _replace(trip, outcome="refused"))
    (one,) = [
        found
        for found in ledger(rows, "c001", MONTH).lines
        if found.trip == f"{trip.vehicle}/{trip.day}/{trip.n}"
    ]
    assert (one.facility, one.destination, one.outcome) == ("", "", "refused")
    assert one.quantity_g > 0


def test_a_load_under_way_is_undelivered_once_the_district_is_known_long_enough(
    rows: district.Rows,
) -> None:
    first = min(trips(rows), key=lambda one: one.opened_ms)
    put(rows, _replace(first, outcome="open", ticket="", site=""))
    outcomes = {one.outcome for one in ledger(rows, "c001", MONTH).lines}
    assert outcomes == {"undelivered", "delivered"}


def test_loads_from_a_transfer_station_are_nobody_s_line(rows: district.Rows) -> None:
    trip = trips(rows)[0]
    before = ledger(rows, "c001", MONTH)
    put(rows, _replace(trip, n=9, kind="transfer"))
    assert ledger(rows, "c001", MONTH) == before


def test_what_is_known_by_place_or_unweighed_is_said(rows: district.Rows) -> None:
    trip = trips(rows)[0]
    part = Part(compound="c001", category="food", net_g=9, lifts=2, unweighed=1, presumed_g=4)
    put(rows, _replace(trip, parts=(part,), mixed="wrong-stream"))
    (one,) = [found for found in ledger(rows, "c001", MONTH).lines if found.mixed]
    assert (one.quantity_g, one.unweighed, one.presumed_g) == (9, 1, 4)


# --- revisions ------------------------------------------------------------------------------------


def said(was: Ledger, now: Ledger) -> list[tuple[str, str, str, str]]:
    return [(one.trip, one.field, one.was, one.now) for one in changes(was, now)]


def test_nothing_is_said_of_what_is_alike() -> None:
    assert changes(LEDGER, LEDGER) == ()


def test_each_field_is_said_old_and_new_with_the_events_that_came() -> None:
    came = line(7).events[0]
    more = _replace(LINES[0], quantity_g=125_000, lifts=3, events=(*LINES[0].events, came))
    found = changes(LEDGER, _replace(LEDGER, lines=(more, *LINES[1:])))
    assert [(one.field, one.was, one.now) for one in found] == [
        ("quantity", "123005", "125000"),
        ("lifts", "2", "3"),
        ("events", "2", "3"),
    ]
    assert {one.events for one in found} == {(came,)}


def test_whatever_two_revisions_say_otherwise_is_listed() -> None:
    """A field that nobody compares would make a revision without a difference."""
    for field in Line.__struct_fields__:
        if field in ("category", "day"):  # of another one it is another line
            continue
        value = getattr(LINES[0], field)
        other: dict[type, object] = {str: f"{value}x", int: 7, bool: not value, tuple: ()}
        changed = _replace(LINES[0], **{field: other[type(value)]})
        assert changes(LEDGER, _replace(LEDGER, lines=(changed, *LINES[1:]))), field
    for field in ("name", "street"):
        (one,) = changes(LEDGER, _replace(LEDGER, **{field: "another"}))
        assert (one.field, one.was, one.now) == (field, getattr(LEDGER, field), "another")


def test_a_line_that_came_and_one_that_went() -> None:
    late = line(9)
    now = _replace(LEDGER, lines=(*LINES[1:], late))
    assert said(LEDGER, now) == [
        (LINES[0].trip, "line", "123005", ""),
        (late.trip, "line", "", "123013"),
    ]


def test_a_trip_that_got_another_number_is_the_same_line() -> None:
    """A ticket that came late makes one trip of the day two; the second is not another one."""
    moved = _replace(LINES[0], trip="v001/2026-10-01/2")
    assert said(LEDGER, _replace(LEDGER, lines=(moved, *LINES[1:]))) == [
        ("v001/2026-10-01/2", "trip", "v001/2026-10-01/1", "v001/2026-10-01/2")
    ]


def test_a_load_whose_ticket_came_late_is_the_same_line() -> None:
    """The commonest of all revisions: where it went was not known, and now is."""
    lift, ticket = line(3).events
    open_ = _replace(LINES[2], events=(lift,))
    now = line(3, transporter=open_.transporter, trip="v001/2026-10-03/2", events=(lift, ticket))
    was = _replace(LEDGER, lines=(*LINES[:2], open_))
    found = changes(was, _replace(LEDGER, lines=(*LINES[:2], now)))
    assert [(one.field, one.was, one.now) for one in found] == [
        ("destination", "", "大屯处理厂 (f01)"),
        ("outcome", "undelivered", "delivered"),
        ("trip", "v001/2026-10-03/1", "v001/2026-10-03/2"),
        ("ticket", "", "f01|T-3"),
        ("events", "1", "2"),
    ]
    assert {one.events for one in found} == {(ticket,)}


def test_a_trip_that_a_late_ticket_cut_in_two_is_its_old_line_and_a_new_one() -> None:
    (first, told), (second, late) = line(1).events, line(7).events
    whole = _replace(LINES[0], events=(first, second, told))
    begun = _replace(LINES[0], lifts=1, quantity_g=1, events=(first, late), ticket="f01|T-7")
    rest = _replace(LINES[0], lifts=1, quantity_g=123_004, events=(second, told))
    found = said(_replace(LEDGER, lines=(whole,)), _replace(LEDGER, lines=(begun, rest)))
    assert [one[1:] for one in found] == [
        ("quantity", "123005", "123004"),
        ("lifts", "2", "1"),
        ("events", "3", "2"),
        ("line", "", "1"),
    ]
