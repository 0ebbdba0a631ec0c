"""What the routes about the district's waste share: days, months and rows as of when."""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import HTTPException, Query
from starlette.concurrency import run_in_threadpool

from projections import days
from projections.runner import Runner
from projections.view import DISTRICT, Kinds
from projections.waste_district.view import WASTE_DISTRICT
from projections.waste_sorting.view import WASTE_SORTING
from projections.web import asof
from projections.web.api import Rooms
from projections.web.desk import Desk

VIEW = WASTE_DISTRICT.name
MOST_DAYS = 400
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

AsOf = Annotated[
    str | None,
    Query(
        alias="asof",
        max_length=64,
        description="A position, or an RFC 3339 time: what was known when the hub had committed "
        "that position, or at that time.",
    ),
]
Day = Annotated[str, Query(max_length=10, description="Of China, YYYY-MM-DD.")]


class Known(msgspec.Struct, frozen=True):
    """The district's rows, up to which position of the log they know it, and when that is."""

    position: int
    kinds: Kinds
    ms: int


async def known(desk: Desk, rooms: Rooms, when: str | None) -> Known:
    """Now, or as of `when`; 422 for what is no moment of the log."""
    if VIEW not in desk.runner.views:
        raise HTTPException(404, "This hub keeps no view of a district.")
    if when is None:
        position, kinds = await run_in_threadpool(desk.runner.rows, VIEW, DISTRICT)
        return Known(position, kinds, _ms(desk.clock.now()))
    position = await run_in_threadpool(asof.position_of, desk, when)
    kinds = await rooms.folds.run(desk.runner.view(VIEW).as_of, DISTRICT, position)
    received = await run_in_threadpool(desk.log.received_at, position)
    return Known(position, kinds, _ms(received) if received else 0)


def own(runner: Runner, compound: str, position: int) -> Kinds:
    """Rows of a compound's own view at a position of the district's: folded from the log where
    that view stands elsewhere."""
    stands, kinds = runner.rows(WASTE_SORTING.name, compound)
    if stands == position:
        return kinds
    return runner.view(WASTE_SORTING.name).as_of(compound, position)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def day(name: str, told: str) -> str:
    """422 for what is none."""
    try:
        if _DAY.fullmatch(told) is None or not "1970" < told < "2100":
            raise ValueError
        days.start_of(told)
    except ValueError as error:
        raise HTTPException(422, f"{name} is not a day such as 2026-10-31.") from error
    return told


def month(told: str) -> str:
    if _MONTH.fullmatch(told) is None or not "1970" < told < "2100":
        raise HTTPException(422, "The month is not one such as 2026-10.")
    return told


def span(since: str, until: str, most: int = MOST_DAYS) -> tuple[str, str]:
    """Both included. 400 for more days than one answer looks at."""
    first, last = day("from", since), day("to", until)
    if first > last:
        raise HTTPException(422, "from is after to.")
    asked = (days.start_of(last) - days.start_of(first)) // days.DAY_MS + 1
    if asked > most:
        raise HTTPException(
            400, f"{asked} days are more than the {most} of one answer: ask for them in parts."
        )
    return first, last
