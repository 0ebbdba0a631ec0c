"""/api/v1/audit/exports: audit packs, for auditors and admins."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from projections.audit.selection import Selection
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, clean
from projections.web.audit_routes import span
from projections.web.auth import Hub
from projections.web.compounds import known
from projections.web.desk import Desk
from projections.web.exports import Exports, State
from projections.web.rights import Auditor

router = APIRouter(
    prefix="/api/v1/audit",
    responses={**REFUSED, **{code: {"model": Problem} for code in (404, 409, 503)}},
)

_Text = Annotated[str, AfterValidator(clean)]
_Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


async def _exports(request: Request) -> Exports:
    found = cast("Exports | None", request.app.state.exports)
    if found is None:
        raise HTTPException(503, "This hub keeps no transparency log.")
    return found


Packs = Annotated[Exports, Depends(_exports)]


class Wanted(BaseModel):
    """Positions or RFC 3339 times, both ends included; left out: from the first to the last."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: str = Field(default="", alias="from", max_length=64)
    to: str = Field(default="", max_length=64)
    compound: _Text = Field(default="", max_length=256)
    types: list[Annotated[_Text, Field(min_length=1, max_length=128)]] = Field(
        default=[], max_length=64, description="Beginnings of type names, such as `access.`"
    )
    reason: _Text = Field(max_length=200, description="Why: the log keeps it.")
    unit: _Text = Field(default="", max_length=200, description="Who it is for.")


@router.post("/exports", status_code=202, response_model=None)
async def export(desk: Hub, account: Auditor, exports: Packs, wanted: Wanted) -> Response:
    """On record, and begun. Ask for its state until it is done, then for its file."""
    selection = await run_in_threadpool(_selected, desk, wanted)
    state = await run_in_threadpool(exports.ask, account, selection, wanted.reason, wanted.unit)
    return answer(_shown(state), 202)


@router.get("/exports/{name}", response_model=None)
async def state(_: Auditor, exports: Packs, name: _Id) -> Response:
    return answer(_shown(exports.state(name)))


@router.get("/exports/{name}/file", response_class=FileResponse)
async def file(_: Auditor, exports: Packs, name: _Id) -> Response:
    path = await run_in_threadpool(exports.file, name)
    position = exports.state(name).position
    return FileResponse(
        path, media_type="application/zip", filename=f"menwei-{position}.menwei-audit.zip"
    )


def _selected(desk: Desk, wanted: Wanted) -> Selection:
    if wanted.compound:
        known(desk, wanted.compound)
    first, last = span(desk, wanted.since, wanted.to)
    return Selection(
        first=first, last=last, compound=wanted.compound, types=tuple(sorted(set(wanted.types)))
    )


def _shown(state: State) -> dict[str, object]:
    return {name: getattr(state, name) for name in state.__struct_fields__}
