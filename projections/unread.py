"""What a view has skipped because this version cannot read it, and with which catalogue it tried.

With another catalogue it may be readable, so what it touches is then folded again from before
the first of it (`projections.shadow`).
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

import msgspec

from core.catalog import Catalog
from core.codec import Unread
from projections.follower import Item
from projections.view import View


class Mark(msgspec.Struct, frozen=True):
    """Events of one type of one compound. `compound` is empty where nobody can say whose they
    are: of a payload in a codec not known yet, or of a file that did not keep marks."""

    compound: str
    type: str
    position: int  # of the first
    count: int
    catalogue: str  # fingerprint of the one that could not read them


class NotReadable(msgspec.Struct, frozen=True):
    """As told to people and machines."""

    count: int
    first: int
    types: Mapping[str, int]


def marks(items: Iterable[Item], catalogue: str) -> list[Mark]:
    """Of what is unread among the items, in order of position."""
    found: dict[tuple[str, str], Mark] = {}
    for item in items:
        if isinstance(item, Unread):
            compound = item.compound
            held = found.get((compound, item.type))
            first, count = (held.position, held.count) if held else (item.position, 0)
            found[compound, item.type] = Mark(compound, item.type, first, count + 1, catalogue)
    return list(found.values())


def added(held: Iterable[Mark], more: Iterable[Mark]) -> dict[tuple[str, str], Mark]:
    """Counts add up; the first position stands, and the catalogue of that time with it."""
    found = {(one.compound, one.type): one for one in held}
    for one in more:
        before = found.get((one.compound, one.type))
        if before is not None:
            one = msgspec.structs.replace(before, count=before.count + one.count)
        found[one.compound, one.type] = one
    return found


def scoped(found: Iterable[Mark], view: View, catalog: Catalog) -> list[Mark]:
    """As the view keeps them: under the name its rows stand under, and none of a type that its
    fold does not look at, since nothing is missing without it."""
    passed_over = view.passed_over(catalog)
    kept = [one for one in found if one.type not in passed_over]
    if view.over == "compound":
        return kept
    named = [msgspec.structs.replace(one, compound=view.scope(one.compound)) for one in kept]
    return list(added((), named).values())


def told(found: Iterable[Mark], compound: str, upto: int) -> NotReadable | None:
    """What is missing in this compound's rows at that position."""
    mine = [
        one for one in found
        if one.compound in (compound, "") and one.count and one.position <= upto
    ]  # fmt: skip
    if not mine:
        return None
    types: dict[str, int] = {}
    for one in sorted(mine, key=lambda mark: mark.type):
        types[one.type] = types.get(one.type, 0) + one.count
    return NotReadable(sum(types.values()), min(one.position for one in mine), types)


@lru_cache(maxsize=8)
def fingerprint(catalog: Catalog) -> str:
    """Equal for catalogues of one version that read the same types in the same way."""
    _, parts = msgspec.json.schema_components(catalog.types.values())
    described = msgspec.json.encode([sorted(catalog.types), parts, _version()], order="sorted")
    return hashlib.sha256(described).hexdigest()[:16]


def _version() -> str:
    try:
        return installed("menwei")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0"
