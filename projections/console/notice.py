"""What is said instead of a page: there is none, or it failed. Never a traceback."""

from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from projections.console.look import FAVICON, STYLE
from projections.console.visit import words_of

_PAGE = Template(Path(__file__).with_name("notice.html").read_text(encoding="utf-8"))


async def missing(request: Request, _error: Exception) -> Response:
    return _notice(request, "notice.missing", 404)


async def failed(request: Request, _error: Exception) -> Response:
    """The server logs the error itself."""
    return _notice(request, "notice.failed", 500)


async def no_moment(request: Request, error: Exception) -> Response:
    return _notice(request, "notice.moment", 422, why=error)


async def away(request: Request, _error: Exception) -> Response:
    """The browser asks again by itself."""
    made = _notice(request, "notice.away", 503)
    made.headers["Refresh"] = made.headers["Retry-After"] = "3"
    return made


async def later(request: Request, seconds: float) -> Response:
    """It is being made, for so long by now. The browser asks again by itself."""
    made = _notice(request, "notice.later", 202, n=round(seconds))
    made.headers["Refresh"] = made.headers["Retry-After"] = "2"
    return made


def _notice(request: Request, key: str, status: int, **values: object) -> Response:
    words = words_of(request)
    message = words(key, **values)
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": message}, status_code=status)
    texts = {
        "lang": words("language.tag"),
        "title": words("brand.title"),
        "message": message,
        "home": words("notice.home"),
        "favicon": FAVICON,
    }
    safe = {name: escape(text, quote=True) for name, text in texts.items()}
    return HTMLResponse(_PAGE.substitute(safe, style=STYLE), status_code=status)
