"""/api/v1/history: hours and days long past, from the history's rollups."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel

from core.clock import parse_rfc3339
from core.errors import Unavailable
from projections.history.sink import MOST_ROWS, RollupName
from projections.web import compounds
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, Shared
from projections.web.auth import Hub, Reader
from projections.web.desk import Desk

_PLUS = re.compile(r" (?=\d\d:\d\d$)")  # a `+` that was sent unescaped arrives as a space
# No row is outside.
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
_NAMES: tuple[str, ...] = get_args(RollupName)

router = APIRouter(
    prefix="/api/v1",
    responses={**REFUSED, 404: {"model": Problem}, 503: {"model": Problem}},
)


class HistoryBody(BaseModel):
    """`position`: how far the history has followed the log. Rows by bucket, then by what they
    are about; `hour` is the beginning of a UTC hour, `day` a day of China."""

    rollup: str
    compound: str
    position: int
    rows: list[dict[str, Any]]


_Moment = Annotated[str, Query(max_length=64, description="RFC 3339, with its offset.")]


@router.get("/history/{rollup}/{compound}", response_model=HistoryBody)
async def history(
    desk: Hub,
    _: Reader,
    shared: Shared,
    rollup: str,
    compound: str,
    from_: Annotated[_Moment, Query(alias="from")],
    to: _Moment,
    subject: Annotated[
        str | None,
        Query(min_length=1, max_length=512, description="Of availability: the device."),
    ] = None,
) -> Response:
    """Passages per door and hour, deposits per point, category and hour, or the availability of
    each device by day: the buckets that begin at `from` or later and before `to`."""
    return answer(await shared.scans.run(_history, desk, rollup, compound, (from_, to), subject))


def _history(
    desk: Desk, name: str, compound: str, span: tuple[str, str], subject: str | None
) -> dict[str, Any]:
    if name not in _NAMES:
        raise HTTPException(404, f"There is no such rollup; there are {', '.join(_NAMES)}.")
    since, until = _moment("from", span[0]), _moment("to", span[1])
    if since > until:
        raise HTTPException(422, "from is after to.")
    compounds.known(desk, compound)
    reader = desk.history
    if reader is None:
        raise HTTPException(503, "This hub keeps no history: none is configured.")
    try:
        position = reader.position()
        rows = reader.rollup(cast(RollupName, name), compound, since, until, subject)
    except Unavailable as error:
        raise HTTPException(
            503, "The history's database does not answer now. Nothing is lost; ask again."
        ) from error
    if len(rows) > MOST_ROWS:
        raise HTTPException(
            422, f"More than {MOST_ROWS} rows: ask for a shorter time, or for one subject."
        )
    return {"rollup": name, "compound": compound, "position": position, "rows": rows}


def _moment(name: str, told: str) -> datetime:
    try:
        moment = parse_rfc3339(_PLUS.sub("+", told)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise HTTPException(422, f"{name} is not an RFC 3339 time with its offset.") from error
    return min(max(moment, _FIRST), _LAST)
