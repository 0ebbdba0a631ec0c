"""Two gateways of one compound, or the two lanes of one gateway: whichever reports first, and
however late the other one is, the rows end the same (I5). Positions in the log do depend on it;
nothing else may."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import Data, Event
from core.events import waste as w
from core.events.access import ScreeningHeld, ScreeningReleased
from core.events.register import BinEntered
from infra.hub.views import VIEWS
from tests.fix_history import FACTS, Drawn, acts, drawn, events, standing
from tests.fix_views import bare, folded

pytestmark = pytest.mark.usefixtures("narrow_windows")

T = TypeVar("T")

# The truck has a gateway of its own: it lifts and sees bins that the yard's gateway tells of.
TRUCK: tuple[tuple[Data, str], ...] = (
    (w.BinCollected(bin="yard-1", gross_g=22_500, tare_g=13_500), "collection"),
    (w.BinCollected(bin="yard-2", category="residual", net_g=4_000), "collection"),
    (w.BinCollected(bin="yard-1", refused_reason="mixed"), "collection"),
    (w.BinIdentified(uid_hex="0A"), "vehicle"),
    (w.BinIdentified(uid_hex="0B"), "vehicle"),
    (w.LoadWeighed(category="food", net_g=90_000), "collection"),
)
# What is known of a bin before it is used, and what the yard may say meanwhile. An overflow is
# ended by a lift; when it was ended may differ, so that is looked at by itself (test_collection).
BINS = (
    w.BinProfiled(empty_mm=900, full_mm=180, category="food", point="a01"),
    w.LevelMeasured(distance_mm=500),
)
_APART = (
    w.BinProfiled, BinEntered, w.TagAssigned, w.Overflowed, w.BinCollected, w.BinIdentified,
)  # fmt: skip
YARD = tuple(fact for fact in FACTS if not isinstance(fact[0], _APART))
LANES = tuple(fact for fact in FACTS if fact[1] in ("camera", "bin", "vehicle"))


def merged(first: Sequence[T], second: Sequence[T], turns: Sequence[bool]) -> list[T]:
    """Both in their own order; `turns` says whose is next, then the rest."""
    left, right = list(first), list(second)
    found = []
    for turn in turns:
        source = left if turn else right
        if source:
            found.append(source.pop(0))
    return found + left + right


def check(before: list[Event], first: list[Event], second: list[Event], turns: list[bool]) -> None:
    orders = (
        merged(first, second, turns),
        merged(first, second, [True] * len(first)),  # the second was away all the time
        merged(first, second, [False] * len(second)),
    )
    for view in VIEWS:
        rows = [bare(folded(view, standing(before + order))) for order in orders]
        assert rows[1] == rows[0]
        assert rows[2] == rows[0]
        written = {msgspec.json.encode(one, order="sorted") for one in rows}
        assert len(written) == 1, "equal, and written alike"


@given(drawn(size=80), st.lists(st.booleans(), max_size=80))
@settings(max_examples=300)
def test_two_lanes_of_one_gateway(draws: list[Drawn], turns: list[bool]) -> None:
    """Bulk may come days after the urgent facts it lies between, or the other way round."""
    urgent, bulk = by_lane(events(draws))
    check(acts(), urgent, bulk, turns)


@given(drawn(LANES, size=40), st.lists(st.booleans(), max_size=40))
@settings(max_examples=300)
def test_devices_that_speak_in_both_lanes(draws: list[Drawn], turns: list[bool]) -> None:
    """Few kinds of facts, so that both lanes tell of the same device again and again."""
    urgent, bulk = by_lane(events(draws, LANES))
    check([], urgent, bulk, turns)


def by_lane(found: list[Event]) -> tuple[list[Event], list[Event]]:
    return (
        [event for event in found if not event.data.BULK],
        [event for event in found if event.data.BULK],
    )


def test_both_lanes_have_something_to_say_of_one_device() -> None:
    told = {(kind, data.BULK) for data, kind in LANES}
    assert {kind for kind, _ in told if (kind, True) in told and (kind, False) in told} >= {
        "camera", "bin",
    }  # fmt: skip


@given(drawn(size=40), drawn(size=40), st.lists(st.booleans(), max_size=80))
@settings(max_examples=150)
def test_two_gateways_with_devices_of_their_own(
    one: list[Drawn], other: list[Drawn], turns: list[bool]
) -> None:
    check([], events(one, gateway="gw01"), _tagged_apart(events(other, gateway="gw02")), turns)


@given(drawn(size=40), drawn(size=40), st.lists(st.booleans(), max_size=80))
@settings(max_examples=150)
def test_two_gateways_of_a_place_that_is_described(
    one: list[Drawn], other: list[Drawn], turns: list[bool]
) -> None:
    """They share persons, areas, passes and plates: who went in by one gate leaves by the other."""
    first, second = events(one, gateway="gw01"), _tagged_apart(events(other, gateway="gw02"))
    check(acts(), first, second, turns)


@given(drawn(YARD, size=40), drawn(TRUCK, size=30), st.lists(st.booleans(), max_size=70))
@settings(max_examples=150)
def test_a_truck_that_lifts_another_gateways_bins(
    yard: list[Drawn], truck: list[Drawn], turns: list[bool]
) -> None:
    installed = [
        Drawn(fact=fact, thing=thing, gap=1, clock="right", zone=0, origin="live", answers=0)
        for thing in (1, 2)
        for fact in range(4)
    ]
    facts = tuple(
        (data, "bin") for data in (*BINS, w.TagAssigned(uid_hex="0A"), w.TagAssigned(uid_hex="0B"))
    )
    check(
        events(installed, facts, gateway="yard"),
        [_later(event, "y") for event in events(yard, YARD, gateway="yard")],
        events(truck, TRUCK, gateway="truck", offset_ms=500),
        turns,
    )


def _later(event: Event, mark: str) -> Event:
    """Numbered apart from what was said at the installation."""
    return _with(event, id=f"{mark}:{event.id}")


def _tagged_apart(found: list[Event]) -> list[Event]:
    """A tag exists once: the second gateway's bins have other ones. So does a measurement."""
    made = []
    for event in found:
        data = event.data
        if isinstance(data, ScreeningHeld | ScreeningReleased):
            event = _with(event, data=_with(data, measured="m2"))
        if isinstance(data, w.TagAssigned | w.BinIdentified):
            event = _with(event, data=_with(data, uid_hex=f"F{data.uid_hex}"))
        made.append(event)
    return made


def _with(value: T, **changes: object) -> T:
    changed: T = msgspec.structs.replace(value, **changes)  # type: ignore[type-var]
    return changed


def test_interleavings_differ_in_positions_only() -> None:
    """Else the property would compare a thing with itself."""
    one = Drawn(fact=9, thing=1, gap=1, clock="right", zone=0, origin="live", answers=0)
    first, second = events([one], gateway="gw01"), events([one], gateway="gw02")
    there = folded(VIEWS[0], standing(first + second))
    back = folded(VIEWS[0], standing(second + first))
    assert there != back
    assert bare(there) == bare(back)
