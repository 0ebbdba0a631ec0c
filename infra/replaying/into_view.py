"""A range of the log folded into scratch views: beside the live ones, of which it reads nothing
but snapshots."""

import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from core.catalog import CATALOG
from core.errors import ConfigError
from core.event import Recorded
from core.tlog.tree import leaf_hash
from infra.reading import Reading
from infra.replaying import telling
from infra.replaying.reader import Part, parts, place
from infra.replaying.turn import Turn
from infra.replaying.watching import Watch
from infra.replaying.wish import MEMORY, Chosen, Wish
from projections.alarms.rules import Book
from projections.backtest import Comparison, Range, Trial
from projections.replay.scratch import Scratch, states_at
from projections.replay.steps import Step
from projections.rulebook import put_in_force
from projections.store import Folded, open_views
from projections.web.asof import digest
from projections.web.lines import Line
from projections.web.scan import Place


class Hash(msgspec.Struct, frozen=True):
    """Of a view's rows as people read them. `same`: whether that is the hash of the view as of
    then; None where no view ever stood."""

    view: str
    scope: str
    hash: str
    same: bool | None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """`stopped`: before which event, if it did not come to its end. `position`: the last batch of
    which every event is in the rows."""

    events: int
    unread: int
    position: int
    stopped: Place | None
    hashes: Sequence[Hash]
    trials: Sequence[Comparison]


class Fold:
    """One pass: rows, and where other rules are tried, both their courses."""

    def __init__(self, hub: Reading, chosen: Chosen, wish: Wish, book: Book | None) -> None:
        self._hub, self._chosen, self._wish = hub, chosen, wish
        before, nearest = chosen.before, hub.nearest
        self._scratch = Scratch(hub.log, chosen.scopes, before, CATALOG, nearest)
        self._trials = [] if book is None else [
            Trial(
                hub.log, view, scope, before, CATALOG, partial(put_in_force, book=book),
                nearest(view),
            )
            for view, scope in chosen.scopes
        ]  # fmt: skip
        self._watched = wish.step or wish.speed != "max"  # each line is waited for
        self._singly = self._watched or not wish.quiet
        self._events = self._unread = 0
        self._position, self._leaf = before, b""

    def run(self, turn: Turn, watch: Watch) -> Place | None:
        """Before which event it was stopped, if it was. BadFrame, FoldFailed as the log and the
        views do."""
        for part in parts(self._hub.log, self._chosen, self._scratch.sieve):
            stopped = self._take(part, turn, watch)
            if stopped is not None:
                return stopped
            self._position = part.notification.id
            self._leaf = leaf_hash(part.notification.state)
            for trial in self._trials:
                trial.fold([*part.known, *part.items])
                trial.due(self._position)
        return None

    def ended(self, stopped: Place | None) -> Ended:
        return Ended(
            events=self._events,
            unread=self._unread,
            position=self._position,
            stopped=stopped,
            hashes=self._hashes(stopped),
            trials=self._tried(),
        )

    def put(self, path: Path) -> None:
        """The rows as a views' file of their own, each with the position that changed it last."""
        with contextlib.closing(open_views(path)) as store:
            for state in self._scratch.states():
                rows = list(state.stored())
                store.replace(
                    state.view, Folded(position=self._position, leaf=self._leaf, rows=rows)
                )

    def _take(self, part: Part, turn: Turn, watch: Watch) -> Place | None:
        """Before which event it was stopped, if it was."""
        self._scratch.fold(part.known, last=not part.items)
        self._unread += part.unread
        done = part.notification.id - self._chosen.before
        if not self._singly:
            at = part.items[0].event.recordedtime if part.items else ""
            if part.items and not turn(at):
                return place(part.items[0])
            self._scratch.fold(part.items, last=True)
            self._events += len(part.items)
            watch(done, at)
            return None
        for item in part.items:
            wanted = self._chosen.wanted.wants(item)
            if wanted and not turn(item.event.recordedtime):
                return place(item)
            self._fold(item, wanted=wanted, last=item is part.items[-1])
            watch(done - 1, item.event.recordedtime)
        return None

    def _fold(self, item: Recorded, *, wanted: bool, last: bool) -> None:
        changes = self._scratch.fold([item], last=last)
        self._events += 1
        if not wanted or self._wish.quiet:
            return
        step = Step(Line(item), changes)
        for line in [telling.as_json(step)] if self._wish.json else telling.lines(step):
            print(line, flush=self._watched)

    def _hashes(self, stopped: Place | None) -> list[Hash]:
        scopes, scratch = self._chosen.scopes, self._scratch
        made = [digest(view.present(scratch.rows(view, scope))) for view, scope in scopes]
        if stopped is not None and stopped.index:
            same: list[bool | None] = [None] * len(made)
        else:
            then = states_at(self._hub.log, scopes, self._position, CATALOG, self._hub.nearest)
            same = [
                digest(view.present(then[view.name].rows(scope))) == one
                for (view, scope), one in zip(scopes, made, strict=True)
            ]
        return [
            Hash(view.name, scope, one, equal)
            for (view, scope), one, equal in zip(scopes, made, same, strict=True)
        ]

    def _tried(self) -> list[Comparison]:
        received = self._hub.log.received_at(self._position)
        if received is None:
            return []
        within = Range(self._chosen.before, self._position, received)
        return [trial.ended(within) for trial in self._trials]


def target(wish: Wish, hub: Reading) -> Path | None:
    """The new file the rows go into; None: they are in memory only. A replay never touches what
    the hub keeps, nor anything that is there already."""
    if wish.into == MEMORY:
        return None
    path = Path(wish.into)
    if path.exists():
        raise ConfigError(f"--into {path}: it is there already. Name a file that is not.")
    if not path.parent.is_dir():
        raise ConfigError(f"--into {path}: there is no folder {path.parent}. Make it first.")
    if path.parent.resolve() == hub.folder.resolve():
        raise ConfigError(f"--into {path}: this folder is the hub's. Name a file elsewhere.")
    return path
