"""The one ASGI app: /api/v1, health, metrics and the documents that describe them.

The console is mounted onto it by the composition root. `app.state.streams.close()` is called
before the server stops, so that no stream holds it up.
"""

import logging
from collections import Counter
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline

from core.errors import BadFrame, DiskFull, FatalError, MenweiError, Unavailable
from projections.web import (
    alarm_routes,
    answers,
    api,
    asyncapi,
    audit_routes,
    export_routes,
    exports,
    fiware_routes,
    history,
    key_routes,
    ledger_routes,
    lookup_routes,
    media_routes,
    metrics,
    middleware,
    people_routes,
    proof_routes,
    provisioning_routes,
    register_routes,
    replay_routes,
    rules_routes,
    staff,
    stream,
    tlog_routes,
    waste_routes,
    witness_routes,
)
from projections.web.acts import Acts
from projections.web.answers import answer
from projections.web.auth import Hub
from projections.web.catchup import CatchUps
from projections.web.desk import Desk
from projections.web.gateway_desk import Unreached
from projections.web.ledgers import Ledgers
from projections.web.middleware import DOCS, BodyLimit, SecurityHeaders
from projections.web.people import Unfit, Unheard, Unready
from projections.web.reasons import NoReason
from projections.web.refusal import ActRefused
from projections.web.rights import Allowance
from projections.web.stream import Streams
from projections.web.turns import Busy, Turns

log = logging.getLogger("hub.web")

_STATUS: dict[type[MenweiError], int] = {
    Busy: 503,
    NoReason: 422,
    Unfit: 422,
    Unheard: 404,
    Unready: 409,
    Unreached: 502,
}


def build(desk: Desk) -> FastAPI:
    version = _version()
    app = FastAPIOffline(
        title="Menwei 门卫",
        version=version,
        description="The gate log as machines read it. Send an API token as "
        "`Authorization: Bearer`; `menwei token` prints one.",
        openapi_url="/api/openapi.json",
        docs_url=DOCS,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=f"{DOCS}/oauth2-redirect",
        swagger_ui_parameters={"validatorUrl": None},  # would ask a host on the internet
        static_url="/api/static",
    )
    counts: metrics.Counts = Counter()
    app.state.desk = desk
    acts = Acts(desk)
    app.state.rooms = api.Rooms(acts, folds=Turns(2, 16), scans=Turns(2, 64))
    app.state.streams = Streams(desk)
    app.state.staff = staff.room(desk)
    app.state.ledgers = Ledgers(desk)
    app.state.exports = exports.exports_of(desk)
    app.state.catchups = CatchUps(desk)
    app.state.publishing = register_routes.Publishing(desk)
    app.state.fatal = desk.fatal
    app.state.looks = Allowance({"media": media_routes.LOOKS})
    app.state.registry = metrics.registry(desk, counts)
    app.include_router(api.router)
    app.include_router(alarm_routes.router)
    app.include_router(rules_routes.router)
    app.include_router(replay_routes.router)
    app.include_router(history.router)
    app.include_router(key_routes.router)
    app.include_router(people_routes.router)
    app.include_router(provisioning_routes.router)
    app.include_router(lookup_routes.router)
    app.include_router(register_routes.router)
    app.include_router(media_routes.router)
    app.include_router(waste_routes.router)
    app.include_router(ledger_routes.router)
    app.include_router(fiware_routes.router)
    app.include_router(audit_routes.router)
    app.include_router(export_routes.router)
    app.include_router(stream.router)
    app.include_router(witness_routes.router)
    app.include_router(proof_routes.router)
    app.include_router(tlog_routes.router)
    app.include_router(metrics.router)
    described = asyncapi.document(version)

    @app.get("/healthz", response_model=answers.Health)
    def healthz(hub: Hub) -> Response:
        """Open to all. `lag`: batches the slowest view has not folded yet. 503 while the hub's
        database is away."""
        head, position, witnessing = hub.log.head(), hub.runner.position(), hub.witnessing()
        body = {
            "status": "ok",
            "position": position,
            "head": head,
            "lag": max(0, head - position),
            "signed": hub.signed(),
            "witnessed": witnessing.witnessed if witnessing is not None else None,
            "diverged": hub.diverged(),
        }
        return answer(body)

    @app.get("/api/asyncapi.json", include_in_schema=False)
    def asyncapi_json() -> Response:
        return answer(described)

    _explain_errors(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(metrics.CountRequests, counts=counts)
    return app


def _version() -> str:
    try:
        return installed("menwei")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0"


def _explain_errors(app: FastAPI) -> None:
    """Every error is one plain sentence in `detail`; a traceback goes to our log only."""

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer({"detail": _sentence(error)}, 422)

    @app.exception_handler(MenweiError)
    def refused(_: Request, error: Exception) -> Response:
        for kind, status in _STATUS.items():
            if isinstance(error, kind):
                body: dict[str, object] = {"detail": _plain(error)}
                if isinstance(error, Unfit) and error.errors:
                    body["errors"] = error.errors
                return answer(body, status)
        raise error

    @app.exception_handler(ActRefused)
    def not_done(_: Request, error: Exception) -> Response:
        assert isinstance(error, ActRefused)
        return answer({"detail": _plain(error)}, error.status)

    @app.exception_handler(Unavailable)
    def away(_: Request, error: Exception) -> Response:
        log.warning("asked for what is away: %s", error)
        made = answer({"detail": "The hub's database does not answer now; ask again."}, 503)
        made.headers["Retry-After"] = "2"
        return made

    @app.exception_handler(DiskFull)
    def full(_: Request, error: Exception) -> Response:
        log.warning("nothing was stored: %s", error)
        return answer({"detail": "The hub's disk is full: free space, then ask again."}, 503)

    @app.exception_handler(BadFrame)
    def damaged(_: Request, error: Exception) -> Response:
        return answer({"detail": f"A stored batch is damaged: {error}."}, 500)

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, FatalError):
            app.state.fatal(error)  # answered, and then the hub stops (I8)
        made = answer({"detail": "The hub failed to answer; its log says why."}, 500)
        middleware.add(made.headers, request.url.path)  # made outside of all middleware
        return made


def _plain(error: MenweiError) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."


def _sentence(error: RequestValidationError) -> str:
    """The first thing wrong, by name; what was sent is not repeated."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("query", "path", "body"))
    said = "is not known here" if first["type"] == "extra_forbidden" else first["msg"]
    return f"{place or 'body'}: {said}."
