"""Events of all compounds → the district's rows. Pure; a table of which noun folds which type.

A run tells its facts first, and then each haul that they touch is settled once: what follows does
not depend on the order in which they stand. Alarms are raised of how things stand behind the run,
so what is missed and lifted in one batch sounds for nobody.

What people do is believed from the hub's own journal only.
"""

from collections.abc import Iterable

from core.event import Data, Recorded
from core.events import register
from core.events.custody import CatchUpDispatched, HistoryImported, LedgerExported
from core.events.device import ClockSkewed
from core.events.timer import Fired
from core.ownjournal import GATEWAY
from projections.alarms import fold as alarms
from projections.alarms import people
from projections.alarms.rules import HAUL
from projections.days import number
from projections.instant import follow_clock, is_live
from projections.view import DISTRICT, Rows, Run
from projections.waste_district import kept, shift_alarms
from projections.waste_district.entering import entries
from projections.waste_district.entering.reach import Reach
from projections.waste_district.lifts import gather
from projections.waste_district.loads import tickets
from projections.waste_district.records import record
from projections.waste_district.rows.kept import Mark
from projections.waste_district.settle import settle
from projections.waste_sorting import deeds

NAME = HAUL
_PAPERS: frozenset[type[Data]] = frozenset((LedgerExported, HistoryImported, CatchUpDispatched))
_TOLD = gather.TYPES | tickets.TYPES | deeds.TYPES  # what happened, and tells how late it is
_BY_PEOPLE = frozenset[type[Data]](
    (*register.TYPES, LedgerExported, CatchUpDispatched, *people.TYPES)
)
ABOUT = frozenset[type[Data]]((*entries.ABOUT, *_TOLD, *_PAPERS, *people.TYPES, ClockSkewed))


def fold(rows: Rows, run: Run) -> None:
    folding = _Folding(rows)
    for item in run:
        folding.take(item)
    folding.end(run[-1])


class _Folding:
    """Of one run. Owns what is put once for all of it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._heard = gather.Gathering(rows)
        self._reach = Reach(rows)
        self._done: list[Recorded] = []
        self._keys: set[str] = set()
        self._live: dict[str, list[Recorded]] = {}  # by haul, what is news
        self._fired: list[tuple[Recorded, Fired]] = []
        self._mark = rows.get("mark", "mark", Mark) or Mark()
        self._days: dict[int, int] = {}  # that were told of, and until when
        self._oldest_ms = kept.oldest_ms(self._mark)

    def take(self, item: Recorded) -> None:
        rows, data = self._rows, item.event.data
        type_ = type(data)
        if type_ in _BY_PEOPLE and item.gateway != GATEWAY:
            return
        if type_ in _TOLD:
            ms = item.moment.ms
            if ms < self._oldest_ms:
                return
            day = number(ms)
            self._days[day] = max(self._days.get(day, 0), ms)
        if type_ in gather.TYPES:
            self._news(item, [self._heard.hear(item)])
        elif type_ in tickets.TYPES:
            keys = tickets.weigh(rows, item)
            self._keys.update(keys)
            self._news(item, keys)
        elif type_ in deeds.TYPES:
            self._done.append(item)
        elif type_ in entries.ABOUT:
            touched = entries.enter(rows, item)
            if touched is not None:
                self._keys.update(touched)
                self._reach.hear(item)
        elif type_ in _PAPERS:
            record(rows, item)
        elif type_ in people.TYPES and item.compound == DISTRICT:
            alarms.see(rows, item, NAME)
            if isinstance(data, Fired) and data.view == NAME:
                self._fired.append((item, data))
        if not data.BULK:
            follow_clock(rows, item)

    def _news(self, item: Recorded, keys: Iterable[str]) -> None:
        if is_live(self._rows, item):
            for key in keys:
                self._live.setdefault(key, []).append(item)

    def end(self, last: Recorded) -> None:
        rows = self._rows
        deeds.enter(rows, self._done)
        self._keys.update(self._heard.put())
        self._keys.update(self._reach.keys())
        settle(rows, last, self._keys, self._live)
        for key in sorted(self._live):
            shift_alarms.watch(rows, self._live[key][-1], key)
        for item, data in self._fired:
            shift_alarms.fired(rows, item, data)
        mark = kept.extended(self._mark, self._days)
        if mark != self._mark:
            rows.put("mark", "mark", mark)
            oldest_ms = kept.oldest_ms(mark)
            if oldest_ms > self._oldest_ms:
                kept.thin(rows, oldest_ms)
