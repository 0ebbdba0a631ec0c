"""Tickets as words make them: gross and tare apart, verdicts, corrections, in any order."""

import itertools

import pytest

from core.event import Recorded
from projections.days import DAY_MS, at
from projections.waste_district.loads.tickets import LAST_WORDS, NOBODY, tickets_of
from projections.waste_district.register.plates import unregistered
from projections.waste_district.rows.hauls import Haul
from projections.waste_district.rows.tickets import Tickets
from projections.waste_district.rows.trips import Trip
from tests.fix_loads import DAY, Weighbridge, weighed, word

TEN = at(DAY, "10:00")
MINUTE = 60_000


def test_gross_and_tare_may_come_as_two_words() -> None:
    heard = Weighbridge([word("weighed", TEN, grossG=12_000_000)])
    assert heard.ticket().net_g is None
    heard.hear(word("weighed", TEN + 9 * MINUTE, tareG=9_000_000, tareFrom="weighed"))
    ticket = heard.ticket()
    assert (ticket.gross_g, ticket.tare_g, ticket.net_g) == (12_000_000, 9_000_000, 3_000_000)
    assert ticket.ms == TEN
    assert ticket.outcome == "weighed"


def test_no_order_of_words_matters() -> None:
    words = [
        word("weighed", TEN, grossG=12_000_000, category="food"),
        word("weighed", TEN + MINUTE, tareG=9_000_000),
        word("accepted", TEN + 2 * MINUTE),
        word("corrected", TEN + 3 * MINUTE, grossG=11_000_000, reason="typed wrong"),
    ]
    found = {str(Weighbridge(order).rows.kinds) for order in itertools.permutations(words)}
    assert len(found) == 1


def test_a_word_that_comes_twice_counts_once() -> None:
    one = weighed(TEN, 3_000_000)
    again = Weighbridge([one])
    assert again.hear(one) == ()
    assert len(again.ticket().words) == 1


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        ({"grossG": 11_000_000}, (11_000_000, 9_000_000, 2_000_000)),
        ({"tareG": 9_500_000}, (12_000_000, 9_500_000, 2_500_000)),
        ({"netG": 2_900_000}, (12_000_000, 9_000_000, 2_900_000)),
        ({"category": "residual"}, (12_000_000, 9_000_000, 3_000_000)),
    ],
)
def test_what_a_correction_leaves_out_stands(
    correction: dict[str, object], expected: tuple[int, int, int]
) -> None:
    heard = Weighbridge([weighed(TEN, 3_000_000, netG=3_000_000)])
    heard.hear(word("corrected", TEN + MINUTE, reason="typed wrong", **correction))  # type: ignore[arg-type]
    ticket = heard.ticket()
    assert (ticket.gross_g, ticket.tare_g, ticket.net_g) == expected
    assert ticket.corrected == 1


def test_a_correction_stands_even_by_a_clock_that_is_behind() -> None:
    heard = Weighbridge([weighed(TEN, 3_000_000)])
    heard.hear(word("corrected", TEN - 30 * MINUTE, netG=2_000_000, reason="typed wrong"))
    assert heard.ticket().net_g == 2_000_000


def test_the_later_of_two_corrections_stands() -> None:
    heard = Weighbridge([weighed(TEN, 3_000_000)])
    heard.hear(word("corrected", TEN + 9 * MINUTE, netG=2_000_000, reason="second"))
    heard.hear(word("corrected", TEN + MINUTE, netG=1_000_000, reason="first"))
    assert heard.ticket().net_g == 2_000_000


def test_a_tare_above_the_gross_gives_no_net() -> None:
    ticket = Weighbridge([weighed(TEN, 0, grossG=8_000_000)]).ticket()
    assert ticket.net_g is None


def test_the_last_verdict_stands_with_its_reason() -> None:
    heard = Weighbridge([weighed(TEN, 3_000_000), word("accepted", TEN + MINUTE)])
    assert heard.ticket().outcome == "accepted"
    heard.hear(word("refused", TEN + 2 * MINUTE, reason="wrong material"))
    assert (heard.ticket().outcome, heard.ticket().reason) == ("refused", "wrong material")


def test_a_ticket_is_found_by_the_plate_that_was_the_vehicles_then() -> None:
    plate = f"s:{'1' * 32}"
    one = word("weighed", TEN, vehicle="", vehicleRef=plate, grossG=9)
    heard = Weighbridge([one])
    assert heard.touched == {f"v1|{DAY}", f"{unregistered(plate)}|{DAY}"}
    (found,) = tickets_of(heard.rows, "v1", [DAY], heard.register)
    assert found.ticket_no == "t1"
    assert tickets_of(heard.rows, "v2", [DAY], heard.register) == ()


def test_a_plate_nobody_registered_stands_for_its_vehicle() -> None:
    heard = Weighbridge([word("weighed", TEN, vehicle="", vehicleRef="s:0", grossG=9)])
    name = unregistered("s:0")
    assert heard.touched == {f"{name}|{DAY}"}
    assert len(tickets_of(heard.rows, name, [DAY], heard.register)) == 1


def test_tickets_without_vehicle_stay_in_the_balance() -> None:
    """Each is a load of its own: two of them are not one vehicle's round."""
    heard = Weighbridge(
        [
            word("weighed", TEN, vehicle="", netG=5, direction="out", no="a"),
            word("weighed", TEN + 1, vehicle="", netG=7_000_000, no="b"),
        ]
    )
    assert heard.touched == {f"{NOBODY}|{DAY}"}
    one, other = heard.trips(vehicle=NOBODY)
    assert [each.received_g for each in (one, other)] == [0, 7_000_000]
    assert {each.kind for each in (one, other)} == {"collection"}


def test_a_word_without_number_is_a_ticket_of_its_own() -> None:
    heard = Weighbridge([weighed(TEN, 1_000_000, no=""), weighed(TEN + 1, 2_000_000, no="")])
    assert len(heard.rows.keys("ticket")) == 2


def test_a_weighbridge_that_stutters_does_not_fill_the_row() -> None:
    words = [weighed(TEN + n, 1_000_000 + n) for n in range(LAST_WORDS + 9)]
    heard = Weighbridge(words)
    assert len(heard.ticket().words) == LAST_WORDS
    assert heard.ticket().net_g == 1_000_000 + LAST_WORDS + 8
    assert Weighbridge(words[::-1]).ticket() == heard.ticket()


def test_a_correction_of_the_vehicle_moves_the_ticket() -> None:
    heard = Weighbridge([weighed(TEN, 3_000_000)])
    moved = heard.hear(word("corrected", TEN + MINUTE, vehicle="v2", reason="wrong vehicle"))
    assert set(moved) == {f"v1|{DAY}", f"v2|{DAY}"}
    assert heard.rows.get("weighed", f"v1|{DAY}", Tickets) is None
    assert heard.rows.get("weighed", f"v2|{DAY}", Tickets) == Tickets(keys=("f1|t1",))


def test_a_weighing_told_late_from_the_day_before_moves_the_ticket() -> None:
    words: list[Recorded] = [
        word("weighed", at(DAY, "00:05"), tareG=9_000_000),
        word("weighed", at(DAY, "00:05") - 10 * MINUTE, grossG=9_500_000),
    ]
    for order in (words, words[::-1]):
        heard = Weighbridge(order)
        assert list(heard.rows.keys("weighed")) == ["v1|2026-10-04"]


def test_neighbouring_days_are_settled_again_where_the_ticket_may_end_their_load() -> None:
    heard = Weighbridge()
    heard.rows.put("haul", "v1|2026-10-04", Haul(vehicle="v1", day="2026-10-04", trips=1))
    heard.rows.put("haul", "v1|2026-10-06", Haul(vehicle="v1", day="2026-10-06"))
    loaded = Trip(vehicle="v1", day="2026-10-04", n=1, last_ms=TEN - DAY_MS)
    heard.rows.put("trip", "v1|2026-10-04|1", loaded)
    assert set(heard.hear(weighed(TEN, 1))) == {
        "v1|2026-10-04", "v1|2026-10-05", "v1|2026-10-06",
    }  # fmt: skip
    done = Trip(vehicle="v1", day="2026-10-04", n=1, ticket="f1|t0", closed_ms=TEN - DAY_MS + 1)
    heard.rows.put("trip", "v1|2026-10-04|1", done)
    assert "v1|2026-10-04" not in heard.hear(weighed(TEN + 1, 1, no="t2"))


def test_names_may_be_told_as_subjects() -> None:
    heard = Weighbridge(
        [word("weighed", TEN, vehicle="vehicle/v1", weighbridge="weighbridge/f1-b1", grossG=9)]
    )
    assert heard.touched == {f"v1|{DAY}"}
    assert heard.ticket().weighbridge == "f1-b1"


# --- one number, one weighing --------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_two_vehicles_with_one_number_keep_each_its_load(order: tuple[int, ...]) -> None:
    """Two weighbridges of a site count each for itself."""
    words = [
        weighed(TEN, 3_000_000),
        weighed(TEN + MINUTE, 2_000_000, vehicle="v2"),
        word("accepted", TEN + 2 * MINUTE, vehicle="v1"),
        word("refused", TEN + 3 * MINUTE, vehicle="v2", reason="wet"),
        word("corrected", TEN + 4 * MINUTE, vehicle="v1", netG=2_900_000, reason="dirt"),
    ]
    heard = Weighbridge(words[number] for number in order)
    first, second = heard.ticket("f1|t1"), heard.ticket("f1|t1 v2")
    assert (first.vehicle, first.net_g, first.outcome) == ("v1", 2_900_000, "accepted")
    assert (second.vehicle, second.net_g, second.outcome) == ("v2", 2_000_000, "refused")
    assert first.beside == ("f1|t1 v2",)
    for vehicle, key in (("v1", "f1|t1"), ("v2", "f1|t1 v2")):
        (trip,) = heard.trips(vehicle=vehicle)
        assert trip.ticket == key
    assert len(heard.rows.keys("weighed")) == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_a_number_that_comes_again_is_another_load(order: tuple[int, ...]) -> None:
    """Who counts anew each day gives every number again; what is said of it is of the newest."""
    words = [
        word("weighed", TEN, grossG=12_000_000),
        word("weighed", TEN + 7 * 3_600_000, tareG=9_000_000),
        word("corrected", TEN + DAY_MS - MINUTE, netG=2_900_000, reason="dirt"),
        weighed(TEN + DAY_MS, 2_000_000),
        word("refused", TEN + DAY_MS + MINUTE, reason="wet"),
    ]
    heard = Weighbridge(words[number] for number in order)
    later = "f1|t1 2026-10-06 10:00"
    first, second = heard.ticket(), heard.ticket(later)
    assert (first.ms, first.net_g, first.outcome) == (TEN, 2_900_000, "weighed")
    assert (second.ms, second.net_g, second.reason) == (TEN + DAY_MS, 2_000_000, "wet")
    assert {f"v1|{DAY}", "v1|2026-10-06"} <= set(heard.rows.keys("weighed"))
    assert [one.ticket for one in heard.trips(day="2026-10-06")] == [later]


def test_who_names_a_vehicle_speaks_of_its_weighing() -> None:
    """A correction of yesterday's number, when another vehicle has it today."""
    heard = Weighbridge(
        [
            weighed(TEN, 3_000_000),
            weighed(TEN + DAY_MS, 2_000_000, vehicle="v2"),
            word("corrected", TEN + DAY_MS + MINUTE, vehicle="v1", netG=7, reason="slip"),
        ]
    )
    assert (heard.ticket().net_g, heard.ticket().corrected) == (7, 1)
    assert heard.ticket("f1|t1 2026-10-06 10:00").net_g == 2_000_000


def test_who_was_weighed_full_may_be_weighed_empty_the_next_day() -> None:
    heard = Weighbridge([word("weighed", TEN, grossG=12_000_000)])
    heard.hear(word("weighed", TEN + DAY_MS, tareG=9_000_000))
    assert heard.ticket().net_g == 3_000_000
    assert len(heard.rows.keys("ticket")) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
@pytest.mark.parametrize(
    "words",
    [
        (word("weighed", TEN, grossG=12_000_000), word("weighed", TEN + 1, vehicle="v2", tareG=9)),
        (weighed(TEN, 3_000_000), weighed(TEN, 3_000_000, vehicle="v2", id="again")),
        (weighed(TEN, 3_000_000), word("corrected", TEN + 1, vehicle="v2", reason="slip")),
    ],
    ids=["misread at the exit", "told again of another", "corrected"],
)
def test_one_weighing_is_one_ticket_whoever_is_named(
    words: tuple[Recorded, ...], order: tuple[int, ...]
) -> None:
    heard = Weighbridge(words[number] for number in order)
    assert list(heard.rows.keys("ticket")) == ["f1|t1"]
    assert heard.ticket().beside == ()


@pytest.mark.parametrize("number", ["t1", ""])
def test_a_weighing_that_another_gateway_tells_again_is_one_load(number: str) -> None:
    """The same content under another source and id."""
    said = [
        weighed(TEN, 3_000_000, no=number, gateway=gateway, id=f"{gateway}:1")
        for gateway in ("gw", "other")
    ]
    heard = Weighbridge(said)
    (trip,) = heard.trips()
    assert (trip.received_g, trip.outcome) == (3_000_000, "delivered")
    assert len(heard.rows.keys("ticket")) == 1
