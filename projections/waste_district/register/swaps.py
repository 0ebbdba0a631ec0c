"""Bins that were put in each other's place, however often one after the other."""

from collections.abc import Callable, Iterable

from projections.waste_district.held import Rows
from projections.waste_district.rows.register import Bin


def before(rows: Rows, key: str) -> set[str]:
    """Keys of the bin and of all in whose place it ever stood."""
    return _followed(rows, key, lambda row: row.instead)


def after(rows: Rows, key: str) -> set[str]:
    """Keys of the bin and of all that were ever said to stand in its place."""
    return _followed(rows, key, lambda row: (one.replaced_by for one in row.words))


def _followed(rows: Rows, key: str, step: Callable[[Bin], Iterable[str]]) -> set[str]:
    found: set[str] = set()
    ahead = {key}
    while ahead:
        one = ahead.pop()
        found.add(one)
        row = rows.get("bin", one, Bin)
        ahead |= {*(step(row) if row else ())} - found - {""}
    return found
