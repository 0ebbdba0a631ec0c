"""An alarm's rows do not depend on how journals interleave, on whether the hub's clock or a later
fact tells that a timer came due, nor on restarts and pages (I5)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import parse_rfc3339, rfc3339
from core.event import Data, Event, Origin, Recorded, source_of
from core.events import alarm as said
from core.events import camera, door
from core.events.timer import Fired
from core.moment import moment_of
from core.ownjournal import GATEWAY
from projections.alarms import fold
from projections.alarms.adopted import KIND as RULES
from projections.alarms.adopted import replaced
from projections.alarms.row import KIND, TIMER, Alarm, Timer
from projections.alarms.rules import SAFE
from projections.alarms.validation import checked, text_of
from projections.state import CompoundRows, ViewState
from projections.view import Rows, Run, View
from tests.fix_views import COMPOUND, NOON, bare

ESCALATE = [{"after_s": 60, "to": "leader"}, {"after_s": 200, "to": "chief"}]
BOOK = checked(
    [
        {"name": "lasting", "kind": "t.lasting", "priority": 2, "on": ["door.heldopen.v1"],
         "clear": ["door.closed.v1"], "lasting": True, "reopen_s": 90, "escalate": ESCALATE},
        {"name": "forced", "kind": "t.forced", "priority": 1, "on": ["door.forced.v1"],
         "clear": ["door.closed.v1"], "lasting": True, "escalate": ESCALATE,
         "escalate_until": "acknowledged"},
        {"name": "quiet", "kind": "t.quiet", "priority": 3, "on": ["camera.loitering.detected.v1"],
         "lasting": True, "quiet_s": 100, "reopen_s": 50, "escalate": ESCALATE},
        {"name": "once", "kind": "t.once", "priority": 3, "on": ["gate.climbed.v1"],
         "escalate": ESCALATE, "reopen_s": 40},
    ],
    "drawn",
)  # fmt: skip
FACTS: tuple[tuple[Data, str], ...] = (
    (door.HeldOpen(), "door"), (door.Closed(), "door"), (door.Forced(), "door"),
    (camera.LoiteringDetected(), "camera"), (door.Climbed(), "door"), (door.HeldOpen(), "door"),
    (camera.LoiteringDetected(), "camera"),
)  # fmt: skip
KINDS = ("t.lasting", "t.forced", "t.quiet", "t.once")
SHOWN = ("alarm", "closed", "flood", "timer")


class Drawn(msgspec.Struct, frozen=True):
    """What happens `gap` seconds after what was drawn before it."""

    gap: int
    fact: int
    origin: Origin
    act: str  # "": a fact
    kind: int
    hours: int


DRAWN = st.lists(
    st.builds(
        Drawn,
        gap=st.sampled_from((0, 1, 20, 39, 60, 61, 90, 100, 140, 300)),
        fact=st.integers(0, len(FACTS) - 1),
        origin=st.sampled_from(("live", "live", "live", "live", "backfill")),
        act=st.sampled_from(("", "", "", "", "ack", "ack", "assign", "shelve", "unshelve", "clear",
                             "reopen")),
        kind=st.integers(0, len(KINDS) - 1),
        hours=st.sampled_from((30, 120, 250)),
    ),
    max_size=28,
)  # fmt: skip
TURNS = st.lists(st.booleans(), max_size=60)


def _fold(rows: Rows, run: Run) -> None:
    for item in run:
        fold.see(rows, item)


VIEW = View(name=SAFE, version=1, kinds=fold.KINDS, fold=_fold, present=fold.present)


def begun() -> ViewState:
    state = ViewState(VIEW)
    state.of(COMPOUND).put(RULES, RULES, replaced("2000-01-01T00:00:00.000Z", text_of(BOOK)))
    return state


class Lived:
    """The reference: everything as it happened, the hub's clock telling each timer at once. Two
    journals come of it: the gateway's facts, and what the hub and its people wrote."""

    def __init__(self, draws: Sequence[Drawn], gateways: Sequence[str] = ("gw01",)) -> None:
        self.state = begun()
        self.facts: dict[str, list[Event]] = {name: [] for name in gateways}
        self.hub: list[Event] = []
        now = NOON
        for number, one in enumerate(draws):
            now += timedelta(seconds=one.gap)
            self._ticks(rfc3339(now))
            if one.act:
                self._act(one, number, rfc3339(now))
            else:
                gateway = gateways[number % len(gateways)]
                data, thing = FACTS[one.fact]
                event = made(data, f"{thing}/1", gateway, f"f{number}", rfc3339(now), one.origin)
                self.facts[gateway].append(event)
                self._take(event)
        self.end = rfc3339(now + timedelta(hours=1))
        self._ticks(self.end)

    def _ticks(self, upto: str) -> None:
        for event in ticks(self.state, upto):
            self.hub.append(event)
            self._take(event)

    def _act(self, one: Drawn, number: int, at: str) -> None:
        rows = self.state.of(COMPOUND)
        thing = "camera/1" if KINDS[one.kind] == "t.quiet" else "door/1"
        found = rows.get(KIND, f"{KINDS[one.kind]}:{thing}", Alarm)
        if found is None:
            return
        until = rfc3339(parse_rfc3339(at) + timedelta(seconds=one.hours))
        data: Data = {
            "ack": said.Acknowledged(alarm=found.id, actor="a"),
            "assign": said.Assigned(alarm=found.id, actor="a", to=f"p{number}"),
            "shelve": said.Shelved(alarm=found.id, actor="a", until=until),
            "unshelve": said.Unshelved(alarm=found.id, actor="a"),
            "clear": said.Cleared(alarm=found.id, actor="a"),
            "reopen": said.Reopened(alarm=found.id, actor="a"),
        }[one.act]
        event = made(data, "alarm/x", GATEWAY, f"h{number}", at, "manual")
        self.hub.append(event)
        self._take(event)

    def _take(self, event: Event) -> None:
        self.state.fold(standing([event]), {})


def made(data: Data, subject: str, gateway: str, id: str, at: str, origin: Origin) -> Event:
    return Event(
        id=id, source=source_of(COMPOUND, gateway, "d"), type=data.TYPE, subject=subject, time=at,
        recordedtime=at, timequality="gateway", origin=origin, data=data,
    )  # fmt: skip


def ticks(state: ViewState, upto: str) -> Iterable[Event]:
    """What the hub's clock tells until then, timer by timer."""
    rows = state.of(COMPOUND)
    while due := sorted(
        (timer.due, key)
        for key in rows.keys(TIMER)
        if (timer := rows.get(TIMER, key, Timer)) and timer.due <= upto
    ):
        at, key = due[0]
        data = Fired(view=VIEW.name, timer=key, due=at)
        yield made(data, "timer/x", GATEWAY, f"t{at}{key}", at, "live")


def standing(events: Sequence[Event]) -> list[Recorded]:
    return [
        Recorded(
            one, place, 0, (gateway := one.source.split("/")[4]), place, COMPOUND, gateway, "d",
            moment_of(one.time, one.recordedtime, one.timequality),
        )
        for place, one in enumerate(events, start=1)
    ]  # fmt: skip


def merged(first: Sequence[Event], second: Sequence[Event], turns: Sequence[bool]) -> list[Event]:
    left, right = list(first), list(second)
    found: list[Event] = []
    for turn in turns:
        source = left if turn else right
        if source:
            found.append(source.pop(0))
    return found + left + right


def rows_of(events: Sequence[Event]) -> Mapping[str, Any]:
    state = begun()
    state.fold(standing(events), {})
    return shown(state)


def shown(state: ViewState) -> Mapping[str, Any]:
    found = bare(state.rows(COMPOUND))
    return {kind: rows for kind, rows in found.items() if kind in SHOWN}


@given(DRAWN, TURNS)
@settings(max_examples=300)
def test_any_order_of_facts_and_the_hubs_own_words(draws: list[Drawn], turns: list[bool]) -> None:
    lived = Lived(draws)
    facts = lived.facts["gw01"]
    reference = shown(lived.state)
    for order in (
        merged(facts, lived.hub, turns),
        merged(facts, lived.hub, [True] * len(facts)),
        merged(facts, lived.hub, [False] * len(lived.hub)),
    ):
        assert rows_of(order) == reference


@given(DRAWN, TURNS)
@settings(max_examples=150)
def test_timers_told_by_the_hub_or_by_a_later_fact(draws: list[Drawn], turns: list[bool]) -> None:
    """The hub was off and says at its start what is due still: the rest told itself. Where a
    person ended first what silence had ended, nobody knows of the silence."""
    lived = Lived([one for one in draws if one.act != "clear" or KINDS[one.kind] != "t.quiet"])
    acts = [one for one in lived.hub if not isinstance(one.data, Fired)]
    state = begun()
    state.fold(standing(merged(lived.facts["gw01"], acts, turns)), {})
    for event in ticks(state, lived.end):
        state.fold(standing([event]), {})
    assert shown(state) == shown(lived.state)


@given(DRAWN, TURNS)
@settings(max_examples=100)
def test_two_gateways_that_see_the_same_thing(draws: list[Drawn], turns: list[bool]) -> None:
    """A clearing that comes before what it clears is none, so facts that clear are of one."""
    told = [one for one in draws if one.act or not isinstance(FACTS[one.fact][0], door.Closed)]
    lived = Lived(told, ("gw01", "gw02"))
    order = merged(lived.facts["gw01"], lived.facts["gw02"], turns)
    assert rows_of(merged(order, lived.hub, turns[::-1])) == shown(lived.state)


@given(DRAWN, TURNS, st.integers(0, 40))
@settings(max_examples=100)
def test_a_restart_anywhere_ends_alike(draws: list[Drawn], turns: list[bool], cut: int) -> None:
    lived = Lived(draws)
    items = standing(merged(lived.facts["gw01"], lived.hub, turns))
    whole, state = begun(), begun()
    whole.fold(items, {})
    state.fold(items[:cut], {})
    again = ViewState(VIEW)
    again.compounds[COMPOUND] = reread(state.of(COMPOUND))
    again.fold(items[cut:], {})
    assert encoded(again) == encoded(whole)


@given(DRAWN, TURNS)
@settings(max_examples=60)
def test_a_run_is_as_one_event_after_the_other(draws: list[Drawn], turns: list[bool]) -> None:
    lived = Lived(draws)
    items = standing(merged(lived.facts["gw01"], lived.hub, turns))
    together = [msgspec.structs.replace(item, position=1) for item in items]
    one, other = begun(), begun()
    one.fold(together, {})
    for item in together:
        other.fold([item], {})
    assert encoded(one) == encoded(other)


def encoded(state: ViewState) -> bytes:
    return msgspec.json.encode(state.rows(COMPOUND), order="sorted")


def reread(rows: CompoundRows) -> CompoundRows:
    """As they come back from where they are stored."""
    made = CompoundRows(rows.compound)
    for kind, found in rows.kinds.items():
        for key, row in found.items():
            made.put(
                kind, key, msgspec.json.decode(msgspec.json.encode(row), type=VIEW.kinds[kind])
            )
    return made


def test_the_draws_reach_every_state() -> None:
    """Else the properties would hold of nothing."""

    def one(gap: int, fact: int = 0, act: str = "", kind: int = 0) -> Drawn:
        return Drawn(gap=gap, fact=fact, origin="live", act=act, kind=kind, hours=120)

    lived = Lived([one(0), one(61), one(1, 3), one(1, act="shelve"), one(20, 4), one(1, 2),
                   one(20, act="ack"), one(20, 1), one(20), one(1, act="ack"), one(1, 1),
                   one(300)])  # fmt: skip
    rows = lived.state.rows(COMPOUND)
    assert {kind for kind, found in rows.items() if found} >= {"alarm", "closed", "flood", "life"}
    assert any(isinstance(one.data, Fired) for one in lived.hub)
    found = rows["alarm"]["t.lasting:door/1"]
    assert isinstance(found, Alarm)
    assert found.escalations or found.reopened
