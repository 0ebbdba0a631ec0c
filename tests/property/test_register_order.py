"""Any order of entries gives equal rows, and the index of places finds what a search would."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import Data
from core.events.register import BinEntered, EntryEnded, PointEntered, RouteEntered
from core.events.waste import BinProfiled, BinScrapped, BinSwapped, TagAssigned, TagRemoved
from projections.view import Row
from projections.waste_district.entering import bins
from projections.waste_district.register.near import metres
from projections.waste_district.register.register import Register
from tests.fix_register import Registered, day, entered, ms

_NAMES = st.sampled_from(["b1", "b2"])
_DAYS = st.integers(1, 5).map(day)
_UIDS = st.sampled_from(["A0A0", "B0B0"])


def _entries() -> st.SearchStrategy[tuple[Data, str]]:
    bins = st.builds(
        BinEntered,
        compound=st.just("c01"),
        valid_from=_DAYS,
        point=st.sampled_from(["", "p1", "p2"]),
        category=st.sampled_from([None, "food", "residual"]),
        tare_g=st.sampled_from([None, 12_000]),
        empty_mm=st.sampled_from([0, 900]),
        uid_hex=st.one_of(st.just(""), _UIDS),
    )
    told = st.one_of(
        bins,
        st.builds(TagAssigned, uid_hex=_UIDS, valid_from=_DAYS, point=st.sampled_from(["", "p1"])),
        st.builds(TagRemoved, uid_hex=_UIDS, valid_from=_DAYS),
        st.builds(BinSwapped, replaced_by=_NAMES, valid_from=_DAYS),
        st.builds(BinScrapped, valid_from=_DAYS),
        st.builds(BinProfiled, empty_mm=st.just(800), full_mm=st.just(80), valid_from=_DAYS),
        st.builds(EntryEnded, kind=st.just("bin"), valid_from=_DAYS),
    )
    points = st.builds(
        PointEntered,
        compound=st.just("c01"),
        valid_from=_DAYS,
        lat=st.sampled_from([None, 22.54, 22.55]),
        lon=st.just(114.05),
    )
    routes = st.builds(
        RouteEntered,
        vehicle=st.sampled_from(["v1", "v2"]),
        valid_from=_DAYS,
        bins=st.sampled_from([("c01/b1",), ("b2", "c01/b1")]),
        start=st.sampled_from(["05:00", "22:00"]),
    )
    ends = st.builds(EntryEnded, kind=st.just("route"), valid_from=_DAYS)
    return st.one_of(
        st.tuples(told, _NAMES.map(lambda name: f"bin/{name}")),
        st.tuples(points, st.sampled_from(["point/p1", "point/p2"])),
        st.tuples(st.one_of(routes, ends), st.just("route/r1")),
    )


def _plain(kinds: dict[str, dict[str, Row]]) -> bytes:
    return msgspec.json.encode(_timeless(msgspec.to_builtins(kinds)), order="sorted")


def _timeless(value: Any) -> Any:
    """Without where in the log it stands, which is another one in another order."""
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key != "position"}
    return [_timeless(one) for one in value] if isinstance(value, list | tuple) else value


@given(st.lists(_entries(), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_order_gives_equal_rows(told: list[tuple[Data, str]], random: Any) -> None:
    said = Registered()
    for data, subject in told:
        said.say(data, subject)
    items = list(said.said)
    twice = [*items, *random.sample(items, len(items) // 2)]
    random.shuffle(twice)
    for kept in (2, bins.TOLD):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(bins, "TOLD", kept)
            assert _plain(entered(twice)) == _plain(entered(items))


@given(st.lists(_entries(), min_size=2, max_size=12), st.integers(0, 11))
@settings(max_examples=100, deadline=None)
def test_a_prefix_knows_what_was_known_then(told: list[tuple[Data, str]], cut: int) -> None:
    """Rows of the first entries, folded on, are the rows of all of them."""
    said = Registered()
    for data, subject in told[:cut]:
        said.say(data, subject)
    then = _plain({kind: dict(rows) for kind, rows in said.rows.kinds.items()})
    assert then == _plain(entered(said.said))
    for data, subject in told[cut:]:
        said.say(data, subject)
    assert _plain(said.rows.kinds) == _plain(entered(said.said))


@given(st.lists(_entries(), max_size=12), st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_what_holds_is_what_was_said_last_of_the_days_until_then(
    told: list[tuple[Data, str]], number: int
) -> None:
    """The plain way: of all entries of a point not after the moment, the last by day and saying."""
    said = Registered()
    for data, subject in told:
        said.say(data, subject)
    expected = None
    for data, subject in sorted(told, key=lambda one: getattr(one[0], "valid_from")):  # noqa: B009
        if subject == "point/p1" and isinstance(data, PointEntered):
            expected = data if data.valid_from <= day(number or 1) and number else expected
    found = said.register.point("p1", ms(number) if number else ms(1) - 1)
    assert (found and found.lat) == (expected and expected.lat)


_PLACES = st.tuples(st.floats(22.50, 22.56), st.floats(114.00, 114.06))


@given(st.lists(_PLACES, max_size=30), _PLACES, st.floats(1, 3000))
@settings(max_examples=100, deadline=None)
def test_near_is_what_a_look_at_every_point_finds(
    places: list[tuple[float, float]], here: tuple[float, float], within: float
) -> None:
    said = Registered()
    for at, (lat, lon) in enumerate(places):
        said.point(f"p{at}", lat=lat, lon=lon)
    found = {name for name, _ in Register(said.rows).points_near(*here, ms(2), within)}
    away = {f"p{at}": metres(*here, *place) for at, place in enumerate(places)}
    assert found == {name for name, one in away.items() if one <= within}
