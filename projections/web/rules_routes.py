"""/api/v1/rules: which alarm rules a compound is judged by; others, from an administrator."""

from typing import Any

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from core.errors import ConfigError, Refused
from projections import rulebook
from projections.web import compounds
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED
from projections.web.auth import Hub, Reader
from projections.web.rights import Admin

router = APIRouter(prefix="/api/v1", responses=REFUSED)


class RuleSet(BaseModel):
    """`rules` as a rule file holds them. `adopted` false: those that are built in, because the
    compound adopted none yet. `before`: sets that judge what was recorded earlier."""

    compound: str
    sha256: str
    since: str
    actor: str
    adopted: bool
    rules: list[dict[str, Any]]
    before: list[dict[str, str]]


class Adopt(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rules: str = Field(min_length=1, max_length=60_000, description="A rule file, TOML.")


class Adopted(BaseModel):
    """`compounds`: where each of them adopted it; none that was judged by it already."""

    sha256: str
    compounds: dict[str, int]


@router.get("/rules/{compound}", response_model=RuleSet, responses={404: {"model": Problem}})
def rules(desk: Hub, _: Reader, compound: str) -> Response:
    compounds.spoken(desk, compound)
    found = rulebook.shown(desk.runner.rows(view, compound)[1] for view in desk.runner.views)
    return answer({"compound": compound, **found})


@router.post(
    "/rules",
    status_code=201,
    response_model=Adopted,
    responses={code: {"model": Problem} for code in (409, 413, 503)},
)
async def adopt(desk: Hub, account: Admin, wish: Adopt) -> Response:
    """All compounds of this hub are judged by it from here on; what was, stays judged as it was.
    It is also what the hub takes at its next start."""
    if desk.adopt_rules is None:
        raise HTTPException(409, "This hub takes its rules from a file only.")
    try:
        digest, compounds = await run_in_threadpool(desk.adopt_rules, wish.rules, account.name)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    except Refused as refusal:
        busy = refusal.reason == "behind"
        raise HTTPException(503 if busy else 409, refusal.detail) from refusal
    return answer({"sha256": digest, "compounds": compounds}, 201)
