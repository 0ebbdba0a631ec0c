"""/api/v1/media: gateways bring pictures; nobody sees one but on record."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response, Security
from fastapi.security import APIKeyHeader
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from core.errors import Refused
from core.media.content import SHOWN, SUFFIX, UNKNOWN
from core.media.credential import SIGNATURE, Unsigned, received
from core.media.store import SHA256, Misplaced, TooLarge
from projections.media.register import Entry
from projections.web.accounts import Account
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED
from projections.web.archive import Archive, NotKept, Stays
from projections.web.asof import moment_of
from projections.web.auth import Hub, Reader, Token, of_this_hub
from projections.web.desk import Desk
from projections.web.fixity import Fixity
from projections.web.media_shapes import (
    About,
    AskBody,
    AskQuery,
    Done,
    FixityBody,
    Hold,
    Listed,
    Release,
    Removal,
    Taken,
)
from projections.web.rights import Admin, Allowance

# Nothing in it runs, whatever it is, and no page may hold it but ours.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
LOOKS = 120  # a minute and account: nobody looks faster by hand
_NOT_KEPT = {"gone": 410, "unknown": 404}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (404, 409, 410, 429, 503)
}

router = APIRouter(prefix="/api/v1/media", responses={**REFUSED, **_PROBLEMS})


async def _archive(desk: Hub) -> Archive:
    if desk.media is None:
        raise HTTPException(503, "This hub keeps no pictures.")
    return desk.media


async def _seer(account: Reader) -> Account:
    if account.role == "viewer":
        raise HTTPException(403, "The role viewer may not look at pictures.")
    return account


async def _allowance(request: Request) -> Allowance:
    found: Allowance = request.app.state.looks
    return found


_SIGNED = APIKeyHeader(
    name=SIGNATURE,
    auto_error=False,
    scheme_name="gateway",
    description="A gateway's Ed25519 signature over the request (docs/media.md).",
)
Room = Annotated[Archive, Depends(_archive)]
Seer = Annotated[Account, Depends(_seer)]
Looks = Annotated[Allowance, Depends(_allowance)]
Name = Annotated[str, Path(pattern=SHA256, description="SHA-256 of the bytes, as events name it.")]


@router.get("", response_model=Listed)
def listed(
    archive: Room,
    _: Reader,
    compound: Annotated[str, Query(min_length=1, max_length=256)],
    before: Annotated[str, Query(max_length=128, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """A compound's pictures, newest first, without looking at any."""
    stored, _sep, sha256 = before.partition("|")
    place = (stored, sha256) if before else ("~", "")  # behind every time
    found = [archive.entry(one) for one in archive.register.listed(compound, place, limit)]
    more = ""
    if len(found) == limit:
        mine = [one.stored for one in found[-1].owners if one.compound == compound]
        more = f"{min(mine)}|{found[-1].sha256}" if mine else ""
    return answer({"media": [about(archive, one) for one in found], "next": more})


@router.get("/fixity", response_model=FixityBody)
def fixity(desk: Hub, _: Reader) -> Response:
    """How far the turn is in which every picture is read again and hashed; `counts` by compound."""
    return answer(_fixity(desk).status())


@router.post("/fixity", response_model=FixityBody, status_code=202)
def hurry(desk: Hub, _: Admin) -> Response:
    """From now on without pauses, until the turn is over. Admins."""
    _fixity(desk).hurry()
    return answer(_fixity(desk).status(), 202)


def _fixity(desk: Desk) -> Fixity:
    if desk.fixity is None:
        raise HTTPException(503, "This hub keeps no pictures.")
    return desk.fixity


@router.put(
    "/{sha256}",
    response_model=Taken,
    status_code=201,
    responses={202: {"model": Taken}},
    dependencies=[Security(_SIGNED)],
)
async def put(request: Request, archive: Room, sha256: Name) -> Response:
    """A piece of a picture, signed by the gateway that brings it (docs/media.md). 201: it is all
    here and durable; 202: go on from `have`; 409 says from where instead."""
    content = await request.body()
    try:
        gateway, piece = received(sha256, content, request.headers, archive.whose)
        have = await run_in_threadpool(archive.take, gateway, piece)
    except Unsigned as error:
        raise HTTPException(401, f"{_sentence(error)}") from error
    except Misplaced as error:
        return answer({"detail": _sentence(error), "have": error.have}, 409)
    except TooLarge as error:
        raise HTTPException(413, _sentence(error)) from error
    except NotKept as error:
        raise _refusal(error) from error
    except Refused as error:
        raise HTTPException(422, _sentence(error)) from error
    done = have is None
    body = {"sha256": sha256, "have": piece.total if have is None else have, "durable": done}
    return answer(body, 201 if done else 202)


@router.get("/{sha256}/about", response_model=About)
def told(archive: Room, _: Reader, sha256: Name) -> Response:
    """What is known of it: whose it is, what was done with it, how long it stays."""
    with _told():
        return answer(about(archive, archive.entry(sha256)))


@router.get("/{sha256}", response_class=Response)
def look(
    request: Request,
    token: Token,
    archive: Room,
    account: Seer,
    looks: Looks,
    sha256: Name,
    query: Annotated[AskQuery, Query()],
) -> Response:
    """The bytes. Who looked, why and for whom is durable before the first of them leaves; they are
    hashed before, and what does not hash is not given out. `export=true`: as a file."""
    of_this_hub(request, token)
    return _looked(archive, account, looks, sha256, query)


@router.post("/{sha256}/look", response_class=Response)
def look_posted(
    archive: Room, account: Seer, looks: Looks, sha256: Name, wish: AskBody
) -> Response:
    """As GET; why and for whom does not stand in the address, and who asked may be named."""
    return _looked(archive, account, looks, sha256, wish)


def _looked(
    archive: Archive, account: Account, looks: Allowance, sha256: str, asked: AskQuery
) -> Response:
    looks.take("media", account)
    with _told():
        found = archive.look(sha256, account, asked.ask(), export=asked.export)
    shown = found.content in SHOWN and not asked.export
    named = shown or asked.export
    name = quote(f"{sha256}.{SUFFIX[found.content]}")
    return StreamingResponse(
        archive.served(found),
        media_type=found.content if named else UNKNOWN,
        headers={
            "Content-Length": str(found.bytes),
            "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{name}"',
            "Content-Security-Policy": POLICY,
            "Menwei-Sha256": sha256,
        },
    )


@router.post("/{sha256}/hold", status_code=201, response_model=Done)
def hold(archive: Room, account: Seer, sha256: Name, wish: Hold) -> Response:
    """It stays, whatever its ceiling, until that case is released or the time is over."""
    until = _until(wish.until, archive.clock.now())
    with _told():
        position = archive.hold(sha256, account, wish.case, wish.reason, until)
    return answer({"sha256": sha256, "position": position}, 201)


@router.post("/{sha256}/release", status_code=201, response_model=Done)
def release(archive: Room, account: Admin, sha256: Name, wish: Release) -> Response:
    """That case needs it no longer. Admins."""
    with _told():
        position = archive.release(sha256, account, wish.case, wish.reason)
    return answer({"sha256": sha256, "position": position}, 201)


@router.post("/{sha256}/remove", status_code=201, response_model=Done)
def remove(archive: Room, account: Admin, sha256: Name, wish: Removal) -> Response:
    """Its purpose is met before its ceiling. 409 before its floor, and while it is held. Admins."""
    with _told():
        position = archive.remove(sha256, account, wish.reason)
    return answer({"sha256": sha256, "position": position}, 201)


def about(archive: Archive, entry: Entry) -> dict[str, Any]:
    name, group = archive.group(entry)
    return {
        **msgspec.to_builtins(entry),
        "state": entry.state(archive.clock.now()),
        "group": name,
        "profile": group.profile,
        "floor_days": group.floor_days,
        "ceiling_days": group.ceiling_days,
    }


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except NotKept as error:
        raise _refusal(error) from error
    except Stays as error:
        raise HTTPException(409, _sentence(error)) from error


def _refusal(error: NotKept) -> HTTPException:
    return HTTPException(_NOT_KEPT.get(error.reason, 409), _sentence(error))


def _sentence(error: Refused) -> str:
    return f"{error.detail[:1].upper()}{error.detail[1:]}."


def _until(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        until = moment_of(text)
    except ValueError as error:
        raise HTTPException(422, "until is no RFC 3339 time with its offset.") from error
    if until <= now:
        raise HTTPException(422, "until is over; give a time to come, or none.")
    return until
