"""The balance by hand: whose gap it is, what a transfer station keeps, what a zero explains."""

from projections.days import at
from projections.waste_district.apportion import apportion
from projections.waste_district.asked.balance import Balance, Line, balance
from projections.waste_district.asked.flows import Flow
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.rows.trips import Gap
from tests.fix_loads import DAY, Weighbridge, every, lift, weighed, word

TEN, NOON = at(DAY, "10:00"), at(DAY, "12:00")
TONNE = 1_000_000


def balanced(
    heard: Weighbridge, lifts: dict[str, list[Resolved]] | None = None, **cut: str
) -> Balance:
    heard.settle(lifts or {}, [DAY])
    return balance(heard.rows.kinds, DAY, DAY, **cut)


def lines(found: Balance, by: str) -> dict[str, Line]:
    return {one.key: one for one in found.by[by]}  # type: ignore[index]


def three() -> list[Resolved]:
    """200 kg of one compound, 100 kg of another."""
    return [
        lift(ms, 100_000, bin=key)
        for ms, key in zip(every(5, 3), ("c1/b1", "c1/b2", "c2/b1"), strict=True)
    ]


def test_shares_add_up_to_what_there_was() -> None:
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(-100, [1, 1, 1]) == [-34, -33, -33]
    assert apportion(5, [0, 0]) == [3, 2]
    assert apportion(7, [3, 0, 4]) == [3, 0, 4]
    assert apportion(10, [1, 5, 4, 7]) == [1, 3, 2, 4]


def test_a_gap_is_shared_by_what_was_lifted() -> None:
    found = balanced(Weighbridge([weighed(TEN, 290_000)]), {"v1": three()})
    assert (found.total.lifted_g, found.total.received_g) == (300_000, 290_000)
    by = lines(found, "compound")
    assert by["c1"].gaps == (Gap(name="tolerance", grams=6_667),)
    assert by["c2"].gaps == (Gap(name="tolerance", grams=3_333),)
    assert by["c1"].received_g + by["c2"].received_g == 290_000
    assert lines(found, "facility")["f1"].received_g == 290_000
    assert lines(found, "trip").keys() == {f"v1|{DAY}|1"}
    assert found.total.tolerance_g >= 10_000


def test_what_nobody_weighed_is_given_by_who_was_not_weighed() -> None:
    lifted = [*three(), lift(at(DAY, "08:30"), bin="c3/b1", weighed=False)]
    by = lines(balanced(Weighbridge([weighed(TEN, 340_000)]), {"v1": lifted}), "compound")
    assert by["c3"].gaps == (Gap(name="unweighed-lifts", grams=-40_000),)
    assert [by[key].received_g for key in ("c1", "c2", "c3")] == [200_000, 100_000, 40_000]


def test_a_compounds_balance_is_its_own() -> None:
    heard = Weighbridge([weighed(TEN, 290_000)])
    whole = balanced(heard, {"v1": three()}).total.tolerance_g
    found = balanced(heard, {"v1": three()}, compound="c2")
    assert (found.total.lifted_g, found.total.received_g) == (100_000, 96_667)
    assert found.total.tolerance_g == whole // 3
    assert lines(found, "compound").keys() == {"c2"}


def test_nobodys_waste_is_told_apart() -> None:
    lifted = [*three(), lift(at(DAY, "08:30"), 50_000, bin="", by="")]
    found = balanced(Weighbridge([weighed(TEN, 350_000)]), {"v1": lifted})
    assert found.total.lifted_g == 300_000
    assert found.total.gaps == (Gap(name="unidentified", grams=-50_000),)
    nobody = lines(found, "compound")[""]
    assert (nobody.lifted_g, nobody.received_g) == (0, 50_000)
    assert lines(found, "compound")["c1"].gaps == ()
    assert found.flows == (
        Flow(source="bins/food", target="vehicles/food", grams=300_000),
        Flow(source="bins/nobody", target="vehicles/food", grams=50_000),
        Flow(source="vehicles/food", target="facility/f1", grams=350_000),
    ), "it is a source, and no gap beside that"


def test_what_did_not_arrive_is_at_no_facility() -> None:
    found = balanced(Weighbridge(), {"v1": three()})
    assert lines(found, "facility")[""].gaps == (Gap(name="not-delivered", grams=300_000),)
    assert balanced(Weighbridge(), {"v1": three()}, facility="f1").total.trips == 0


def test_the_largest_gap_stands_first() -> None:
    lifted = [*three(), lift(at(DAY, "10:30"), 40_000), lift(at(DAY, "10:31"), weighed=False)]
    words = [weighed(TEN, 290_000), weighed(NOON, 100_000, no="t2")]
    found = balanced(Weighbridge(words), {"v1": lifted})
    assert [(one.name, one.grams) for one in found.total.gaps] == [
        ("unweighed-lifts", -60_000), ("tolerance", 10_000),
    ]  # fmt: skip


def test_the_worst_trips_are_those_nothing_explains() -> None:
    words = [weighed(TEN, 200_000), weighed(NOON, 2 * TONNE, no="t2", vehicle="v2", site="f3")]
    lifts = {"v1": three(), "v2": [lift(TEN, 100_000, category="residual", stream="residual")]}
    found = balanced(Weighbridge(words), lifts)
    assert [one.key for one in found.worst] == [f"v2|{DAY}|1", f"v1|{DAY}|1"]


def test_a_transfer_station_keeps_what_came_and_did_not_leave() -> None:
    lifted = [lift(ms, 50_000, category="residual", stream="residual") for ms in every(1, 40)]
    words = [
        weighed(TEN, 2 * TONNE, site="f2", vehicle="v2"),
        weighed(NOON, 1_500_000, site="f2", no="o1", vehicle="v9", direction="out"),
        weighed(NOON + 1, 1_480_000, site="f3", no="i1", vehicle="v9"),
    ]
    found = balanced(Weighbridge(words), {"v2": lifted})
    (station,) = found.stations
    assert (station.facility, station.received_g, station.taken_g) == ("f2", 2 * TONNE, 1_500_000)
    assert station.kept_g == 500_000
    # what was taken in once is not taken in twice
    assert found.total.received_g == 2 * TONNE
    assert (found.transferred.lifted_g, found.transferred.received_g) == (1_500_000, 1_480_000)
    assert found.transferred.gap("tolerance") == 20_000
    assert Flow(source="facility/f2", target="facility/f3", grams=1_480_000) in found.flows
    assert balanced(Weighbridge(words), {"v2": lifted}, compound="c1").transfers == ()


def test_what_crosses_over_is_seen_as_a_flow() -> None:
    lifted = [*three(), lift(at(DAY, "08:40"), 60_000, category="residual")]
    found = balanced(Weighbridge([weighed(TEN, 360_000)]), {"v1": lifted})
    assert Flow(source="bins/residual", target="vehicles/food", grams=60_000) in found.flows
    assert lines(found, "stream")["residual"].lifted_g == 60_000


def test_a_weighbridge_that_is_off_explains_nets_with_a_stored_tare() -> None:
    """It says 200 kg too much of everything, as five empty vehicles tell."""
    off = 200_000
    words = [
        weighed(at(DAY, f"09:0{n}"), TONNE, no=f"e{n}", vehicle="v2", tareG=9_000_000 + off)
        for n in range(5)
    ]
    words.append(weighed(TEN, 500_000, grossG=9_500_000, tareG=9_000_000, tareFrom="stored"))
    found = balanced(Weighbridge(words), {"v1": three()})
    mine = lines(found, "trip")[f"v1|{DAY}|1"]
    assert mine.gap("bridge-zero") == -off
    assert mine.gap("unexplained") == 0
    assert mine.gap("tolerance") == 0


def test_weighed_empty_on_the_same_bridge_its_zero_drops_out() -> None:
    words = [
        weighed(at(DAY, f"09:0{n}"), TONNE, no=f"e{n}", vehicle="v2", tareG=9_200_000)
        for n in range(5)
    ]
    words.append(weighed(TEN, 500_000, tareG=9_200_000))
    found = balanced(Weighbridge(words), {"v1": three()})
    assert lines(found, "trip")[f"v1|{DAY}|1"].gap("bridge-zero") == 0


def test_known_then_and_known_now() -> None:
    """The same question over the rows before and after a late correction."""
    heard = Weighbridge([weighed(TEN, 290_000)])
    before = balanced(heard, {"v1": three()})
    heard.hear(word("corrected", NOON, grossG=9_300_000, reason="mistyped"))
    after = balanced(heard, {"v1": three()})
    assert (before.total.received_g, after.total.received_g) == (290_000, 300_000)
    assert after.total.gaps == ()
