"""/api/v1/replay: what happened in a range of the log, event by event, and what each event changed.

Nothing is kept of a replay and nobody is told of it: the rows are folded for the answer alone."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel, Field

from projections.alarms.row import Alarm
from projections.replay.incident import Span, alarm_in, span
from projections.replay.steps import Steps, steps
from projections.view import DISTRICT, View
from projections.web import compounds
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, Shared
from projections.web.auth import Hub, Reader
from projections.web.desk import Desk
from projections.web.scan import Place, Window
from projections.web.selection import Selection, Wanted
from projections.web.stretch import between

MOST = 500  # steps of one answer
_PLACE = r"^[0-9]{1,18}(\.[0-9]{1,9})?$"
_TIME = "A position, or an RFC 3339 time with its offset"

router = APIRouter(prefix="/api/v1", responses={**REFUSED, 404: {"model": Problem}})


class ReplayQuery(Selection):
    from_: str = Field(
        default="", alias="from", max_length=64, description=f"{_TIME}: the first that is told."
    )
    to: str = Field(default="", max_length=64, description=f"{_TIME}: the last. Default: the end.")
    alarm: str = Field(
        default="",
        max_length=2048,
        description="In place of from and to: from its first cause to where it was over.",
    )
    around: int = Field(default=60, ge=0, le=3600, description="Seconds before and after it.")
    view: str = Field(default="", max_length=64, description="Of one view; default: all.")
    after: str | None = Field(default=None, pattern=_PLACE, description="`next` of a page before.")
    limit: int = Field(default=100, ge=1, le=MOST)


class ReplayBody(BaseModel):
    """`first` and `last`: positions of the range. Each of `steps`: `event` as /events shows it,
    and `changes`: the rows it changed, as they stood `before` and `after`, null where there is
    none. While `complete` is false there may be more behind `next`, even if this page is empty."""

    compound: str
    first: int
    last: int
    steps: list[dict[str, Any]]
    next: int | str
    complete: bool


@router.get("/replay/{compound}", response_model=ReplayBody, responses={503: {"model": Problem}})
async def replay(
    desk: Hub, _: Reader, shared: Shared, compound: str, query: Annotated[ReplayQuery, Query()]
) -> Response:
    """Step by step through a range, or through what an alarm is the story of. Rows come of all
    events of the compound, whichever are asked for. `district` has the rows of all of them."""
    return answer(await shared.folds.run(_replayed, desk, compound, query))


def _replayed(desk: Desk, compound: str, query: ReplayQuery) -> dict[str, Any]:
    views = _views(desk, compound, query.view)
    within = _span(desk, compound, query)
    limits = window(within, query.after)
    found = stepped(desk, views, compound, limits, query.wanted(), query.limit)
    return {
        "compound": compound,
        "first": within.first,
        "last": within.last,
        "steps": [one.told() for one in found.steps],
        "next": found.next,
        "complete": found.complete,
    }


def stepped(
    desk: Desk, views: list[View], compound: str, limits: Window, wanted: Wanted, limit: int
) -> Steps:
    """Reads the log and folds: in turns, off the loop."""
    return steps(
        desk.log,
        desk.catalog,
        [(view, compound) for view in views],
        lambda view: desk.runner.view(view.name).nearest,
        limits,
        wanted,
        limit,
    )


def window(within: Span, after: str | None) -> Window:
    return Window(
        low=max(Place.after(after or "0"), Place.after(f"{within.first - 1}")),
        high=Place.before(f"{within.last + 1}"),
        down=False,
    )


def alarm_of(desk: Desk, compound: str, id: str) -> Alarm | None:
    """As the views show it now, whichever of them does."""
    kinds = (desk.runner.rows(view, compound)[1] for view in desk.runner.views)
    return next((found for one in kinds if (found := alarm_in(one, id)) is not None), None)


def _views(desk: Desk, compound: str, name: str) -> list[View]:
    over = "district" if compound == DISTRICT else "compound"
    found = [view for view in desk.runner.views.values() if view.over == over]
    if compound != DISTRICT:
        compounds.known(desk, compound)
    chosen = [view for view in found if name in ("", view.name)]
    if not chosen:
        raise HTTPException(404, f"There is no such view of {compound}; /api/v1/views lists them.")
    return chosen


def _span(desk: Desk, compound: str, query: ReplayQuery) -> Span:
    if query.alarm:
        if query.from_ or query.to:
            raise HTTPException(422, "Ask for an alarm, or for from and to, not for both.")
        found = alarm_of(desk, compound, query.alarm)
        if found is None:
            raise HTTPException(
                404, "The views show no alarm of this id any more: ask with from and to."
            )
        return span(desk.log, found, timedelta(seconds=query.around))
    if not query.from_:
        raise HTTPException(422, "from is needed, or alarm.")
    return between(desk, query.from_, query.to)
