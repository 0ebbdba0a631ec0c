"""Rows of one kind as they change, for who acts on them outside the folds."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from projections.runner import Page, Runner
from projections.view import Row


class Name(NamedTuple):
    view: str
    compound: str
    key: str

    def digest(self, *more: str) -> str:
        """For the id of the event that the row asks for: asked for again, it is the same event."""
        return hashlib.sha256("\0".join((*self, *more)).encode()).hexdigest()[:32]


class Changes:
    """Owns the names of rows that changed since they were asked for. The runner's thread fills it,
    one other thread asks.

    After a start everything counts as changed, once the views have read what was appended
    before: what a row asked for may have been done just before we died.
    """

    def __init__(self, runner: Runner, head: Callable[[], int], kind: str) -> None:
        self._runner = runner
        self._head = head
        self._kind = kind
        self._lock = threading.Lock()
        self._changed: set[Name] = set()
        self._floor = head()
        self._read = False
        self._at = 0
        self.anew = False  # what was taken last is all there is: the log may have been put back
        runner.listen(self._listen)

    def _listen(self, page: Page) -> None:
        found = {
            Name(view, compound, key)
            for view, touched in page.touched.items()
            for compound, kind, key in touched
            if kind == self._kind
        }
        if found:
            with self._lock:
                self._changed |= found

    @property
    def any(self) -> bool:
        """Whether there is something to take, as far as that can be told without looking."""
        return bool(self._changed) or not self._read

    def take(self) -> list[tuple[Name, Row | None]]:
        """Rows that changed, as they are now; None where one is gone. Empty while the views are
        behind what stood in the log as this process began."""
        at = self._runner.position()
        if at < self._at:
            self._floor, self._read = self._head(), False
        self._at = at
        if not self._read and at < self._floor:
            return []
        with self._lock:
            names, self._changed = self._changed, set()
        self.anew = not self._read
        if self.anew:
            self._read = True
            names |= set(self._all())
        return list(self._rows(names))

    def _all(self) -> Iterator[Name]:
        for view in self._runner.views:
            for compound in self._runner.view(view).compounds():
                for key in self._rows_of(view, compound):
                    yield Name(view, compound, key)

    def _rows(self, names: Iterable[Name]) -> Iterator[tuple[Name, Row | None]]:
        for (view, compound), group in groupby(sorted(names), lambda name: name[:2]):
            rows = self._rows_of(view, compound)
            for name in group:
                yield name, rows.get(name.key)

    def _rows_of(self, view: str, compound: str) -> Mapping[str, Row]:
        return self._runner.rows(view, compound)[1].get(self._kind, {})
