"""/api/v1: who and what the log knows of a person or plate. Each answer is a look-up on record."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from core.clock import rfc3339
from projections.safe_community import occupancy
from projections.safe_community.rows.places import Inside
from projections.safe_community.view import SAFE_COMMUNITY
from projections.web import compounds
from projections.web.accounts import Account
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, Shared, clean
from projections.web.asof import moment_of
from projections.web.auth import Hub
from projections.web.desk import Desk
from projections.web.lookups import REFERENCE, LookUps
from projections.web.people import Key
from projections.web.rights import Inquirer
from projections.web.scan import window
from projections.web.staff import Staff

_PLACE = r"^[0-9]{1,18}(\.[0-9]{1,9})?$"
_ALWAYS = (-(2**62), 2**62)

router = APIRouter(
    prefix="/api/v1",
    responses={**REFUSED, 404: {"model": Problem}, 429: {"model": Problem}},
)

Reason = Annotated[
    str,
    Query(
        max_length=200,
        description="Why. A word such as `incident` stands in the log, anything else is sealed.",
    ),
    AfterValidator(clean),
]
_Value = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(clean)]


class TimelineQuery(BaseModel):
    """One of subject, person, card and plate. The same keys make the body of POST, which keeps
    a plate out of the logs of proxies."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    subject: Annotated[str, Field(pattern=REFERENCE)] | None = None
    person: _Value | None = Field(default=None, description="As the policy's source calls them.")
    card: _Value | None = None
    plate: _Value | None = None
    reason: Annotated[str, Field(max_length=200), AfterValidator(clean)] = ""
    since: str | None = Field(default=None, alias="from", max_length=64)
    to: str | None = Field(default=None, max_length=64)
    before: str | None = Field(default=None, pattern=_PLACE)
    limit: int = Field(default=100, ge=1, le=1000)

    def key(self) -> tuple[Key, str]:
        keys: tuple[tuple[Key, str | None], ...] = (
            ("subject", self.subject),
            ("person", self.person),
            ("card", self.card),
            ("plate", self.plate),
        )
        found = [(key, value) for key, value in keys if value is not None]
        if len(found) != 1:
            raise HTTPException(422, "Give one of subject, person, card and plate.")
        return found[0]

    def span(self) -> tuple[int, int]:
        first = _millis("from", self.since) if self.since else _ALWAYS[0]
        last = _millis("to", self.to) if self.to else _ALWAYS[1]
        if first > last:
            raise HTTPException(422, "from is after to.")
        return first, last


class TimelineBody(BaseModel):
    """Newest first. `names`: of the references in the events, for who may act; `position`: of
    the look-up itself."""

    compound: str
    references: list[str]
    position: int
    events: list[dict[str, Any]]
    names: dict[str, str]
    next: int | str
    complete: bool


class MusterBody(BaseModel):
    compound: str
    position: int
    recorded: str | None
    places: list[dict[str, Any]]
    people: list[dict[str, Any]]


class RegisterBody(BaseModel):
    compound: str
    reference: str
    name: str
    position: int


class WatchBody(BaseModel):
    compound: str
    position: int
    watched: list[dict[str, Any]]


@router.get("/timeline/{compound}", response_model=TimelineBody)
async def timeline(
    desk: Hub,
    account: Inquirer,
    staff: Staff,
    shared: Shared,
    compound: str,
    query: Annotated[TimelineQuery, Query()],
) -> Response:
    """Every event that names this person or plate by reference."""
    staff.allowance.take("look-up", account)
    return answer(await shared.scans.run(_timeline, desk, staff.lookups, account, compound, query))


@router.post("/timeline/{compound}", response_model=TimelineBody)
async def timeline_posted(
    desk: Hub,
    account: Inquirer,
    staff: Staff,
    shared: Shared,
    compound: str,
    query: TimelineQuery,
) -> Response:
    """As GET; what is looked for does not stand in the address."""
    staff.allowance.take("look-up", account)
    return answer(await shared.scans.run(_timeline, desk, staff.lookups, account, compound, query))


def _timeline(
    desk: Desk, lookups: LookUps, account: Account, compound: str, query: TimelineQuery
) -> dict[str, Any]:
    compounds.known(desk, compound)
    key, value = query.key()
    span = query.span()
    refs = lookups.references(compound, key, value)
    head = desk.log.head()
    position = lookups.record(compound, account, "timeline", query.reason, refs)
    limits = window(None, query.before, head)
    found = lookups.trace(account, compound, refs, limits, span, query.limit)
    named = [ref for event in found.events for ref in _references(event)]
    return {
        "compound": compound,
        "references": refs,
        "position": position,
        "names": lookups.names(compound, account, [*refs, *named]),
        **msgspec.structs.asdict(found),
    }


def _references(event: Mapping[str, Any]) -> list[str]:
    data = event.get("data")
    values = data.values() if isinstance(data, dict) else ()
    return [one for one in values if isinstance(one, str) and one.startswith("s:")]


@router.get("/muster/{compound}", response_model=MusterBody)
async def muster(
    desk: Hub,
    account: Inquirer,
    staff: Staff,
    compound: str,
    reason: Reason = "",
    format_: Annotated[str, Query(alias="format", pattern="^(json|csv)$")] = "json",
) -> Response:
    """Who is where, by area, and by how much each count may be wrong. `format=csv` to print."""
    staff.allowance.take("look-up", account)
    body = await run_in_threadpool(_muster, desk, staff.lookups, account, compound, reason)
    if format_ == "json":
        return answer(body)
    name = f"muster-{compound}.csv"
    return Response(
        _csv(body["places"], body["people"]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _muster(
    desk: Desk, lookups: LookUps, account: Account, compound: str, reason: str
) -> dict[str, Any]:
    compounds.known(desk, compound)
    lookups.record(compound, account, "muster", reason)
    position, places, within = lookups.inside(compound)
    names = lookups.names(compound, account, [one.ref for one in within])
    received = desk.log.received_at(position)
    return {
        "compound": compound,
        "position": position,
        "recorded": rfc3339(received) if received else None,
        "places": [msgspec.to_builtins(one) for one in places],
        "people": [_person(one, names) for one in within],
    }


def _person(row: Inside, names: Mapping[str, str]) -> dict[str, Any]:
    return {**msgspec.to_builtins(row), "name": names.get(row.ref, "")}


def _csv(places: Sequence[Mapping[str, Any]], people: Sequence[Mapping[str, Any]]) -> bytes:
    """One list to tick off: people by area, then what nobody could count. A byte order mark, or
    spreadsheets take Chinese names for Latin ones."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["area", "name", "reference", "class", "door", "since", "seen"])
    for one in people:
        rows.writerow(_cell(one[key]) for key in ("area", "name", "ref", "who", "door", "since"))
    rows.writerow([])
    rows.writerow(["area", "title", "count", "at least", "at most", "unmatched exits", "missing"])
    for one in places:
        rows.writerow(
            _cell(one[key])
            for key in ("area", "title", "count", "low", "high", "unmatched", "missing")
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: object) -> str:
    """A spreadsheet runs what begins like a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") and text[1:2] != "" else text


@router.get("/register/{compound}/{reference}", response_model=RegisterBody)
async def register(
    desk: Hub,
    account: Inquirer,
    staff: Staff,
    compound: str,
    reference: Annotated[str, Path(pattern=REFERENCE)],
    reason: Reason = "",
) -> Response:
    """Whom a reference means, as the policy has it. Guards and admins."""
    if not account.acts:
        raise HTTPException(403, f"The role {account.role} sees references, not names.")
    staff.allowance.take("look-up", account)
    return answer(
        await run_in_threadpool(
            _register, desk, staff.lookups, account, compound, reference, reason
        )
    )


def _register(
    desk: Desk, lookups: LookUps, account: Account, compound: str, reference: str, reason: str
) -> dict[str, Any]:
    compounds.known(desk, compound)
    position = lookups.record(compound, account, "register", reason, [reference])
    name = lookups.names(compound, account, [reference]).get(reference)
    if name is None:
        raise HTTPException(404, "The policy knows nobody by this reference.")
    return {"compound": compound, "reference": reference, "name": name, "position": position}


@router.get("/watchlist/{compound}", response_model=WatchBody)
async def watchlist(
    desk: Hub, account: Inquirer, staff: Staff, compound: str, reason: Reason = ""
) -> Response:
    """Who is watched or blocked, why, on what basis, until when."""
    staff.allowance.take("look-up", account)
    return answer(
        await run_in_threadpool(_watchlist, desk, staff.lookups, account, compound, reason)
    )


def _watchlist(
    desk: Desk, lookups: LookUps, account: Account, compound: str, reason: str
) -> dict[str, Any]:
    compounds.known(desk, compound)
    lookups.record(compound, account, "watch-list", reason)
    position, rows = desk.runner.rows(SAFE_COMMUNITY.name, compound)
    watched = occupancy.watched(rows)
    names = lookups.names(compound, account, [one["ref"] for one in watched])
    return {
        "compound": compound,
        "position": position,
        "watched": [{**one, "name": names.get(one["ref"], "")} for one in watched],
    }


def _millis(name: str, text: str) -> int:
    try:
        return round(moment_of(text).timestamp() * 1000)
    except ValueError as error:
        raise HTTPException(
            422, f"{name} is no RFC 3339 time with its offset, such as 2026-11-20T08:00:00+08:00."
        ) from error
