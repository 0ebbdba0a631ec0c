"""/api/v1/waste/ledger: a compound's month as a file, on record."""

from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from core.events.custody import Language, LedgerFormat
from projections.web import waste_asked
from projections.web.accounts import Account
from projections.web.answers import Problem
from projections.web.api import REFUSED, Rooms, Shared
from projections.web.auth import Actor, Hub, Reader, Token, actor, of_this_hub
from projections.web.desk import Desk
from projections.web.ledgers import Copy, Ledgers, Wish
from projections.web.waste_asked import AsOf

_MEDIA: dict[LedgerFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. `Menwei-Revision` (0: a draft), `Menwei-Position`, "
        "`Menwei-Sha256` and `Menwei-Made` (first, kept, again, draft) say which it is.",
        "content": {media: {} for media in _MEDIA.values()},
    },
    **{code: {"model": Problem} for code in (404, 409, 503)},
}

router = APIRouter(prefix="/api/v1/waste", responses=REFUSED)


async def _ledgers(request: Request) -> Ledgers:
    return cast(Ledgers, request.app.state.ledgers)


async def _wish(
    compound: Annotated[str, Path(max_length=256, description="By its name in the register.")],
    month: Annotated[str, Path(max_length=7, description="Of China, YYYY-MM.")],
    format: Annotated[LedgerFormat, Query(description="Of the file.")] = "json",
    lang: Annotated[Language, Query(description="Of the file; JSON is of none.")] = "zh",
) -> Wish:
    return Wish(compound=compound, month=waste_asked.month(month), form=format, language=lang)


Books = Annotated[Ledgers, Depends(_ledgers)]
Asked = Annotated[Wish, Depends(_wish)]


@router.get("/ledger/{compound}/{month}", response_class=Response, responses=_FILES)
async def ledger(
    desk: Hub,
    request: Request,
    token: Token,
    account: Reader,
    shared: Shared,
    ledgers: Books,
    wish: Asked,
    revision: Annotated[
        int | None, Query(ge=1, le=9999, description="That one, made again from the log.")
    ] = None,
    revised: Annotated[
        bool, Query(description="As POST does: a new revision, if there is one to be made.")
    ] = False,
    asof: AsOf = None,
) -> Response:
    """A compound's month: kind, quantity, transporter, destination. A month that is over leaves as
    an event, whoever asks, and stays the same, byte for byte; a month that is not, or as of another
    moment, is a draft."""
    if sum((revision is not None, revised, asof is not None)) > 1:
        raise HTTPException(422, "Give one of revision, revised and asof.")
    if revised:
        await actor(account)
        of_this_hub(request, token)
    if asof is not None or (not ledgers.over(wish.month) and revision is None):
        return _file(wish, await _draft(desk, shared, ledgers, wish, asof))
    return _file(wish, await _on_record(shared, ledgers, wish, account, revision, revised=revised))


@router.post("/ledger/{compound}/{month}", response_class=Response, responses=_FILES)
async def revise(account: Actor, shared: Shared, ledgers: Books, wish: Asked) -> Response:
    """A new revision, if the log now says something else than the newest one did, with every
    difference; else the newest. 409 while the month is not over."""
    if not ledgers.over(wish.month):
        raise HTTPException(409, f"{wish.month} is not over: GET it as a draft.")
    return _file(wish, await shared.folds.run(ledgers.revised, wish, account))


async def _draft(desk: Desk, shared: Rooms, ledgers: Ledgers, wish: Wish, when: str | None) -> Copy:
    known = await waste_asked.known(desk, shared, when)
    return await shared.folds.run(ledgers.draft, wish, known.position, known.kinds)


async def _on_record(
    shared: Rooms,
    ledgers: Ledgers,
    wish: Wish,
    account: Account,
    revision: int | None,
    *,
    revised: bool,
) -> Copy:
    if revision is not None:
        return await shared.folds.run(ledgers.again, wish, account, revision)
    if revised:
        return await shared.folds.run(ledgers.revised, wish, account)
    return await shared.folds.run(ledgers.newest, wish, account)


def _file(wish: Wish, copy: Copy) -> Response:
    which = f"r{copy.revision}" if copy.revision else "draft"
    language = "" if wish.form == "json" else f"-{wish.language}"
    name = quote(f"{wish.compound}-{wish.month}-{which}{language}.{wish.form}", safe="")
    return Response(
        copy.content,
        media_type=_MEDIA[wish.form],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Menwei-Revision": str(copy.revision),
            "Menwei-Position": str(copy.position),
            "Menwei-Sha256": copy.sha256,
            "Menwei-Made": copy.made,
        },
    )
