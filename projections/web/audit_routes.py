"""/api/v1/audit/gaps: what is missing in a stretch of the log, as far as anybody can know."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from core.batch import parse
from core.errors import BadFrame
from projections.audit.gaps import Gaps, Gathering
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, Shared
from projections.web.auth import Hub, Reader
from projections.web.compounds import known
from projections.web.desk import Desk
from projections.web.scan import Place, Window, batches
from projections.web.stretch import between

MOST = 100_000  # batches read for one answer
_END = 2**31

router = APIRouter(
    prefix="/api/v1/audit",
    responses={**REFUSED, **{code: {"model": Problem} for code in (404, 503)}},
)

_Bound = Annotated[str, Query(max_length=64, description="A position, or an RFC 3339 time.")]


@router.get("/gaps", response_model=None)
async def gaps(
    desk: Hub,
    _: Reader,
    shared: Shared,
    since: Annotated[str, Query(alias="from", max_length=64)] = "",
    to: _Bound = "",
    compound: Annotated[str, Query(max_length=256)] = "",
) -> Response:
    """Per gateway, what its journals' numbers say and what was declared lost; per device, records
    that it counted and never delivered. `complete` false: go on from behind `last`."""
    if compound:
        known(desk, compound)
    first, last = await shared.scans.run(span, desk, since, to)
    return answer(await shared.scans.run(gathered, desk, first, last, compound))


def span(desk: Desk, since: str, to: str) -> tuple[int, int]:
    """Positions, both included; where nothing is asked for, from the first to the last.
    HTTPException 422."""
    within = between(desk, since or "1", to)
    if within.first > within.last:
        raise HTTPException(422, f"Nothing lies between {within.first} and {within.last}.")
    return within.first, within.last


def gathered(desk: Desk, first: int, last: int, compound: str) -> Gaps:
    """Reads the log: off the loop. BadFrame names a position that is damaged."""
    gathering, end = Gathering(desk.catalog, compound), min(last, first + MOST - 1)
    limits = Window(low=Place(first - 1, _END), high=Place(end + 1, 0), down=False)
    for notification in batches(desk.log, limits):
        try:
            gathering.take(notification.id, parse(notification.state))
        except BadFrame as bad:
            raise BadFrame(bad.reason, f"the batch stored at position {notification.id}") from bad
    return gathering.report(first, end, complete=end == last)
