"""The console on an app: sign-in routes, pages behind the gate, NiceGUI mounted at `/`.

NiceGUI keeps one app a process: the desk mounted last is the one that is shown. Mount after
every other route, since whatever no route took before ends here.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import nicegui
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import BadFrame, Unavailable
from projections.console import eventlist, evidence, notice, signin, wall, waste
from projections.console.devices import Devices
from projections.console.district import pages as district
from projections.console.district.answer import UNANSWERED, answered, instead
from projections.console.district.boards import Boards
from projections.console.district.gathered import GATHERED
from projections.console.district.today import TODAY
from projections.console.doorlog import door_log
from projections.console.doorpage import DoorPage
from projections.console.duty import DutyDesk
from projections.console.frame import frame
from projections.console.gate import Gate
from projections.console.look import FAVICON
from projections.console.people import PeoplePage
from projections.console.plan import plan_of
from projections.console.screen import Screen
from projections.console.snapshots import Sight, Snapshots
from projections.console.visit import Visit, address, signin_url, visit
from projections.web.acts import Acts
from projections.web.api import Rooms
from projections.web.catchup import CatchUps
from projections.web.desk import Desk
from projections.web.staff import Room, room
from projections.web.turns import Busy, Turns

RECONNECT_S = 3.0  # also NiceGUI's ping rhythm: a dead line is seen within five seconds
AWAY_S = 30.0  # how long a page that lost its line is kept; later it is loaded anew
_BUILD_S = 15.0


def mount(app: FastAPI, desk: Desk) -> None:
    signin.register(app, desk)
    nicegui.app.user_middleware.clear()
    nicegui.app.middleware_stack = None
    rooms = getattr(app.state, "rooms", None)
    # The API's own, so that a click here and a call there are one event.
    if isinstance(rooms, Rooms):
        _pages(desk, rooms, app.state.staff, app.state.catchups)
    else:
        alone = Rooms(Acts(desk), folds=Turns(2, 16), scans=Turns(2, 16))
        _pages(desk, alone, room(desk), CatchUps(desk))
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


def _pages(desk: Desk, rooms: Rooms, staff: Room | None, catchups: CatchUps) -> None:
    acts, scans = rooms.acts, rooms.scans
    snapshots, boards = Snapshots(desk), Boards(desk, rooms.folds)
    options: dict[str, Any] = {"reconnect_timeout": AWAY_S, "response_timeout": _BUILD_S}

    async def sighted(request: Request, wanted: str = "") -> tuple[Visit, Sight] | None:
        who = visit(request, desk)
        return None if who is None else (who, await snapshots.sight(wanted or who.compound))

    def show(found: tuple[Visit, Sight], path: str, build: Callable[[Screen], None]) -> None:
        screen = Screen(desk, snapshots, *found, acts)
        with frame(screen, path):
            build(screen)

    async def page(
        request: Request, path: str, build: Callable[[Screen], None], wanted: str = ""
    ) -> Response | None:
        found = await sighted(request, wanted)
        if found is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        show(found, path, build)
        return None

    @ui.page("/", **options)
    async def duty_page(request: Request, alarm: str = "") -> Response | None:
        found = await sighted(request)
        if found is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        plan = await asyncio.to_thread(plan_of, desk.data, found[1], found[0].words)
        show(found, "/", lambda screen: DutyDesk(screen, plan, scans, alarm).build())
        return None

    @ui.page("/waste", **options)
    async def waste_page(request: Request) -> Response | None:
        try:
            today, gathered = await asyncio.gather(
                answered(boards, TODAY, None), answered(boards, GATHERED, None)
            )
        except UNANSWERED as why:
            return await instead(request, why)
        return await page(request, "/waste", lambda screen: waste.build(screen, today, gathered))

    district.add(desk, boards, page, catchups, options)

    @ui.page("/people", **options)
    async def people_page(request: Request) -> Response | None:
        return await page(request, "/people", lambda screen: PeoplePage(screen, staff).build())

    @ui.page("/devices", **options)
    async def devices_page(request: Request, q: str = "") -> Response | None:
        return await page(request, "/devices", lambda screen: Devices(screen, q).build())

    @ui.page("/wall", **options)
    async def wall_page(request: Request) -> Response | None:
        return await page(request, "/wall", wall.build)

    @ui.page("/doors/{subject:path}", **options)
    async def door_page(request: Request, subject: str) -> Response | None:
        found = await sighted(request)
        if found is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        about = subject if "/" in subject else f"door/{subject}"
        sight = found[1]
        try:
            log = await scans.run(door_log, desk, sight.compound, about, sight.now)
        except (Unavailable, Busy) as error:
            return await notice.away(request, error)
        show(found, "/doors", lambda screen: DoorPage(screen, about, log, staff).build())
        return None

    @ui.page("/events", **options)
    async def list_page(request: Request) -> Response | None:
        try:
            query = eventlist.asked(request.query_params)
        except ValueError as error:
            refused = partial(eventlist.refused, text="list.invalid", why=str(error))
            return await page(request, "/events", refused)
        position = desk.log.head()
        try:
            answer = await scans.run(eventlist.found, desk, query)
        except (Unavailable, Busy) as error:
            return await notice.away(request, error)
        except BadFrame as bad:
            damaged = partial(eventlist.refused, text="list.damaged", why=str(bad))
            return await page(request, "/events", damaged)
        return await page(
            request,
            "/events",
            lambda screen: eventlist.build(screen, query, answer, position),
        )

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
