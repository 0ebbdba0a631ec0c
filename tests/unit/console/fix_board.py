"""A morning of a district made by hand, and how to look at what pages make of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from projections.console.district.boards import Seen
from projections.console.district.period import Span
from projections.console.district.today import Today, today
from projections.console.texts import Words
from projections.days import at
from tests import fix_district as district
from tests.fix_district import DAY

WORDS = Words("en")
NOON = datetime.fromtimestamp(at(DAY, "11:00") / 1000, UTC)
SPAN = Span(page="balance", since=DAY, until=DAY)


def rows_of_a_morning() -> district.Rows:
    rows = district.register()
    names = sorted(rows["route"])
    district.drive(rows, names[0], lifted=5, missed=(1, 2), until="10:00")
    for name in names[1:-1]:
        district.drive(rows, name, until="10:00", delivered=True)
    return rows


def board(rows: district.Rows) -> Today:
    return today(Seen(rows, NOON))


def attributes(tree: Any, name: str) -> Iterator[str]:
    if isinstance(tree, list):
        if name in tree[1]:
            yield tree[1][name]
        for child in tree[2:]:
            yield from attributes(child, name)
