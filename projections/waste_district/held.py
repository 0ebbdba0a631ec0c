"""Rows that are only read: a fold's own, or those that a screen holds."""

from collections.abc import Collection, Mapping
from typing import Protocol

from projections.view import Kinds, Row, RowT

_NONE: Mapping[str, Row] = {}


class Rows(Protocol):
    """What is asked of `projections.view.Rows`."""

    def get(self, kind: str, key: str, row_type: type[RowT]) -> RowT | None: ...

    def keys(self, kind: str) -> Collection[str]: ...


class Held:
    """Rows that a screen holds, as a fold sees its own."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def get(self, kind: str, key: str, row_type: type[RowT]) -> RowT | None:
        found = self._kinds.get(kind, _NONE).get(key)
        return found if isinstance(found, row_type) else None

    def keys(self, kind: str) -> Collection[str]:
        return self._kinds.get(kind, _NONE).keys()
