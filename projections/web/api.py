"""/api/v1: what machines ask the hub. Reads for every account; one write, for guards."""

import re
from functools import partial
from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from projections.view import DISTRICT, View
from projections.web import answers, asof
from projections.web.acts import Acts
from projections.web.answers import Problem, answer
from projections.web.auth import Actor, Hub, Reader
from projections.web.compounds import known
from projections.web.desk import Desk
from projections.web.difference import difference
from projections.web.lines import shown
from projections.web.proof import proof
from projections.web.scan import scan, window
from projections.web.selection import Selection
from projections.web.turns import Turns

_FOLD_PATIENCE = 2.0  # seconds an acknowledgement waits until the views show it
_PLACE = r"^[0-9]{1,18}(\.[0-9]{1,9})?$"
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_Responses = dict[int | str, dict[str, Any]]
REFUSED: _Responses = {code: {"model": Problem} for code in (401, 403, 422)}
_MISSING: _Responses = {404: {"model": Problem}}
_BUSY: _Responses = {503: {"model": Problem}}

router = APIRouter(prefix="/api/v1", responses=REFUSED)


class Rooms(msgspec.Struct, frozen=True):
    """What one app's routes share; made by `app.build`."""

    acts: Acts
    folds: Turns
    scans: Turns


async def _rooms(request: Request) -> Rooms:
    return cast(Rooms, request.app.state.rooms)


Shared = Annotated[Rooms, Depends(_rooms)]


Known = Annotated[
    str | None,
    Query(max_length=18, description="With asof: `then`, `now` or a position not before it."),
]


class EventQuery(Selection):
    after: str | None = Field(
        default=None, pattern=_PLACE, description="Ascending, from behind this position."
    )
    before: str | None = Field(
        default=None, pattern=_PLACE, description="Descending, from below this position."
    )
    limit: int = Field(default=100, ge=1, le=1000)


def clean(text: str) -> str:
    """ValueError for what could make a line of it look like something else."""
    if _FORBIDDEN.search(text):
        raise ValueError("control characters are not taken")
    return text


class Acknowledge(BaseModel):
    model_config = ConfigDict(extra="forbid")

    compound: str = Field(min_length=1, max_length=256)
    alarm: str = Field(min_length=1, max_length=2048)
    note: Annotated[str, Field(max_length=500), AfterValidator(clean)] = ""


@router.get("/me", response_model=answers.Me)
async def me(account: Reader) -> Response:
    return answer({"name": account.name, "role": account.role, "acts": account.acts})


@router.get("/compounds", response_model=answers.Compounds)
def compounds(desk: Hub, _: Reader) -> Response:
    """Every compound with its gateways, and which of them have a live uplink."""
    found = _compounds(desk)
    body = [
        {
            "compound": compound,
            "gateways": [{"gateway": name, "live": live[name]} for name in sorted(live)],
        }
        for compound, live in sorted(found.items())
    ]
    return answer({"compounds": body})


def _compounds(desk: Desk) -> dict[str, dict[str, bool]]:
    """Compound → gateway → live, from what gateways told in events and from their uplinks."""
    found: dict[str, dict[str, bool]] = {}
    for compound in desk.runner.compounds():
        gateways = found.setdefault(compound, {})
        for view in desk.runner.views:
            rows = desk.runner.rows(view, compound)[1]
            gateways.update(dict.fromkeys(rows.get("gateway", {}), False))
    for name, live in desk.gateways().items():
        compound, _, gateway = name.partition("/")
        found.setdefault(compound, {})[gateway] = live
    return found


@router.get("/views", response_model=answers.Views)
def views(desk: Hub, _: Reader) -> Response:
    body = [
        {"view": name, "version": view.version, "position": desk.runner.rows(name, "")[0]}
        for name, view in desk.runner.views.items()
    ]
    return answer({"views": body})


@router.get("/views/{view}/{compound}", response_model=answers.ViewBody, responses=_MISSING | _BUSY)
async def view(
    desk: Hub,
    _: Reader,
    shared: Shared,
    view: str,
    compound: str,
    asof_: Annotated[
        str | None,
        Query(
            alias="asof",
            max_length=64,
            description="A position, or an RFC 3339 time: what was known when the hub had "
            "committed that position, or at that time.",
        ),
    ] = None,
    known: Known = None,
) -> Response:
    """A compound's view, now or at a moment of the past. `known=then`: as it was known then, which
    is meant where nothing is said; `known=now`: with what came later and had happened by then, as
    far as this hub has heard; a position: as far as it had heard there."""
    chosen = await run_in_threadpool(_view, desk, view, compound)
    if asof_ is None:
        if known is not None:
            raise HTTPException(422, "known goes with asof.")
        return answer(await run_in_threadpool(asof.now, desk, chosen, compound))
    past = await run_in_threadpool(asof.past_of, desk, asof_, known or "then")
    body = await shared.folds.run(asof.at, desk, chosen, compound, past)
    return answer(body if known is None else {**body, **asof.axes(past)})


@router.get(
    "/views/{view}/{compound}/difference",
    response_model=answers.Difference,
    responses=_MISSING | _BUSY,
)
async def view_difference(
    desk: Hub,
    _: Reader,
    shared: Shared,
    view: str,
    compound: str,
    asof_: Annotated[str, Query(alias="asof", max_length=64)],
    known: Known = "now",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """What came late about a moment: the events that were received after it and had happened by
    then, and the rows that are otherwise with them. Equal hashes: the screen shown then and the one
    that is shown of that moment now are the same."""
    chosen = await run_in_threadpool(_view, desk, view, compound)
    past = await run_in_threadpool(asof.past_of, desk, asof_, known or "now")
    found = await shared.folds.run(difference, desk, chosen, compound, past, limit)
    head = {"view": view, "compound": compound, "position": past.position, "equal": found.equal}
    return answer({**head, **asof.axes(past), **msgspec.to_builtins(found)})


def _view(desk: Desk, view: str, compound: str) -> View:
    chosen = desk.runner.views.get(view)
    if chosen is None:
        raise HTTPException(404, "There is no such view; /api/v1/views lists them.")
    if chosen.over == "district":
        if compound != DISTRICT:
            raise HTTPException(404, f"This view is of all compounds together: ask for {DISTRICT}.")
    else:
        known(desk, compound)
    return chosen


@router.get("/events", response_model=answers.EventPage, responses=_BUSY)
async def events(
    desk: Hub, _: Reader, shared: Shared, query: Annotated[EventQuery, Query()]
) -> Response:
    """Events by their place in the log: newest first, ascending with `after`, descending with
    `before`, and between the two with both. One request looks at a bounded number of events;
    while `complete` is false there may be more behind `next`, even if this page is empty."""
    work = partial(_events, desk, query)
    return await shared.scans.run(work)


def _events(desk: Desk, query: EventQuery) -> Response:
    limits = window(query.after, query.before, desk.log.head())
    found = scan(desk.log, desk.catalog, query.wanted(), limits, query.limit)
    return answer(
        {
            "events": [shown(line) for line in found.lines],
            "next": found.next,
            "complete": found.complete,
        }
    )


_Position = Annotated[int, Path(ge=1, le=10**18)]
_Index = Annotated[int, Path(ge=0, le=10**9)]


@router.get(
    "/events/{position}/{index}", response_model=answers.OneEvent, responses=_MISSING | _BUSY
)
async def event(
    desk: Hub, _: Reader, shared: Shared, position: _Position, index: _Index
) -> Response:
    """One event, its line as stored, and the signed batch it came in."""
    found = await shared.scans.run(proof, desk, position, index)
    if found is None:
        raise HTTPException(404, "There is no event at this position and index.")
    return answer(found)


@router.post(
    "/alarms/acknowledge",
    status_code=201,
    response_model=answers.AcknowledgedAt,
    responses=_MISSING | _BUSY | {409: {"model": Problem}, 413: {"model": Problem}},
)
async def acknowledge(desk: Hub, account: Actor, shared: Shared, wish: Acknowledge) -> Response:
    """Take an open alarm on. Whoever comes second gets 409; the log holds one event."""
    position = await run_in_threadpool(
        shared.acts.acknowledge, wish.compound, account, wish.alarm, wish.note
    )
    folded = await shows(desk, position)
    body = {"compound": wish.compound, "alarm": wish.alarm, "position": position, "folded": folded}
    return answer(body, 201)


async def shows(desk: Desk, position: int) -> bool:
    """Whether the views have read that far, after a little patience."""
    await desk.live.beyond(position - 1, _FOLD_PATIENCE)
    return desk.runner.position() >= position


@router.get("/refusals", response_model=answers.Refusals)
async def refusals(desk: Hub, _: Reader) -> Response:
    """Frames the hub did not take, newest last; bounded."""
    return answer({"refusals": list(desk.refusals())})
