"""/api/v1/waste/register: what the district has, and from when; written by administrators."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from core.clock import rfc3339
from core.event import Event
from core.moment import millis
from core.policy.findings import Findings, Found
from projections.view import DISTRICT, Kinds
from projections.waste_district.entering.crosscheck import Said, crossed, entered, whole
from projections.waste_district.held import Held, Rows
from projections.waste_district.register.entry import Entry, read
from projections.waste_district.register.listing import LISTED, listed
from projections.waste_district.rows.kinds import KINDS
from projections.web import asof, waste_asked
from projections.web.accounts import Account
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, Shared
from projections.web.auth import Hub, Reader
from projections.web.deed import event_of
from projections.web.desk import Desk
from projections.web.people import Unfit
from projections.web.rights import Admin
from projections.web.standing import Standing
from projections.web.waste_asked import VIEW, AsOf, Known
from projections.web.waste_models import MOST_ENTRIES

_REGISTER = "register"  # what is done here is about

router = APIRouter(
    prefix="/api/v1/waste",
    responses={**REFUSED, **{code: {"model": Problem} for code in (404, 413, 503)}},
)


class Page(BaseModel):
    """Entries as docs/register.md has them; every bin by its key."""

    model_config = ConfigDict(extra="forbid")

    entries: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_ENTRIES)


class Published(BaseModel):
    """`stored` is new; `known` was published before, in these very words. `position`: where the
    new ones stand; 0 where there are none. `warnings`: what was stored and may be a mistake."""

    stored: int
    known: int
    position: int
    warnings: list[str]


class RegisterLines(BaseModel):
    """`entries` are what held at `at`, as a file says them again."""

    kind: str
    at: str
    position: int
    entries: list[dict[str, Any]]


@router.get("/register", response_model=RegisterLines)
async def lines(
    desk: Hub,
    _: Reader,
    shared: Shared,
    kind: Annotated[str, Query(description=f"One of {', '.join(LISTED)}.")],
    at: Annotated[str, Query(max_length=64, description="RFC 3339; empty: now.")] = "",
    asof_: AsOf = None,
) -> Response:
    """What holds at a time, as it is known now or was known then."""
    if kind not in LISTED:
        raise HTTPException(422, f"kind is one of {', '.join(LISTED)}.")
    try:
        moment = asof.moment_of(at) if at else desk.clock.now()
    except ValueError as error:
        raise HTTPException(422, "at is no RFC 3339 time with its offset.") from error
    known = await waste_asked.known(desk, shared, asof_)
    return answer(await shared.scans.run(_lines, kind, rfc3339(moment), known))


def _lines(kind: str, at: str, known: Known) -> dict[str, Any]:
    found = list(listed(Held(known.kinds), kind, millis(at)))
    return {"kind": kind, "at": at, "position": known.position, "entries": found}


class Publishing:
    """Any thread; blocks for one commit."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._standing = Standing(desk)

    def publish(self, said: Sequence[Said], findings: Findings, account: Account) -> dict[str, Any]:
        """As Published has it. `findings`: of all that is said; Unfit with a mistake among them.
        Behind while the views have not read what was stored before the start: it could not be said
        what is known."""
        with self._standing.turn():
            there = self._there()
            entries = whole(there, said)
            fresh = {
                entry.id: msgspec.structs.replace(one, entry=entry)
                for one, entry in zip(said, entries, strict=True)
                if not _known(Held(there), entry)
            }
            if VIEW in self._desk.runner.views:
                crossed(there, list(fresh.values()))
            _refuse(findings)
            position = 0
            if fresh:
                at = rfc3339(self._desk.clock.now())
                events = [_event(one.entry, account, at) for one in fresh.values()]
                position = self._standing.append(DISTRICT, _REGISTER, *events)
        warnings = [_sentence(one) for one in findings.warnings]
        known = len(said) - len(fresh)
        return {"stored": len(fresh), "known": known, "position": position, "warnings": warnings}

    def _there(self) -> Kinds:
        """The register as it is, with what was stored here and is not folded yet. Without the view
        that alone: nobody can say then whom entries may name, and the fold, once there is one,
        counts once what was stored twice."""
        runner = self._desk.runner
        folded = runner.rows(VIEW, DISTRICT)[1] if VIEW in runner.views else {}
        return entered(folded, self._standing.of(DISTRICT, _REGISTER))


async def _publishing(request: Request) -> Publishing:
    return cast(Publishing, request.app.state.publishing)


@router.post("/register", status_code=201, response_model=Published)
def publish(
    account: Admin, publishing: Annotated[Publishing, Depends(_publishing)], page: Page
) -> Response:
    """All of these entries or, with a mistake in one of them, none: by itself, beside the others
    and beside what is entered. The same entry again is stored once. A 422 has every mistake in
    `errors`."""
    findings = Findings()
    said: list[Said] = []
    for at, one in enumerate(page.entries):
        key = f"entries[{at}]"
        entry = read(one, key, findings)
        if entry is not None and not entry.compound:
            findings.error(key, "names a bin without its compound", "Write compound/name.")
        elif entry is not None:
            said.append(Said(findings, key, entry))
    _refuse(findings)
    return answer(publishing.publish(said, findings, account), 201)


def _refuse(findings: Findings) -> None:
    if findings.errors:
        said = [_sentence(one) for one in findings.errors]
        raise Unfit(f"the register has {len(said)} mistakes", said)


def _sentence(one: Found) -> str:
    return f"{one.key}: {one.what}. {one.remedy}"


def _known(rows: Rows, entry: Entry) -> bool:
    row: Any = rows.get(entry.of, entry.thing, KINDS[entry.of])
    said = () if row is None else row.words if entry.of == "bin" else row.versions
    return any(one.id == entry.id for one in said)


def _event(entry: Entry, account: Account, at: str) -> Event:
    data = msgspec.structs.replace(entry.data, actor=account.name)
    return event_of(entry.compound, entry.subject, data, at, entry.id)
