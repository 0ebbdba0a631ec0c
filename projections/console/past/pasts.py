"""What screens of the past are drawn from, folded once for all who look at the same moment."""

from datetime import UTC, datetime

from projections.console.snapshots import Sight
from projections.hindsight import Past
from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import Kinds
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.desk import Desk
from projections.web.turns import Turns
from projections.window import CHINA

_KEPT = 8  # moments


class Pasts:
    """Owns the moments that were looked at last. Event loop only; folding takes its turn."""

    def __init__(self, desk: Desk, folds: Turns) -> None:
        self._desk, self._folds = desk, folds
        self._kept: dict[tuple[str, Past], Sight] = {}
        self.first_ms = 0  # when the first thing happened that anybody told of

    async def sight(self, wanted: str, past: Past) -> Sight:
        """Of the compound asked for, or of the first one if there is none of that name. Busy when
        too many ask."""
        found = self._kept.pop((wanted, past), None)
        if found is None:
            found = await self._folds.run(self._read, wanted, past)
        self._kept[wanted, past] = found
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def look(self) -> None:
        """How far back there is something to look at. Reads the log: off the loop."""
        received = self._desk.log.received_at(1)
        if received is not None:
            first = round(received.timestamp() * 1000)
            late = self._desk.late.earliest()
            self.first_ms = first if late is None else min(first, late)

    def _read(self, wanted: str, past: Past) -> Sight:
        """What is not of the log is not known of then: links and refusals."""
        desk = self._desk
        compounds = desk.runner.compounds()
        compound = wanted if wanted in compounds else next(iter(compounds), "")
        now = datetime.fromtimestamp(max(past.ms, 0) / 1000, UTC)
        return Sight(
            compound=compound,
            compounds=compounds,
            position=past.position,
            received=desk.log.received_at(past.position),
            safe=self._rows(SAFE_COMMUNITY.name, compound, past),
            waste=self._rows(WASTE_SORTING.name, compound, past),
            now=now,
            today=now.astimezone(CHINA).date(),
            uplinks={},
            refusals=(),
            stopped=tuple(desk.runner.failures.values()),
        )

    def _rows(self, view: str, compound: str, past: Past) -> Kinds:
        if view not in self._desk.runner.views or not compound:
            return {}
        return self._desk.runner.view(view).as_known(compound, past, self._desk.late)
