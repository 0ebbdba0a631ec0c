"""The door of the console: nothing behind it, page, script or websocket, without a session."""

import nicegui
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from projections.console.visit import account_of, address, signin_url
from projections.web.desk import Desk

# Everything comes from this host; NiceGUI compiles its templates in the page, hence eval.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' blob:; "  # pictures, once they are hashed
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
_VERSIONED = f"/_nicegui/{nicegui.__version__}/"
_FOR_EVER = "private, max-age=31536000, immutable"
_REFUSED = 4401  # websocket close code; before acceptance the server turns it into HTTP 403


class Gate:
    """ASGI middleware around NiceGUI's app."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        if account_of(request, self._desk) is None:
            await self._turn_away(request, scope, receive, send)
            return

        path = request.url.path

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if path.startswith(_VERSIONED):
                    headers["cache-control"] = _FOR_EVER
            await send(message)

        await self._app(scope, receive, guarded)

    @staticmethod
    async def _turn_away(
        request: HTTPConnection, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED})
            return
        answer: Response
        if scope["method"] == "GET" and "text/html" in request.headers.get("accept", ""):
            answer = RedirectResponse(signin_url(address(request)), status_code=303)
        else:
            answer = JSONResponse({"detail": "sign in first"}, status_code=401)
        await answer(scope, receive, send)
