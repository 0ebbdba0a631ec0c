"""The console on an app: sign-in routes, pages behind the gate, NiceGUI mounted at `/`.

NiceGUI keeps one app a process: the desk mounted last is the one that is shown. Mount after
every other route, since whatever no route took before ends here.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import nicegui
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import Unavailable
from projections.console import duty, evidence, notice, signin, waste
from projections.console.devices import Devices
from projections.console.frame import frame
from projections.console.gate import Gate
from projections.console.look import FAVICON
from projections.console.screen import Screen
from projections.console.snapshots import Snapshots
from projections.console.visit import address, signin_url, visit
from projections.web.acknowledgement import Acknowledgements
from projections.web.api import Rooms
from projections.web.desk import Desk

RECONNECT_S = 3.0  # also NiceGUI's ping rhythm: a dead line is seen within five seconds
AWAY_S = 30.0  # how long a page that lost its line is kept; later it is loaded anew
_BUILD_S = 15.0


def mount(app: FastAPI, desk: Desk) -> None:
    signin.register(app, desk)
    nicegui.app.user_middleware.clear()
    nicegui.app.middleware_stack = None
    rooms = getattr(app.state, "rooms", None)
    # The API's own, so that a click here and a call there are one event.
    shared = rooms.acknowledgements if isinstance(rooms, Rooms) else Acknowledgements(desk)
    _pages(desk, shared)
    ui.run_with(
        app,
        title="Menwei",
        favicon=FAVICON,
        dark=True,
        tailwind=False,
        reconnect_timeout=RECONNECT_S,
        show_welcome_message=False,
    )
    # NiceGUI's own two middlewares print a traceback whenever a browser leaves while a file is
    # on its way; the gate sets what they set.
    nicegui.app.user_middleware[:] = [
        one
        for one in nicegui.app.user_middleware
        if isinstance(one.cls, type) and issubclass(one.cls, GZipMiddleware)
    ]
    nicegui.app.add_middleware(Gate, desk=desk)
    nicegui.app.add_exception_handler(404, notice.missing)
    nicegui.app.add_exception_handler(Unavailable, notice.away)
    nicegui.app.add_exception_handler(Exception, notice.failed)


def _pages(desk: Desk, acknowledgements: Acknowledgements) -> None:
    snapshots = Snapshots(desk)
    options: dict[str, Any] = {"reconnect_timeout": AWAY_S, "response_timeout": _BUILD_S}

    async def page(
        request: Request, path: str, build: Callable[[Screen], None], wanted: str = ""
    ) -> Response | None:
        who = visit(request, desk)
        if who is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        sight = await snapshots.sight(wanted or who.compound)
        screen = Screen(desk, snapshots, who, sight)
        with frame(screen, path):
            build(screen)
        return None

    @ui.page("/", **options)
    async def duty_page(request: Request) -> Response | None:
        return await page(request, "/", lambda screen: duty.build(screen, acknowledgements))

    @ui.page("/waste", **options)
    async def waste_page(request: Request) -> Response | None:
        return await page(request, "/waste", waste.build)

    @ui.page("/devices", **options)
    async def devices_page(request: Request) -> Response | None:
        return await page(request, "/devices", lambda screen: Devices(screen).build())

    @ui.page("/events/{position}", **options)
    async def events_page(request: Request, position: int, event: str = "") -> Response | None:
        try:
            found = await asyncio.to_thread(evidence.batch, desk, position)
        except Unavailable as error:
            return await notice.away(request, error)
        return await page(
            request,
            "/events",
            lambda screen: evidence.build(screen, found, position, event),
            wanted=evidence.compound_of(found),
        )
