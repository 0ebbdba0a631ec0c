"""A hub's voice over a log in memory: a view whose rows ask for timers and for words, the runner
that folds it, and the hub's own journal. Facts are those of one pretend gateway."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from core import codec
from core.batch import Head, Journal, parse
from core.catalog import CATALOG
from core.clock import parse_rfc3339, rfc3339
from core.errors import DiskFull, Unavailable
from core.event import Data, Event, Recorded
from core.events.alarm import Cleared as AlarmCleared
from core.events.alarm import Escalated, Raised
from core.events.device import HealthReported
from core.events.door import Closed, HeldOpen, Opened
from core.events.timer import Fired
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.writer import BatchWriter
from projections.alarms.row import TIMER, UNTOLD, Timer, Untold
from projections.runner import Runner
from projections.safe_community.rows.gateways import Gateway
from projections.view import Kinds, Row, Rows, Run, View
from tests.fix_core import FixedClock, signer_of
from tests.fix_runner import in_memory, running, settle
from tests.fix_views import COMPOUND, MemoryLog, Said

AFTER = timedelta(seconds=60)


class Count(Row, frozen=True, kw_only=True):
    fired: tuple[str, ...] = ()  # dues


def _fold(rows: Rows, run: Run) -> None:
    """A door that opened is looked at after a minute; by a held one somebody is told."""
    for item in run:
        data, subject = item.event.data, item.event.subject
        match data:
            case Opened():
                due = rfc3339(parse_rfc3339(item.moment.at) + AFTER)
                # "back" doors are judged by what their gateway told until then.
                needs = (item.gateway,) if subject.endswith("back") else ()
                timer = Timer(name="care", about=subject, due=due, gateways=needs)
                rows.put(TIMER, f"care:{subject}", timer)
            case Closed():
                rows.drop(TIMER, f"care:{subject}")
            case HealthReported():
                seen = Gateway(gateway=item.gateway, seen=item.event.recordedtime)
                rows.put("gateway", item.gateway, seen)
            case Fired():
                _fired(rows, data)
            case HeldOpen():
                rows.put(UNTOLD, f"raised:{subject}", _untold(item))
            case Raised() | Escalated() | AlarmCleared():
                rows.drop(UNTOLD, f"raised:{data.alarm}")


def _fired(rows: Rows, data: Fired) -> None:
    armed = rows.get(TIMER, data.timer, Timer)
    if armed is not None and armed.due == data.due:
        rows.drop(TIMER, data.timer)
        count = rows.get("count", data.timer, Count) or Count()
        rows.put("count", data.timer, Count(fired=(*count.fired, data.due)))


def _untold(item: Recorded) -> Untold:
    return Untold(
        what="raised",
        alarm=item.event.subject,
        kind="door.heldopen",
        subject=item.event.subject,
        device=item.device,
        gateway=item.gateway,
        priority=2,
        at=item.moment.at,
        recorded=item.event.recordedtime,
        causes=(item.event.id,),
        late=item.event.origin != "live",
    )


def _present(rows: Kinds) -> dict[str, Any]:
    return {kind: msgspec.to_builtins(found) for kind, found in rows.items()}


ASKING = View(
    name="asking",
    version=1,
    kinds={TIMER: Timer, UNTOLD: Untold, "count": Count, "gateway": Gateway},
    fold=_fold,
    present=_present,
)


class _Log(MemoryLog):
    """A database that fails at the next append: before it, or after it (`hidden`)."""

    trouble: Exception | None = None
    hidden = False

    def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
        trouble, self.trouble = self.trouble, None
        if trouble is not None and not self.hidden:
            raise trouble
        positions = super().append(batches, received)
        if trouble is not None:
            raise trouble
        return positions


class Voice:
    """The hub's log and clock; `start` is another process over them."""

    def __init__(self, folder: Path, clock: FixedClock, views: Sequence[View] = (ASKING,)) -> None:
        self.log = _Log()
        self.clock = clock
        self.views = views
        self.keys = KeyStore(folder / "keys.db")
        self.store = in_memory()
        self._said = Said("gw01")
        signer = signer_of(3)
        self._writer = BatchWriter(Journal(signer.public, 1), signer, Head())
        self.start()

    def start(self) -> None:
        self.own = OwnJournal(self.log, signer_of(4), self.clock, self.keys)
        self.runner: Runner = running(self.log, self.store, self.views)

    def fact(self, data: Data, subject: str, at: datetime | None = None, **how: Any) -> str:
        """Its id."""
        event = self._said.event(data, subject, at=at or self.clock.now(), **how)
        batches = self._writer.batches([codec.encode(event)], self.clock.now())
        self.log.append([one.stored() for one in batches], self.clock.now())
        self._writer.advance(batches)
        return event.id

    def settle(self) -> None:
        settle(self.runner)

    def put_back(self) -> None:
        """The log is as it was before anything happened, while the process runs on."""
        self.log.stored.clear()
        self.log.received.clear()
        self.settle()

    def row(self, kind: str, key: str) -> Row | None:
        return self.runner.rows("asking", COMPOUND)[1].get(kind, {}).get(key)

    def said(self, kind: type[Data]) -> list[Event]:
        """What stands in the log of that type, in its order."""
        found = [
            item
            for position, one in enumerate(self.log.stored, 1)
            for item in codec.recorded(parse(one.state), position, CATALOG)
        ]
        return [
            one.event
            for one in found
            if isinstance(one, Recorded) and isinstance(one.event.data, kind)
        ]


AWAY = Unavailable("the database does not answer")
FULL = DiskFull("no room")


@pytest.fixture
def voice(tmp_path: Path, clock: FixedClock) -> Iterator[Voice]:
    made = Voice(tmp_path, clock)
    yield made
    made.keys.close()
    made.store.close()
