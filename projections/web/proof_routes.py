"""/api/v1/proof: that a batch is in the log, and that the log only grew."""

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from core.errors import BadProof
from core.tlog import proofs
from core.tlog.published import Published
from projections.web import answers
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED
from projections.web.auth import Hub, Reader
from projections.web.desk import Desk
from projections.web.proof import inclusion

router = APIRouter(prefix="/api/v1/proof", responses={**REFUSED, 404: {"model": Problem}})


@router.get("/consistency", response_model=answers.Consistency)
async def consistency(
    desk: Hub,
    _: Reader,
    from_: Annotated[int, Query(alias="from", ge=1, le=10**18)],
    to: Annotated[int | None, Query(ge=1, le=10**18)] = None,
) -> Response:
    """That the first `to` batches begin with the first `from` (RFC 9162 §2.1.4). Without `to`: of
    the newest checkpoint."""
    published = _published(desk)
    upto = published.size if to is None else to
    if not from_ <= upto <= published.size:
        raise HTTPException(
            404, f"{published.size} batches are signed: ask for `from` ≤ `to` ≤ that."
        )
    path = await run_in_threadpool(proofs.consistency, published.node, from_, upto)
    return answer({"from": from_, "to": upto, "path": [one.hex() for one in path]})


@router.get(
    "/{position}",
    response_model=answers.Inclusion,
    responses={200: {"content": {"text/plain": {}}}},
)
async def proof(
    desk: Hub,
    _: Reader,
    position: Annotated[int, Path(ge=1, le=10**18)],
    accept: Annotated[str, Header()] = "",
) -> Response:
    """That the batch at this position is in the log. With `Accept: text/plain` as a C2SP
    tlog-proof, which `menwei audit check` reads."""
    published = _published(desk)
    try:
        if "text/plain" in accept:
            made = await run_in_threadpool(published.proof, position)
            return Response(made.encode(), media_type="text/plain; charset=utf-8")
        return answer(await run_in_threadpool(_inclusion, desk, published, position))
    except BadProof as bad:
        if bad.reason != "index":
            raise
        raise HTTPException(
            404, f"{published.size} batches are signed, and this is not one of them."
        ) from bad


def _published(desk: Desk) -> Published:
    found = desk.tlog.published() if desk.tlog is not None else None
    if found is None:
        raise HTTPException(404, "Nothing is signed yet.")
    return found


def _inclusion(desk: Desk, published: Published, position: int) -> dict[str, object]:
    page = desk.log.frames(position - 1, 1, 1)
    frame = page[0][1] if page and page[0][0] == position else b""
    return inclusion(published, position, frame)
