"""/api/v1: an alarm's whole life and the watch, for guards; what happened, for every account."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)
from starlette.concurrency import run_in_threadpool

from core.clock import rfc3339
from projections.alarms.row import CLOSED, KIND, Alarm
from projections.web import compounds, duty_note
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, Shared, clean, shows
from projections.web.auth import Actor, Hub, Reader
from projections.web.desk import Desk

_WRONG: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (404, 409, 413, 503)
}
_Note = Annotated[str, Field(max_length=500), AfterValidator(clean)]
_Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=128),
    AfterValidator(clean),
]
_State = Literal["open", "active", "cleared", "acknowledged", "shelved", "closed"]

router = APIRouter(prefix="/api/v1", responses=REFUSED)


def _in_utc(at: datetime) -> datetime:
    """ValueError where an offset leads out of the calendar."""
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no such time") from error


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    compound: str = Field(min_length=1, max_length=256)
    note: _Note = ""


class OnAlarm(_Body):
    alarm: str = Field(min_length=1, max_length=2048)


class Assign(OnAlarm):
    to: _Name


_Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Shelve(OnAlarm):
    until: _Moment


class HandOver(_Body):
    to: Annotated[str, Field(max_length=128), AfterValidator(clean)] = ""


class TakeOver(BaseModel):
    model_config = ConfigDict(extra="forbid")

    compound: str = Field(min_length=1, max_length=256)


class Done(BaseModel):
    """`folded`: the views show it already."""

    compound: str
    position: int
    folded: bool


class AlarmPage(BaseModel):
    """Alarms as their views hold them, the newest raised first, `view` beside their fields."""

    compound: str
    position: int
    complete: bool
    alarms: list[dict[str, Any]]


class Handed(BaseModel):
    """`note` is null for who may look only."""

    id: str
    at: str
    by: str
    to: str
    since: str
    figures: dict[str, int]
    open: list[str]
    shelved: list[str]
    doors: list[str]
    silent: list[str]
    position: int
    note: str | None


class Watch(BaseModel):
    compound: str
    position: int
    actor: str
    since: str
    handed: Handed | None


async def _done(desk: Desk, compound: str, act: Callable[[], int]) -> Response:
    position = await run_in_threadpool(act)
    folded = await shows(desk, position)
    return answer({"compound": compound, "position": position, "folded": folded}, 201)


@router.post("/alarms/assign", status_code=201, response_model=Done, responses=_WRONG)
async def assign(desk: Hub, account: Actor, shared: Shared, wish: Assign) -> Response:
    """Say who sees to it: an account or a unit."""
    act = partial(shared.acts.assign, wish.compound, account, wish.alarm, wish.to, wish.note)
    return await _done(desk, wish.compound, act)


@router.post("/alarms/shelve", status_code=201, response_model=Done, responses=_WRONG)
async def shelve(desk: Hub, account: Actor, shared: Shared, wish: Shelve) -> Response:
    """Out of the queue until then, for 24 hours at most; never one of priority 1."""
    act = partial(shared.acts.shelve, wish.compound, account, wish.alarm, wish.until, wish.note)
    return await _done(desk, wish.compound, act)


@router.post("/alarms/unshelve", status_code=201, response_model=Done, responses=_WRONG)
async def unshelve(desk: Hub, account: Actor, shared: Shared, wish: OnAlarm) -> Response:
    """Back into the queue before its time."""
    act = partial(shared.acts.unshelve, wish.compound, account, wish.alarm, wish.note)
    return await _done(desk, wish.compound, act)


@router.post("/alarms/clear", status_code=201, response_model=Done, responses=_WRONG)
async def clear(desk: Hub, account: Actor, shared: Shared, wish: OnAlarm) -> Response:
    """Somebody looked and says it is over. While its device says otherwise, a note says why."""
    act = partial(shared.acts.clear, wish.compound, account, wish.alarm, wish.note)
    return await _done(desk, wish.compound, act)


@router.post("/alarms/reopen", status_code=201, response_model=Done, responses=_WRONG)
async def reopen(desk: Hub, account: Actor, shared: Shared, wish: OnAlarm) -> Response:
    """One that was closed is not over after all."""
    act = partial(shared.acts.reopen, wish.compound, account, wish.alarm, wish.note)
    return await _done(desk, wish.compound, act)


@router.get("/alarms/{compound}", response_model=AlarmPage)
def alarms(
    desk: Hub,
    _: Reader,
    compound: str,
    kind: Annotated[str, Query(max_length=128)] = "",
    priority: Annotated[int | None, Query(ge=1, le=4)] = None,
    state: _State | None = None,
    since: Annotated[_Moment | None, Query(description="Raised at or after; RFC 3339.")] = None,
    until: Annotated[_Moment | None, Query(description="Raised before; RFC 3339.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> Response:
    """Open ones and those that are over, with the intervals in which they were active. Of more
    than `limit` the newest, and before them what is open of priority 1."""
    compounds.spoken(desk, compound)
    found: dict[tuple[str, str], Alarm] = {}
    for view in desk.runner.views:
        kinds = desk.runner.rows(view, compound)[1]
        for rows in (kinds.get(CLOSED, {}), kinds.get(KIND, {})):
            found.update(((view, row.id), row) for row in rows.values() if isinstance(row, Alarm))
    after, before = (rfc3339(at) if at else "" for at in (since, until))
    chosen = [
        (view, row)
        for (view, _id), row in found.items()
        if (not kind or row.kind == kind)
        and priority in (None, row.priority)
        and (state is None or (row.open if state == "open" else row.state == state))
        and (not after or row.raised >= after)
        and (not before or row.raised < before)
    ]
    chosen.sort(key=_newness, reverse=True)
    kept = sorted(chosen, key=lambda one: not (one[1].open and one[1].priority == 1))[:limit]
    kept.sort(key=_newness, reverse=True)
    return answer(
        {
            "compound": compound,
            "position": desk.runner.position(),
            "complete": len(chosen) <= limit,
            "alarms": [shown(view, row) for view, row in kept],
        }
    )


def _newness(found: tuple[str, Alarm]) -> tuple[str, str]:
    return found[1].raised, found[1].id


def shown(view: str, row: Alarm) -> dict[str, Any]:
    return {"view": view, **msgspec.to_builtins(row), "state": row.state, "open": row.open}


@router.post("/duty/handover", status_code=201, response_model=Done, responses=_WRONG)
async def hand_over(desk: Hub, account: Actor, shared: Shared, wish: HandOver) -> Response:
    """The watch changes hands: what is open now is written down beside the person's words."""
    act = partial(shared.acts.hand_over, wish.compound, account, wish.note, wish.to)
    return await _done(desk, wish.compound, act)


@router.post("/duty/takeover", status_code=201, response_model=Done, responses=_WRONG)
async def take_over(desk: Hub, account: Actor, shared: Shared, wish: TakeOver) -> Response:
    return await _done(desk, wish.compound, partial(shared.acts.take_over, wish.compound, account))


@router.get("/duty/{compound}", response_model=Watch)
def duty(desk: Hub, account: Reader, compound: str) -> Response:
    """Whose watch it is, and what the last hand-over said."""
    compounds.spoken(desk, compound)
    return answer(duty_note.read(desk, compound, unsealed=account.acts))
