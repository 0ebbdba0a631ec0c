"""Indexes: what is to be found under a name. Those of the register only ever gain names."""

from projections.view import Rows
from projections.waste_district import held
from projections.waste_district.rows.register import Names


def enlist(rows: Rows, kind: str, under: str, name: str) -> None:
    row = rows.get(kind, under, Names)
    names = row.names if row else ()
    if name not in names:
        rows.put(kind, under, Names(names=tuple(sorted((*names, name)))))


def strike(rows: Rows, kind: str, under: str, name: str) -> None:
    row = rows.get(kind, under, Names)
    if row is not None and name in row.names:
        names = tuple(one for one in row.names if one != name)
        if names:
            rows.put(kind, under, Names(names=names))
        else:
            rows.drop(kind, under)


def listed(rows: held.Rows, kind: str, under: str) -> tuple[str, ...]:
    row = rows.get(kind, under, Names)
    return row.names if row else ()
