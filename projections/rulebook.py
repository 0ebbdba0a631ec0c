"""Which alarm rules a compound is judged by, as its rows tell."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from projections.alarms.adopted import KIND, Adopted, RuleSets, replaced
from projections.alarms.rules import Book, plain
from projections.alarms.validation import BUILT_IN, text_of
from projections.state import CompoundRows
from projections.view import Kinds

_EVER = "1970-01-01T00:00:00.000Z"


class InForce(msgspec.Struct, frozen=True):
    """`sha256` is empty where a compound has adopted none: the built-in ones judge then."""

    sha256: str = ""
    since: str = ""


def sets(views: Iterable[Kinds]) -> Sequence[Adopted]:
    """Those kept, oldest first."""
    found: Sequence[Adopted] = ()
    for kinds in views:
        row = kinds.get(KIND, {}).get(KIND)
        if isinstance(row, RuleSets) and len(row.sets) >= len(found):
            found = row.sets
    return found


def in_force(views: Iterable[Kinds]) -> InForce:
    found = sets(views)
    return InForce(found[-1].sha256, found[-1].since) if found else InForce()


def shown(views: Iterable[Kinds]) -> dict[str, Any]:
    """The set in force whole, and which ones were before it."""
    found = sets(views)
    newest = found[-1] if found else None
    rules: Sequence[Mapping[str, Any]] = plain(BUILT_IN.rules)
    if newest is not None:
        rules = msgspec.json.decode(newest.rules)
    return {
        "sha256": newest.sha256 if newest else BUILT_IN.sha256,
        "since": newest.since if newest else "",
        "actor": newest.actor if newest else "",
        "adopted": newest is not None,
        "rules": rules,
        "before": [
            {"sha256": one.sha256, "since": one.since, "actor": one.actor} for one in found[:-1]
        ],
    }


def put_in_force(rows: CompoundRows, book: Book) -> None:
    """As if that set had judged ever since, and no other."""
    rows.put(KIND, KIND, replaced(_EVER, text_of(book)))
