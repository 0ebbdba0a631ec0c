"""Areas, and who is in them."""

from collections.abc import Mapping

from projections.view import Row


class Place(Row, frozen=True, kw_only=True):
    """An area's occupancy by class. `low`..`high`: what it can be, given exits nobody counted and
    records that are missing. `count` is who went in by reference and not out, and of people
    without one a day's entries less exits. `stale`, `missing` and what they do to the bounds need
    the other rows: `occupancy.places` completes them."""

    area: str
    title: str = ""
    count: int = 0
    by_class: Mapping[str, int] = {}
    low: int = 0
    high: int = 0
    entries: int = 0
    exits: int = 0
    unmatched: int = 0  # exits of somebody who had not come in
    stale: int = 0  # in for longer than a day
    missing: int = 0  # records its doors counted and never delivered
    capacity: int = 0
    last: str = ""
    known: Mapping[str, int] = {}  # by class, of those with a reference
    anonymous: Mapping[str, int] = {}  # "hour class" → entries less exits of those without


class Inside(Row, frozen=True, kw_only=True):
    """Somebody with a reference who went in and not out: the muster list."""

    ref: str
    area: str
    who: str
    door: str
    since: str
    position: int = 0
