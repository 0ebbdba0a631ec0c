"""What other rules would have made of what happened; the same rules make the same of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from core.catalog import CATALOG
from core.clock import rfc3339
from core.event import Data
from core.events.alarm import Acknowledged, Shelved
from core.events.device import HealthReported
from core.events.door import Closed, DoorTampered, HeldOpen
from infra.hub.views import VIEWS
from projections import backtest
from projections.alarms.row import Alarm
from projections.alarms.rules import Book, Rule
from projections.alarms.validation import BUILT_IN
from projections.backtest import Comparison, Range
from projections.outbox import Outbox
from projections.past import no_snapshots
from projections.responses import Responses
from projections.rulebook import put_in_force
from projections.timers import Timers
from tests.fix_core import START, FixedClock
from tests.fix_told import Voice
from tests.fix_views import COMPOUND, Said

SAFE, *_ = VIEWS
MINUTE = timedelta(minutes=1)


class Past(Voice):
    """A hub that lived through something, its timers and its own words among it."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        super().__init__(folder, clock, VIEWS)
        about = self.runner, self.log.head, self.own.append, clock
        self._timers, self._outbox = Timers(*about), Outbox(*about, Responses())

    def lived(self, data: Data, subject: str) -> str:
        """A fact, and all that comes of it; its id."""
        fact = self.fact(data, subject)
        self.live()
        return fact

    def act(self, data: Data) -> None:
        said = Said("hub", "hub").event(
            data, "alarm/x", at=self.clock.now(), origin="manual", quality="gateway"
        )
        self.own.append([msgspec.structs.replace(said, id=f"act:{self.log.head()}")])
        self.live()

    def live(self) -> None:
        for _ in range(3):
            self.settle()
            self._timers.tick()
            self._outbox.tick()
        self.settle()

    def wait(self, by: timedelta) -> None:
        """Second for second as far as anything comes due in it; the gateway is heard of."""
        end = self.clock.now() + by
        while self.clock.now() < end:
            self.clock.at = min(end, self.clock.now() + timedelta(seconds=10))
            self.live()
        self.lived(HealthReported(boot=1, backlog=0), "gateway/gw01")

    def alarms(self) -> dict[str, Alarm]:
        kinds = self.runner.rows(SAFE.name, COMPOUND)[1]
        return {
            row.id: row
            for kind in ("closed", "alarm")
            for row in kinds.get(kind, {}).values()
            if isinstance(row, Alarm)
        }

    def compare(
        self, book: Book, since: datetime = START, until: datetime | None = None
    ) -> Comparison:
        until = until or self.clock.now()
        within = Range(self.log.position_at(since), self.log.position_at(until), until)
        replace = partial(put_in_force, book=book)
        return backtest.compare(self.log, SAFE, COMPOUND, within, CATALOG, replace, no_snapshots)


@pytest.fixture
def past(tmp_path: Path, clock: FixedClock) -> Iterator[Past]:
    made = Past(tmp_path, clock)
    yield made
    made.keys.close()
    made.store.close()


def evening(past: Past) -> str:
    """A door held open, escalated, seen to, closed; another tampered with, and shelved; the first
    again, dealt with late. The first alarm's id."""
    past.lived(HealthReported(boot=1, backlog=0), "gateway/gw01")
    past.clock.move(MINUTE)
    first = past.lived(HeldOpen(), "door/south")
    past.wait(6 * MINUTE)  # escalated at five
    alarm = f"door.heldopen:door/south:{first}"
    past.act(Acknowledged(alarm=alarm, actor="li"))
    past.wait(MINUTE)
    past.lived(Closed(), "door/south")
    tampered = past.lived(DoorTampered(), "door/north")
    until = rfc3339(past.clock.now() + 10 * MINUTE)
    past.act(Shelved(alarm=f"door.tampered:door/north:{tampered}", actor="li", until=until))
    past.wait(12 * MINUTE)
    past.lived(HeldOpen(), "door/south")
    past.wait(20 * MINUTE)
    return alarm


def changed(kind: str, **fields: object) -> Book:
    rules = [
        msgspec.structs.replace(one, **fields) if one.kind == kind else one
        for one in BUILT_IN.rules
    ]
    return Book(rules)


def without(kind: str) -> Book:
    return Book([one for one in BUILT_IN.rules if one.kind != kind])


def test_the_same_rules_make_no_difference(past: Past) -> None:
    alarm = evening(past)
    live = past.alarms()
    assert live[alarm].level == 1, "it was escalated, or this test proves nothing"
    assert len(live) == 3
    found = past.compare(BUILT_IN)
    assert found == Comparison(was=3, would=3, differences=())


@pytest.mark.parametrize("minutes", [0.5, 3, 6.2, 7.5, 9, 19, 30])
def test_nor_from_the_middle_of_it(past: Past, minutes: float) -> None:
    """Wherever the range begins and ends: with timers armed, alarms open, one shelved."""
    evening(past)
    middle = START + minutes * MINUTE
    assert past.compare(BUILT_IN, since=middle).differences == ()
    assert past.compare(BUILT_IN, until=middle).differences == ()


def test_what_would_not_have_been_an_alarm(past: Past) -> None:
    evening(past)
    found = past.compare(without("door.tampered"))
    (one,) = found.differences
    assert (one.what, one.kind, one.subject) == ("disappears", "door.tampered", "door/north")
    assert (found.was, found.would, one.would) == (3, 2, {})
    assert one.was["priority"] == 2


def test_what_would_have_been_one(past: Past) -> None:
    evening(past)
    rule = Rule(name="closed", kind="door.closed", priority=4, on=("door.closed.v1",))
    (one,) = past.compare(Book([*BUILT_IN.rules, rule])).differences
    assert (one.what, one.kind, one.would["priority"]) == ("appears", "door.closed", 4)


def test_what_would_have_been_more_urgent_and_escalated_otherwise(past: Past) -> None:
    alarm = evening(past)
    found = past.compare(changed("door.heldopen", priority=1, escalate=()))
    assert {one.what for one in found.differences} == {"changes"}
    one = next(one for one in found.differences if one.alarm == alarm)
    assert (one.was["priority"], one.would["priority"]) == (2, 1)
    assert len(one.was["escalations"]) == 1
    assert list(one.would["escalations"]) == []
    assert "causes" not in one.was, "only what differs is told"


def test_an_escalation_that_would_have_come_in_time_for_nobody(past: Past) -> None:
    """Timers of the other rules are due though the log never heard of them."""
    alarm = evening(past)
    rule = next(one for one in BUILT_IN.rules if one.kind == "door.heldopen")
    sooner = [msgspec.structs.replace(one, after_s=60.0) for one in rule.escalate]
    found = past.compare(changed("door.heldopen", escalate=tuple(sooner)))
    one = next(one for one in found.differences if one.alarm == alarm)
    (escalation,) = one.would["escalations"]
    assert escalation["at"] == rfc3339(START + 2 * MINUTE)


def test_the_log_is_only_read(past: Past) -> None:
    evening(past)
    head, rows = past.log.head(), past.runner.rows(SAFE.name, COMPOUND)
    past.compare(without("door.tampered"))
    assert past.log.head() == head
    assert past.runner.rows(SAFE.name, COMPOUND) == rows


def test_another_compound_is_not_asked(past: Past) -> None:
    evening(past)
    within = Range(0, past.log.head(), past.clock.now())
    replace = partial(put_in_force, book=without("door.tampered"))
    found = backtest.compare(past.log, SAFE, "c09", within, CATALOG, replace, no_snapshots)
    assert found == Comparison(was=0, would=0, differences=())
