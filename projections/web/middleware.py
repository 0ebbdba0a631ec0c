"""What holds for every route: the headers of an answer, the size of a request."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.media.credential import PIECE
from projections.web.answers import answer

DOCS = "/api/docs"
MAX_BODY = 64 * 1024
MAX_POLICY = 1024 * 1024  # bytes of a policy's source: 10,000 persons with a card each
_POLICIES = "/api/v1/policies/"
_MEDIA = "/api/v1/media/"
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send `Origin: null` from our own pages' forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FRAMES = "frame-ancestors 'none'"
_DATA_POLICY = f"default-src 'none'; {_FRAMES}"
_DOCS_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; {_FRAMES}"
)


def policy(path: str) -> str:
    """Content-Security-Policy. The console adds its own; a browser obeys both."""
    if path == DOCS:
        return _DOCS_POLICY
    if path.startswith(("/api/", "/tlog/", "/healthz", "/metrics")):
        return _DATA_POLICY
    return _FRAMES


class SecurityHeaders:
    """ASGI middleware; a header that is set already stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                add(MutableHeaders(scope=message), path)
            await send(message)

        await self._app(scope, receive, secured)


def add(headers: MutableHeaders, path: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.append("Content-Security-Policy", policy(path))
    if path.startswith("/api/v1"):
        headers.setdefault("Cache-Control", "no-store")


def _most(path: str) -> int:
    if path.startswith(_MEDIA):
        return PIECE
    return MAX_POLICY if path.startswith(_POLICIES) else MAX_BODY


class BodyLimit:
    """ASGI middleware for /api/: a body is refused by its announced length, or where it passes
    the limit unannounced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        most = _most(scope["path"])
        too_large = f"A request body has at most {most} bytes."
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and (len(told) > 18 or int(told) > most):
            await answer({"detail": too_large}, 413)(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, too_large)
            return message

        await self._app(scope, limited, send)
