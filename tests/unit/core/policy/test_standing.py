"""What a gateway remembers: counted right, bounded, and the same after a power cut."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy import standing as memory
from core.policy.passes import Pass
from core.policy.standing import NOTHING, Seen, Standing
from core.site import Area, Door, Site
from tests.unit.core.policy.book_of_cases import kept

SITE = Site(
    areas={"yard": Area(), "hall": Area(parent="yard")},
    doors={
        "gate": Door(from_area="outside", to_area="yard"),
        "hall": Door(from_area="yard", to_area="hall"),
    },
)
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["gate", "hall"]),
        st.sampled_from(["in", "out"]),
        st.sampled_from(["s:1", "s:2", "s:3"]),
    ),
    max_size=20,
)


@given(MOVES)
@settings(max_examples=60, deadline=None)
def test_everybody_known_is_counted_where_they_are(moves: list[tuple[str, str, str]]) -> None:
    """First seen anywhere, they are counted from then on."""
    standing = NOTHING
    for ref in ("s:1", "s:2", "s:3"):
        standing = memory.taken(standing, SITE, "gate", "in", ref, T0)
    for n, (door, way, ref) in enumerate(moves):
        standing = memory.taken(standing, SITE, door, way, ref, T0 + timedelta(seconds=n))
    where = [seen.area for seen in standing.where.values()]
    assert standing.counts == {
        area: where.count(area) for area in ("yard", "hall") if where.count(area)
    }
    assert kept(standing) == standing


def test_nobody_known_is_counted_and_never_below_nothing() -> None:
    standing = memory.taken(NOTHING, SITE, "gate", "out", "", T0)
    assert standing.counts == {}
    for _ in range(3):
        standing = memory.taken(standing, SITE, "gate", "in", "", T0)
    standing = memory.taken(standing, SITE, "hall", "in", "", T0)
    assert standing.counts == {"yard": 2, "hall": 1}
    assert standing.where == {}


def test_late_news_moves_nobody_back() -> None:
    inside = memory.taken(NOTHING, SITE, "gate", "in", "s:1", T0)
    assert memory.taken(inside, SITE, "gate", "out", "s:1", T0 - timedelta(seconds=1)) == inside


def test_a_direction_nobody_told_moves_nobody() -> None:
    assert memory.taken(NOTHING, SITE, "gate", "unknown", "s:1", T0) == NOTHING


def test_updates_leave_what_was() -> None:
    before = memory.taken(NOTHING, SITE, "gate", "in", "s:1", T0)
    as_it_was = msgspec.json.encode(before)
    memory.opened(memory.granted(before, "gate", T0), "gate", T0)
    memory.reset(before)
    memory.mode(before, "gate", "blocked")
    memory.held(before, SITE, "gate", "m", T0)
    memory.used(before, Pass(id="00" * 8, compound="c01", nbf=0, exp=9), T0)
    assert msgspec.json.encode(before) == as_it_was


def test_reset_of_one_of_an_area_and_of_all() -> None:
    standing = memory.taken(NOTHING, SITE, "gate", "in", "s:1", T0)
    standing = memory.taken(standing, SITE, "hall", "in", "s:2", T0)

    def free(found: Standing) -> set[str]:
        return {ref for ref, seen in found.where.items() if seen.free}

    assert free(memory.reset(standing, ref="s:1")) == {"s:1"}
    assert free(memory.reset(standing, area="hall")) == {"s:2"}
    assert free(memory.reset(standing)) == {"s:1", "s:2"}
    assert memory.reset(standing).counts == standing.counts
    moved = memory.taken(memory.reset(standing), SITE, "gate", "out", "s:1", T0)
    assert moved.where["s:1"] == Seen("outside", T0.timestamp())


def test_door_is_reserved_until_it_was_used() -> None:
    given = memory.granted(NOTHING, "gate", T0)
    assert given.reserved == {"gate": T0.timestamp()}
    opened = memory.opened(given, "gate", T0)
    assert (opened.reserved, opened.open) == ({}, {"gate": T0.timestamp()})
    assert memory.closed(opened, "gate") == NOTHING
    assert memory.closed(given, "gate") == NOTHING


def test_a_door_as_it_normally_is_needs_no_memory() -> None:
    shut = memory.mode(NOTHING, "gate", "blocked")
    assert shut.modes == {"gate": "blocked"}
    assert memory.mode(shut, "gate", "locked") == NOTHING


def test_a_hold_ends_when_the_site_says() -> None:
    held = memory.held(NOTHING, SITE, "gate", "m1", T0)
    assert held.holds["gate"].until == T0.timestamp() + SITE.screening.hold_s
    assert memory.released(held, "gate") == NOTHING


def test_what_is_remembered_goes_with_the_clock_and_into_nobodys_future() -> None:
    now = T0.timestamp()
    standing = memory.taken(NOTHING, SITE, "gate", "in", "s:1", T0)
    standing = memory.opened(memory.granted(standing, "hall", T0), "gate", T0)
    standing = memory.fire_released(memory.held(standing, SITE, "gate", "m", T0), "gate", T0)
    assert memory.clock_set(standing, SITE, 0.0, now) == standing
    later = memory.clock_set(standing, SITE, 60.0, now + 60)
    assert memory.clock_set(later, SITE, -60.0, now) == standing
    unseen = memory.clock_set(later, SITE, 0.0, now)  # set back while nobody looked
    assert unseen == standing


def test_bounded_by_forgetting_who_is_outside_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_BEARERS", 16)
    standing = NOTHING
    for n in range(8):
        at = T0 + timedelta(seconds=n)
        standing = memory.taken(standing, SITE, "gate", "in", f"in{n}", at)
    for n in range(60):
        at = T0 + timedelta(minutes=1, seconds=n)
        standing = memory.taken(standing, SITE, "gate", "out", f"out{n}", at)
        assert len(standing.where) <= 16
    assert {f"in{n}" for n in range(8)} <= set(standing.where)
    assert "out59" in standing.where


def test_passes_that_are_over_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_PASSES", 4)
    long_ago, soon = int(T0.timestamp()) - 10 * 86_400, int(T0.timestamp()) + 60
    standing = NOTHING
    for n in range(4):
        end = long_ago if n < 2 else soon
        standing = memory.used(standing, _pass(n, end), T0)
    standing = memory.used(standing, _pass(9, soon), T0)
    assert set(standing.uses) == {f"{n:016x}" for n in (2, 3, 9)}
    assert memory.used(standing, _pass(9, soon), T0).uses[f"{9:016x}"].times == 2


def _pass(n: int, end: int) -> Pass:
    return Pass(id=f"{n:016x}", compound="c01", nbf=0, exp=end)


def test_no_memory_is_a_memory() -> None:
    assert msgspec.convert({}, Standing) == NOTHING
