"""Pages of batches → followers, each of which commits what it makes of them with its position.

Killing it anywhere resumes from the positions; what was folded but not committed is folded again
from the same rows. Batches are decoded once for all followers that stand at one place. A log that
was put back or deleted is another history: who stands beyond it or beside it begins again. A
follower whose fold fails stops at the batch before, alone; databases that are away are waited for.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from eventsourcing.persistence import Notification

from core.catalog import Catalog
from core.errors import DiskFull, FatalError, Unavailable
from core.event import Recorded
from core.store.port import Log
from core.tlog.tree import leaf_hash
from projections import pages
from projections.failure import Failure, failure
from projections.follower import FoldFailed, Follower, Item, Mending, Touched
from projections.pace import Pace
from projections.pages import read
from projections.view import DISTRICT, Kinds, View
from projections.view_follower import ViewFollower

_LOG = logging.getLogger("hub.views")

_WAITS = (0.25, 2.0)  # seconds between tries while a database is away or a disk full
_IDLE = 1.0  # seconds between looks at a log that tells of its growth, for one that was put back
_POLL = 0.05  # … and at one that another process writes


class Page(msgspec.Struct, frozen=True):
    """What one page brought, as told to listeners: after the commit, in order."""

    position: int
    events: Sequence[Recorded]
    touched: Mapping[str, Touched]


class Lag(msgspec.Struct, frozen=True):
    """How far behind the log: batches, and seconds since the first of them was received."""

    batches: int
    seconds: float


class Runner:
    """Drives followers. `step` and `run` on one thread; reads come from any.

    Of the log it holds one page at a time.
    """

    def __init__(self, log: Log, followers: Sequence[Follower], catalog: Catalog) -> None:
        self._log = log
        self._followers = {one.name: one for one in followers}
        self._views = {one.name: one for one in followers if isinstance(one, ViewFollower)}
        self._catalog = catalog
        self._listeners: list[Callable[[Page], None]] = []
        self._awake = threading.Event()
        self._stop = threading.Event()
        self._paces = (Pace(), Pace())
        self._touched: dict[str, Touched] = {name: {} for name in self._followers}
        self._retries: set[str] = set()
        self.failures: Mapping[str, Failure] = {}  # follower → why it stopped
        self.waiting = ""  # what is waited for, empty while all answers
        self.folded = dict.fromkeys(self._followers, 0)  # events since the start
        self.unread = 0  # stored events this version cannot read, since the start
        self._compare()
        self._told = self.position()
        subscribe = getattr(log, "subscribe", None)
        self._pause = _POLL if subscribe is None else _IDLE
        if subscribe is not None:
            subscribe(lambda _head: self._awake.set())

    # --- reads --------------------------------------------------------------------------------

    @property
    def views(self) -> Mapping[str, View]:
        return {name: one.view for name, one in self._views.items()}

    def position(self) -> int:
        """Where the slowest view stands of those that have not failed: what else follows the log
        holds up no screen."""
        running = self._running()
        views = [one for one in running if one.name in self._views]
        return min(one.position() for one in views or running or self._followers.values())

    def positions(self) -> dict[str, int]:
        return {name: one.position() for name, one in self._followers.items()}

    def rows(self, view: str, compound: str) -> tuple[int, Kinds]:
        """(position, rows) as of the last whole page."""
        return self._views[view].rows(compound)

    def compounds(self) -> list[str]:
        """Those that events came from. What is done about the district makes no compound of it."""
        views = (one for one in self._views.values() if one.view.over == "compound")
        found = ((one, name) for one in views for name in one.compounds())
        return sorted({name for one, name in found if name != DISTRICT or one.rows(name)[1]})

    def knows(self, compound: str) -> bool:
        """Whether something is shown under that name: a compound's, or the district's."""
        return any(compound in one.compounds() for one in self._views.values())

    def view(self, name: str) -> ViewFollower:
        return self._views[name]

    def lag(self, name: str, now: datetime) -> Lag:
        """Unavailable when the log does not answer."""
        at = self._followers[name].position()
        batches = max(0, self._log.head() - at)
        if not batches:
            return Lag(0, 0.0)
        first = self._log.read(at, 1, 1)
        received = self._log.received_at(first[0].id) if first else None
        return Lag(batches, max(0.0, (now - received).total_seconds()) if received else 0.0)

    def listen(self, listener: Callable[[Page], None]) -> None:
        """`listener(page)` is called on the runner's thread after each committed page."""
        self._listeners.append(listener)

    # --- from any thread ----------------------------------------------------------------------

    def retry(self, name: str) -> None:
        """Let a follower that failed try again. KeyError when there is none of that name."""
        self._retries.add(self._followers[name].name)
        self._awake.set()

    def stop(self) -> None:
        self._stop.set()
        self._awake.set()

    # --- the runner's thread --------------------------------------------------------------------

    def run(self) -> None:
        """Until `stop`; sleeps while the log has nothing new. FatalError ends it."""
        wait, lost = _WAITS[0], False
        while not self._stop.is_set():
            self._awake.clear()
            try:
                if lost:
                    self._recover()
                    lost = False
                while not self._stop.is_set() and self.step():
                    wait, self.waiting = _WAITS[0], ""
            except (DiskFull, Unavailable) as trouble:
                self.waiting = str(trouble)
                _LOG.error("views wait, again in %.1f s: %s", wait, trouble)
                self._stop.wait(wait)
                wait, lost = min(wait * 2, _WAITS[1]), True
                continue
            wait, self.waiting = _WAITS[0], ""
            self._awake.wait(self._pause)

    def step(self, upto: int | None = None) -> bool:
        """Fold one page, of batches up to `upto` only; False when there was nothing to fold.
        Unavailable and DiskFull: `reload` followers before the next one."""
        self._revive()
        running = self._running()
        if not running:
            return False
        near = max(one.position() for one in running) - pages.PAGE_BATCHES
        ahead = [one for one in running if one.position() >= near]
        behind = [one for one in running if one.position() < near]
        moved = self._page(ahead, upto, self._paces[0])
        if behind:  # they catch up beside the newest events, not before them
            moved = self._page(behind, upto, self._paces[1]) or moved
        moved = self._mend() or moved
        return moved or self._beyond(self._log.head())

    def _page(self, followers: Sequence[Follower], upto: int | None, pace: Pace) -> bool:
        began = time.monotonic()
        start = min(one.position() for one in followers)
        page = read(self._log, self._catalog, start, upto, pace.bytes)
        if page is None:
            return False
        for one in followers:
            if one.position() < page.last.id:
                self._give(one, page)
        self._tell(page.last.id, page.items)
        pace.took(page.size(), time.monotonic() - began)
        return True

    def _give(self, follower: Follower, page: pages.Page) -> None:
        """All at once; if that fails, batch by batch, up to the one that cannot be taken."""
        if self._attempt(follower, page.behind(follower.position()), page.last) is None:
            return
        for one in page.notifications:
            if one.id > follower.position():
                error = self._attempt(follower, page.of(one), one)
                if error is not None:
                    self._failed(failure(follower.name, one.id, error))
                    return

    def _attempt(
        self, follower: Follower, fresh: Sequence[Item], last: Notification
    ) -> Exception | None:
        """What the follower raised, if it did: then it stands where it stood."""
        try:
            touched = follower.take(fresh, last.id, leaf_hash(last.state))
        except (FatalError, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001 - one broken fold may not stop the others
            follower.reload()
            return error
        self.folded[follower.name] += len(fresh)
        kept = self._touched[follower.name]
        self._touched[follower.name] = {**kept, **touched} if kept else touched
        return None

    def _failed(self, found: Failure) -> None:
        self.failures = {**self.failures, found.view: found}
        _LOG.error(
            "%s stops before position %d: event %d there, %s of type %s: %s. The others go on; it "
            "is tried again at the next start.",
            found.view, found.position, found.index, found.event, found.type, found.error,
        )  # fmt: skip

    def _tell(self, position: int, found: Sequence[Item]) -> None:
        events = [one for one in found if isinstance(one, Recorded)]
        self.unread += len(found) - len(events)
        touched, self._touched = self._touched, {name: {} for name in self._followers}
        self._told = position
        page = Page(position, events, touched)
        for listener in self._listeners:
            listener(page)

    def _running(self) -> list[Follower]:
        failed = self.failures
        return [one for name, one in self._followers.items() if name not in failed]

    def _revive(self) -> None:
        while self._retries:
            name = next(iter(self._retries))
            if name in self.failures:
                self._followers[name].reload()  # asked for still, while that has no answer
                self.failures = {key: one for key, one in self.failures.items() if key != name}
            self._retries.discard(name)

    def _mend(self) -> bool:
        """One slice of what views fold again; whether any has something of that kind."""
        mended = False
        for one in self._running():
            if not isinstance(one, Mending):
                continue
            try:
                touched = one.mend()
            except FoldFailed as failed:
                self._failed(failure(one.name, failed.item.position, failed))
                continue
            mended = mended or touched is not None
            if touched:
                self._touched[one.name] = touched
                self._tell(one.position(), ())
        return mended

    def _recover(self) -> None:
        for one in self._followers.values():
            one.reload()
        self._compare()
        at = self.position()
        _LOG.warning("views go on at position %d", at)
        if at > self._told:  # a commit was done whose answer never came
            self._tell(at, ())

    def _compare(self) -> None:
        """Is the log the one the followers read? They usually stand at one position, so this is
        one read."""
        leaves: dict[int, bytes] = {}
        for one in self._followers.values():
            at = one.position()
            if at and at not in leaves:
                found = self._log.read(at - 1, 1, 1)
                leaves[at] = leaf_hash(found[0].state) if found and found[0].id == at else b""
            kept = one.leaf()
            if at and not leaves[at]:
                self._again(one, "the log does not reach it")
            elif at and kept and kept != leaves[at]:
                self._again(one, "the log holds another batch there")

    def _beyond(self, head: int) -> bool:
        """Whether the log's end is behind anybody, who then looks where he stands: a server that
        lost batches has mostly lost what was made of them too. What the log says of its head may
        be a commit older than what it gives to read: the batch itself decides."""
        found = [
            one
            for one in self._followers.values()
            if one.position() > head and not self._log.read(one.position() - 1, 1, 1)
        ]
        for one in found:
            one.reload()
        if found:
            self._compare()
        return bool(found)

    def _again(self, follower: Follower, why: str) -> None:
        _LOG.error(
            "%s stands at position %d, but %s: the log was put back or replaced. Folding again "
            "from its beginning.", follower.name, follower.position(), why,
        )  # fmt: skip
        follower.forget()
        self.failures = {name: one for name, one in self.failures.items() if name != follower.name}
