"""Pages of batches → folds → rows and position, one transaction a view and page.

Killing it anywhere resumes from the position; what was folded but not committed is folded
again from the same rows. Batches are decoded once for all views. A log that was put back or
deleted is another history: views that stand beyond it or beside it are folded again from 0.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

import msgspec
from eventsourcing.persistence import Notification

from core import codec
from core.batch import leaf_hash, parse
from core.catalog import Catalog
from core.codec import Unread
from core.errors import BadFrame, FatalError
from core.event import Recorded
from core.store.port import EventStore
from projections.state import Touched, ViewState
from projections.store import ViewStore
from projections.view import Kinds, View

_LOG = logging.getLogger("hub.views")

PAGE_BATCHES = 256
PAGE_BYTES = 2_000_000


class Page(msgspec.Struct, frozen=True):
    """What one page brought, as told to listeners: after the commit, in order."""

    position: int
    events: Sequence[Recorded]
    touched: Mapping[str, Touched]


class Runner:
    """Owns the views' states and views.db. `step` runs on one thread; reads come from any."""

    def __init__(
        self, log: EventStore, views: Sequence[View], store: ViewStore, catalog: Catalog
    ) -> None:
        self._log = log
        self._store = store
        self._catalog = catalog
        self._lock = threading.Lock()  # held while rows change: readers see whole pages
        self._states = {view.name: store.load(view) for view in views}
        self._listeners: list[Callable[[Page], None]] = []
        self._awake = threading.Event()
        self._stop = threading.Event()
        self.unread = 0  # stored events of types this version does not know
        self._compare()
        log.subscribe(lambda _head: self._awake.set())

    @property
    def views(self) -> Mapping[str, View]:
        return {name: state.view for name, state in self._states.items()}

    def position(self) -> int:
        """Where the slowest view stands."""
        return min(state.position for state in self._states.values())

    def listen(self, listener: Callable[[Page], None]) -> None:
        """`listener(page)` is called on the runner's thread after each committed page."""
        self._listeners.append(listener)

    def step(self, upto: int | None = None) -> bool:
        """Fold one page, of batches up to `upto` only; False when there was nothing to fold."""
        start = self.position()
        notifications = [
            one
            for one in self._log.read(start, PAGE_BATCHES, PAGE_BYTES)
            if upto is None or one.id <= upto
        ]
        if not notifications:
            return self._beyond(self._log.head())
        leaf = leaf_hash(notifications[-1].state)
        events: list[Recorded] = []
        for notification in notifications:
            for item in self._read(notification):
                if isinstance(item, Recorded):
                    events.append(item)
                else:
                    self.unread += 1
        page = Page(notifications[-1].id, events, {name: {} for name in self._states})
        for name, state in self._states.items():
            if state.position >= page.position:
                continue
            after = state.position
            fresh = events if after <= start else [e for e in events if e.position > after]
            touched = page.touched[name]
            with self._lock:
                state.fold(fresh, touched)
                state.position = page.position
            self._store.save(state, touched, leaf)
        for listener in self._listeners:
            listener(page)
        return True

    def _compare(self) -> None:
        """Is the log the one the views were folded from? Views usually stand at one position,
        so this is one read."""
        leaves: dict[int, bytes] = {}
        for name, state in list(self._states.items()):
            at = state.position
            if at and at not in leaves:
                found = self._log.read(at - 1, 1, PAGE_BYTES)
                leaves[at] = leaf_hash(found[0].state) if found and found[0].id == at else b""
            kept = self._store.leaf(state.view)
            if at and not leaves[at]:
                self._again(name, "the log does not reach it")
            elif at and kept and kept != leaves[at]:
                self._again(name, "the log holds another batch there")

    def _beyond(self, head: int) -> bool:
        """Fold again what stands beyond the log's end; whether there was any."""
        found = [name for name, state in self._states.items() if state.position > head]
        for name in found:
            self._again(name, f"the log now ends at {head}")
        return bool(found)

    def _again(self, name: str, why: str) -> None:
        state = self._states[name]
        _LOG.error(
            "%s stands at position %d, but %s: the log was put back or replaced. Folding again "
            "from its beginning.", name, state.position, why,
        )  # fmt: skip
        self._store.drop(state.view)
        with self._lock:
            self._states[name] = ViewState(state.view)

    def _read(self, notification: Notification) -> Sequence[Recorded | Unread]:
        """A damaged batch in our own log is not somebody's bad input: views stop there (I8)."""
        try:
            return codec.recorded(parse(notification.state), notification.id, self._catalog)
        except BadFrame as bad:
            raise FatalError(f"the batch stored at position {notification.id}: {bad}") from bad

    def run(self) -> None:
        """Until `stop`; sleeps while the log has nothing new."""
        while not self._stop.is_set():
            self._awake.clear()
            while not self._stop.is_set() and self.step():
                pass
            if not self._stop.is_set():
                self._awake.wait()

    def stop(self) -> None:
        self._stop.set()
        self._awake.set()

    def rows(self, view: str, compound: str) -> tuple[int, Kinds]:
        """(position, rows) as of the last whole page."""
        with self._lock:
            state = self._states[view]
            return state.position, state.rows(compound)

    def compounds(self) -> list[str]:
        with self._lock:
            return sorted({name for state in self._states.values() for name in state.compounds})


def as_of(log: EventStore, view: View, compound: str, position: int, catalog: Catalog) -> Kinds:
    """The view of one compound as it was at `position`, folded from the log alone."""
    state = ViewState(view)
    while state.position < position:
        page = log.read(state.position, PAGE_BATCHES, PAGE_BYTES)
        if not page:
            break
        for notification in page:
            if notification.id > position:
                return state.rows(compound)
            found = codec.recorded(parse(notification.state), notification.id, catalog)
            state.fold(
                (one for one in found if isinstance(one, Recorded) and one.compound == compound), {}
            )
            state.position = notification.id
    return state.rows(compound)
