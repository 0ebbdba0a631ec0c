"""Signing in and out: plain HTML forms, so that no websocket exists before a session does."""

import math
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from projections.console.gate import HEADERS
from projections.console.look import FAVICON, STYLE
from projections.console.texts import LANGUAGES, Words
from projections.console.visit import LANGUAGE, SESSION, account_of, local, words_of
from projections.web.accounts import SESSION as LASTS
from projections.web.auth import same_origin
from projections.web.desk import Desk
from projections.web.turns import Busy, Turns

_PAGE = Template(Path(__file__).with_name("signin.html").read_text(encoding="utf-8"))
_MAX_FORM = 4096  # bytes
_AT_ONCE, _WAITING = 2, 32  # scrypt takes 16 MB each
_YEAR_S = 365 * 24 * 3600


def register(app: FastAPI, desk: Desk) -> None:
    """The routes that need no session. Call before the console is mounted at `/`."""
    turns = Turns(_AT_ONCE, _WAITING)

    @app.get("/signin", include_in_schema=False)
    async def signin_page(request: Request, next: str = "/") -> Response:
        if account_of(request, desk) is not None:
            return RedirectResponse(local(next), status_code=303)
        return _page(words_of(request), next=next)

    @app.post("/signin", include_in_schema=False)
    async def signin(request: Request) -> Response:
        words = words_of(request)
        form = await _form(request)
        if form is None or _foreign(request):
            return _page(words, message=words("signin.refused"), status=403)
        name, password, target = (form.get(key, "") for key in ("name", "password", "next"))
        if (wait := desk.accounts.wait(name)) > 0:
            return _page(words, name, target, _wait(words, wait), status=429)
        try:
            found = await turns.run(desk.accounts.sign_in, name, password)
        except Busy:
            return _page(words, name, target, words("signin.busy"), status=503)
        if found is None:
            wait = desk.accounts.wait(name)
            message = _wait(words, wait) if wait > 0 else words("signin.wrong")
            return _page(words, name, target, message, status=401)
        answer = RedirectResponse(local(target), status_code=303)
        answer.set_cookie(
            SESSION,
            found[0],
            max_age=int(LASTS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @app.post("/signout", include_in_schema=False)
    async def signout(request: Request) -> Response:
        if not _foreign(request):
            desk.accounts.sign_out(request.cookies.get(SESSION, ""))
        answer = RedirectResponse("/signin", status_code=303)
        answer.delete_cookie(SESSION, httponly=True, samesite="strict")
        return answer

    @app.get("/signin/state", include_in_schema=False)
    async def state(request: Request) -> Response:
        """Asked by an open page that lost its connection: is there still a session?"""
        return Response(status_code=401 if account_of(request, desk) is None else 204)

    @app.get("/language/{language}", include_in_schema=False)
    async def choose(language: str, next: str = "/") -> Response:
        answer = RedirectResponse(local(next), status_code=303)
        if language in LANGUAGES:
            answer.set_cookie(LANGUAGE, language, max_age=_YEAR_S, samesite="lax")
        return answer


def _foreign(request: Request) -> bool:
    """Posted by a page of another site, as far as the browser tells."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    return (site is not None or origin is not None) and not same_origin(request.headers)


async def _form(request: Request) -> dict[str, str] | None:
    """The posted fields; None when the body is too large or no form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_FORM:
            return None
    try:
        return {key: values[0] for key, values in parse_qs(body.decode(), max_num_fields=8).items()}
    except ValueError:
        return None


def _wait(words: Words, seconds: float) -> str:
    return words("signin.wait", n=math.ceil(seconds))


def _page(
    words: Words, name: str = "", next: str = "/", message: str = "", status: int = 200
) -> HTMLResponse:
    target = local(next)
    back = f"/signin?next={quote(target, safe='')}"
    texts = {
        "lang": words("language.tag"),
        "title": words("signin.title"),
        "claim": words("signin.claim"),
        "name_label": words("signin.name"),
        "password_label": words("signin.password"),
        "submit": words("signin.submit"),
        "other": words.other(),
        "other_name": words("language.other"),
        "name": name[:64],
        "next": target,
        "back": quote(back, safe=""),
        "message": message,
        "favicon": FAVICON,
    }
    safe = {key: escape(value, quote=True) for key, value in texts.items()}
    html = _PAGE.substitute(safe, style=STYLE)
    headers = {**HEADERS, "cache-control": "no-store"}
    return HTMLResponse(html, status_code=status, headers=headers)
