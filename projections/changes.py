"""Rows of some kinds as they change, for who acts on them outside the folds."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from projections.runner import Page, Runner
from projections.view import Row


class Name(NamedTuple):
    view: str
    compound: str
    kind: str
    key: str


class Changes:
    """Owns the names of rows that changed since they were asked for. The runner's thread fills it,
    one other thread asks.

    After a start everything counts as changed, once the views have read what was appended
    before: what a row asked for may have been done just before we died.
    """

    def __init__(self, runner: Runner, head: Callable[[], int], kinds: Collection[str]) -> None:
        self._runner = runner
        self._head = head
        self._kinds = frozenset(kinds)
        self._lock = threading.Lock()
        self._changed: set[Name] = set()
        self._floor = head()
        self._read = False
        self._at = 0
        self.generation = 0  # rises when the log was put back: what was done may be undone
        runner.listen(self._listen)

    def _listen(self, page: Page) -> None:
        found = {
            Name(view, *name)
            for view, touched in page.touched.items()
            for name in touched
            if name[1] in self._kinds
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
            self.generation += 1
        self._at = at
        if not self._read and at < self._floor:
            return []
        with self._lock:
            names, self._changed = self._changed, set()
        if not self._read:
            self._read = True
            names |= set(self._all())
        return list(self._rows(names))

    def _all(self) -> Iterator[Name]:
        for view in self._runner.views:
            for compound in self._runner.view(view).compounds():
                rows = self._runner.rows(view, compound)[1]
                for kind in self._kinds:
                    for key in rows.get(kind, {}):
                        yield Name(view, compound, kind, key)

    def _rows(self, names: Iterable[Name]) -> Iterator[tuple[Name, Row | None]]:
        for (view, compound), group in groupby(sorted(names), lambda name: name[:2]):
            rows = self._runner.rows(view, compound)[1]
            for name in group:
                yield name, rows.get(name.kind, {}).get(name.key)
