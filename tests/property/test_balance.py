"""Whatever vehicles and facilities say: no lift and no ticket is lost between trips or counted
twice, and what compounds gave is what facilities took in and the named gaps, to the gram, in every
cut."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import Recorded
from projections.days import DAY_MS, days, next_day, previous_day, start_of
from projections.waste_district.asked.balance import Balance, Line, balance
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.tickets import NOBODY
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Trip
from tests.fix_loads import DAY, Weighbridge, lift, twice, word

FIRST, LAST = DAY, "2026-10-08"
COVERED = days(previous_day(FIRST), next_day(LAST))
BEGIN, SPAN = start_of(FIRST), 4 * DAY_MS
CATEGORIES = ("food", "residual", "")
COMPOUNDS = ("c1", "c2", "c3", "")

moments = st.integers(0, SPAN // 60_000 - 1).map(lambda minute: BEGIN + minute * 60_000)
grams = st.one_of(
    st.integers(0, 100), st.integers(0, 20_000_000), st.just(99_999_999), st.just(4_321)
)
anything = st.dictionaries(st.sampled_from(("grossG", "tareG", "netG")), grams)
plausible = st.integers(70_001, 3_000_000).map(
    lambda net: {"grossG": 9_000_000 + net, "tareG": 9_000_000}
)


@st.composite
def rounds(draw: st.DrawFn) -> list[int]:
    """Here and there, or day and night without a pause."""
    if draw(st.booleans()):
        return sorted(draw(st.sets(moments, max_size=25)))
    hours = draw(st.integers(3, 7))
    return list(range(draw(moments), BEGIN + SPAN, hours * 3_600_000))


@st.composite
def lifts(draw: st.DrawFn) -> list[Resolved]:
    """With and without weight, bin or a stream of their own."""
    found = []
    for ms in draw(rounds()):
        compound = draw(st.sampled_from(COMPOUNDS))
        one = lift(
            ms,
            draw(st.integers(7_001, 300_000)),
            bin=f"{compound}/b1" if compound else "",
            category=draw(st.sampled_from(CATEGORIES)),
            weighed=draw(st.sampled_from((True, True, False))),
            by=draw(st.sampled_from(("tag", "place"))) if compound else "",
        )
        found.append(one)
        if draw(st.integers(0, 9)) == 0:
            found.append(twice(one, ms + 1))
    return found


@st.composite
def words(draw: st.DrawFn) -> list[Recorded]:
    """Of up to a dozen tickets, whole or in part, possible or not."""
    found: list[Recorded] = []
    for number in range(draw(st.integers(3, 12))):
        ms = draw(moments)
        about: dict[str, object] = {
            "no": f"t{number}",
            "site": draw(st.sampled_from(("f1", "f2", "f3", "elsewhere"))),
            "vehicle": draw(st.sampled_from(("v1", "v2", "v9", ""))),
        }
        more = draw(st.one_of(plausible, anything))
        direction = draw(st.sampled_from(("in", "in", "in", "out")))
        source = draw(st.sampled_from(("weighed", "stored", "")))
        found.append(
            word("weighed", ms, direction=direction, tareFrom=source, **about, **more)  # type: ignore[arg-type]
        )
        match draw(st.sampled_from(("", "accepted", "refused", "corrected"))):
            case "accepted":
                found.append(word("accepted", ms + 60_000, **about))  # type: ignore[arg-type]
            case "refused":
                found.append(word("refused", ms + 60_000, reason="wrong", **about))  # type: ignore[arg-type]
            case "corrected":
                net = draw(st.integers(0, 9_000_000))
                found.append(
                    word("corrected", ms + 90_000, netG=net, reason="typed wrong", **about)  # type: ignore[arg-type]
                )
            case _:
                pass
    return found


def settled(lifted: dict[str, list[Resolved]], told: list[Recorded]) -> Weighbridge:
    heard = Weighbridge(told)
    heard.settle(lifted, COVERED)
    return heard


def trips_of(heard: Weighbridge) -> list[Trip]:
    return [one for one in heard.rows.kinds.get("trip", {}).values() if isinstance(one, Trip)]


def exact(line: Line) -> None:
    assert line.lifted_g == line.received_g + sum(one.grams for one in line.gaps)


def checked(found: Balance) -> Balance:
    """The same mass in every cut, and in each line of it."""
    exact(found.total)
    exact(found.transferred)
    for lines in found.by.values():
        for line in lines:
            exact(line)
        assert sum(one.lifted_g for one in lines) == found.total.lifted_g
        assert sum(one.received_g for one in lines) == found.total.received_g
        assert gaps_of(lines) == gaps_of([found.total])
    assert sum(one.lifted_g for one in found.transfers) == found.transferred.lifted_g
    return found


def gaps_of(lines: Iterable[Line]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines:
        for gap in line.gaps:
            found[gap.name] += gap.grams
    return Counter({name: size for name, size in found.items() if size})


@settings(max_examples=80, deadline=None)
@given(st.fixed_dictionaries({"v1": lifts(), "v2": lifts()}), words())
def test_every_lift_and_every_ticket_is_in_one_trip(
    lifted: dict[str, list[Resolved]], told: list[Recorded]
) -> None:
    heard = settled(lifted, told)
    made = trips_of(heard)
    real = [one for each in lifted.values() for one in each if one.counted]
    assert sum(one.lifts for one in made) == len(real)
    assert sum(part.net_g for one in made for part in one.parts) == sum(one.net_g for one in real)
    closing = Counter(
        key
        for one in made
        for key, used in ((one.ticket, one.outcome == "delivered"), (one.taken, True))
        if key and used
    )
    tickets = {
        key: one
        for key, one in heard.rows.kinds.get("ticket", {}).items()
        if isinstance(one, Ticket)
    }
    expected = {
        key
        for key, one in tickets.items()
        if one.outcome != "refused" or (one.direction == "out" and one.vehicle)
    }
    assert closing == Counter(dict.fromkeys(expected, 1))
    assert {one.vehicle for one in made} <= {"v1", "v2", "v9", NOBODY}


@settings(max_examples=80, deadline=None)
@given(
    st.fixed_dictionaries({"v1": lifts(), "v2": lifts()}),
    words(),
    st.sampled_from(("", "c1", "c2", "c9")),
    st.sampled_from(("", "food", "residual")),
    st.sampled_from(("", "f1", "f2", "elsewhere")),
    st.tuples(st.sampled_from(COVERED), st.sampled_from(COVERED)),
)
def test_every_cut_is_exact_to_the_gram(
    lifted: dict[str, list[Resolved]],
    told: list[Recorded],
    compound: str,
    category: str,
    facility: str,
    between: tuple[str, str],
) -> None:
    heard = settled(lifted, told)
    kinds = heard.rows.kinds
    checked(balance(kinds, min(between), max(between), compound, category, facility))
    whole = checked(balance(kinds, COVERED[0], COVERED[-1]))
    collected = [one for one in trips_of(heard) if one.kind == "collection"]
    assert whole.total.received_g == sum(one.received_g for one in collected)
    identified = sum(
        one.net_g for each in lifted.values() for one in each if one.counted and one.compound
    )
    assert whole.total.lifted_g == identified
    parts = (
        [balance(kinds, day, day) for day in COVERED],
        [
            balance(kinds, COVERED[0], COVERED[-1], line.key)
            for line in whole.by["compound"]
            if line.key
        ],
    )
    assert sum(one.total.received_g for one in parts[0]) == whole.total.received_g
    named = sum(line.received_g for line in whole.by["compound"] if line.key)
    assert sum(one.total.received_g for one in parts[1]) == named


@settings(max_examples=50, deadline=None)
@given(st.fixed_dictionaries({"v1": lifts(), "v2": lifts()}), words())
def test_what_flows_in_flows_out(lifted: dict[str, list[Resolved]], told: list[Recorded]) -> None:
    found = balance(settled(lifted, told).rows.kinds, COVERED[0], COVERED[-1])
    left: defaultdict[str, int] = defaultdict(int)
    for flow in found.flows:
        assert flow.grams > 0
        left[flow.source] -= flow.grams
        left[flow.target] += flow.grams
    assert all(size == 0 for node, size in left.items() if node.startswith("vehicles/"))


@settings(max_examples=50, deadline=None)
@given(words(), st.randoms(use_true_random=False))
def test_tickets_do_not_depend_on_the_order_of_arrival(
    told: list[Recorded], chance: Random
) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)
    one, other = Weighbridge(told).rows.kinds, Weighbridge(shuffled).rows.kinds
    for kind in ("ticket", "weighed"):
        assert one.get(kind, {}) == other.get(kind, {})
