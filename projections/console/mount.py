"""The console on an app: sign-in routes, pages behind the gate, NiceGUI mounted at `/`.

NiceGUI keeps one app a process: the desk mounted last is the one that is shown. Mount after
every other route, since whatever no route took before ends here.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import nicegui
from fastapi import FastAPI, HTTPException
from fastapi.middleware.gzip import GZipMiddleware
from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import BadFrame, Unavailable
from projections.audit.gaps import Gaps
from projections.console import eventlist, evidence, notice, reel, signin, wall, waste
from projections.console.audit import page as audit
from projections.console.devices import Devices
from projections.console.district import pages as district
from projections.console.district.answer import UNANSWERED, answered, instead
from projections.console.district.boards import Boards
from projections.console.district.gathered import GATHERED
from projections.console.district.today import TODAY
from projections.console.doorlog import door_log
from projections.console.doorpage import DoorPage
from projections.console.duty import DutyDesk
from projections.console.frame import Here, frame
from projections.console.gate import Gate
from projections.console.look import FAVICON
from projections.console.past import latepage
from projections.console.past.moment import NoMoment, asked
from projections.console.past.pasts import Pasts
from projections.console.people import PeoplePage
from projections.console.plan import plan_of
from projections.console.provisioning import pages as provisioning
from projections.console.replaypage import ReplayPage, unasked
from projections.console.screen import Screen
from projections.console.snapshots import Sight, Snapshots
from projections.console.visit import Visit, address, signin_url, visit
from projections.web.acts import Acts
from projections.web.api import Rooms
from projections.web.audit_routes import gathered, span
from projections.web.catchup import CatchUps
from projections.web.desk import Desk
from projections.web.exports import Exports, exports_of
from projections.web.staff import Room, room
from projections.web.turns import Busy, Turns

LOG = Here("/events", "log")
RECONNECT_S = 3.0  # also NiceGUI's ping rhythm: a dead line is seen within five seconds
AWAY_S = 30.0  # how long a page that lost its line is kept; later it is loaded anew
_BUILD_S = 15.0


def mount(app: FastAPI, desk: Desk) -> None:
    signin.register(app, desk)
    # A question leaves the screen when it is answered: while one fades it still takes the keys.
    ui.dialog.default_props("transition-duration=0")
    nicegui.app.user_middleware.clear()
    nicegui.app.middleware_stack = None
    rooms = getattr(app.state, "rooms", None)
    # The API's own, so that a click here and a call there are one event.
    if isinstance(rooms, Rooms):
        _pages(desk, rooms, app.state.staff, app.state.catchups, app.state.exports)
    else:
        alone = Rooms(Acts(desk), folds=Turns(2, 16), scans=Turns(2, 16))
        _pages(desk, alone, room(desk), CatchUps(desk), exports_of(desk))
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
    nicegui.app.add_exception_handler(NoMoment, notice.no_moment)
    nicegui.app.add_exception_handler(Busy, notice.away)
    nicegui.app.add_exception_handler(Unavailable, notice.away)
    nicegui.app.add_exception_handler(Exception, notice.failed)


def _pages(
    desk: Desk, rooms: Rooms, staff: Room | None, catchups: CatchUps, exports: Exports | None
) -> None:
    acts, scans = rooms.acts, rooms.scans
    snapshots, pasts = Snapshots(desk), Pasts(desk, rooms.folds)
    boards = Boards(desk, rooms.folds)
    options: dict[str, Any] = {"reconnect_timeout": AWAY_S, "response_timeout": _BUILD_S}

    async def sighted(
        request: Request, wanted: str = "", *, past: bool = True
    ) -> tuple[Visit, Sight] | None:
        """Now, or at the moment the address asks for."""
        who = visit(request, desk)
        if who is None:
            return None
        await asyncio.to_thread(pasts.look)
        moment = await asyncio.to_thread(asked, desk, request.query_params) if past else None
        wanted = wanted or who.compound
        if moment is None:
            return who, await snapshots.sight(wanted)
        who = msgspec.structs.replace(who, moment=moment)
        return who, await pasts.sight(wanted, moment.past)

    def show(found: tuple[Visit, Sight], here: Here, build: Callable[[Screen], None]) -> None:
        screen = Screen(desk, snapshots, pasts, *found, acts)
        with frame(screen, here):
            build(screen)

    async def page(
        request: Request, here: Here, build: Callable[[Screen], None], wanted: str = ""
    ) -> Response | None:
        found = await sighted(request, wanted, past=here.past not in ("log", "never"))
        if found is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        show(found, here, build)
        return None

    @ui.page("/", **options)
    async def duty_page(request: Request, alarm: str = "") -> Response | None:
        found = await sighted(request)
        if found is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        plan = await asyncio.to_thread(plan_of, desk.data, found[1], found[0].words)
        show(found, Here("/", "moves"), lambda screen: DutyDesk(screen, plan, scans, alarm).build())
        return None

    @ui.page("/waste", **options)
    async def waste_page(request: Request) -> Response | None:
        moment = await asyncio.to_thread(asked, desk, request.query_params)
        try:
            today, gathered = await asyncio.gather(
                answered(boards, TODAY, moment), answered(boards, GATHERED, moment)
            )
        except UNANSWERED as why:
            return await instead(request, why)
        return await page(
            request, Here("/waste"), lambda screen: waste.build(screen, today, gathered)
        )

    district.add(desk, boards, page, catchups, options)

    @ui.page("/late", **options)
    async def late_page(request: Request) -> Response | None:
        moment = await asyncio.to_thread(latepage.asked, desk, request.query_params)
        if moment is None:
            return RedirectResponse("/", status_code=303)
        about = latepage.about(desk, request.query_params)
        try:
            found = await rooms.folds.run(latepage.found, desk, about, moment)
        except (Unavailable, Busy) as error:
            return await notice.away(request, error)
        return await page(
            request, Here("/late"), lambda screen: latepage.build(screen, moment, found)
        )

    @ui.page("/people", **options)
    async def people_page(request: Request) -> Response | None:
        return await page(
            request,
            Here("/people", "moves"),
            lambda screen: PeoplePage(screen, staff if screen.moment is None else None).build(),
        )

    @ui.page("/devices", **options)
    async def devices_page(request: Request, q: str = "") -> Response | None:
        return await page(
            request, Here("/devices", "moves"), lambda screen: Devices(screen, q).build()
        )

    provisioning.add(page, options)

    @ui.page("/wall", **options)
    async def wall_page(request: Request) -> Response | None:
        return await page(request, Here("/wall", "moves"), wall.build)

    @ui.page("/doors/{subject:path}", **options)
    async def door_page(request: Request, subject: str) -> Response | None:
        found = await sighted(request)
        if found is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        about = subject if "/" in subject else f"door/{subject}"
        sight = found[1]
        try:
            log = await scans.run(door_log, desk, sight, about, then=found[0].moment)
        except (Unavailable, Busy) as error:
            return await notice.away(request, error)
        show(found, Here("/doors"), lambda screen: DoorPage(screen, about, log, staff).build())
        return None

    @ui.page("/audit", **options)
    async def audit_page(request: Request) -> Response | None:
        wish = audit.asked(request.query_params, desk.log.head())
        try:
            found = await scans.run(_gaps, desk, wish)
        except (Unavailable, Busy) as error:
            return await notice.away(request, error)
        compounds = sorted(desk.runner.compounds())
        return await page(
            request,
            Here("/audit", "log"),
            lambda screen: audit.build(screen, wish, found, desk.tlog, exports, compounds),
        )

    @ui.page("/replay", **options)
    async def replay_page(request: Request) -> Response | None:
        found = await sighted(request)
        if found is None:
            return RedirectResponse(signin_url(address(request)), status_code=303)
        who, sight = found
        wish = reel.asked(request.query_params, sight.compound)
        why = ""
        try:
            if wish.anything:
                read = await rooms.folds.run(reel.read, desk, wish)
                plan = await asyncio.to_thread(plan_of, desk.data, sight, who.words)
                show(
                    found,
                    Here("/replay", "log"),
                    lambda screen: ReplayPage(screen, wish, read, plan).build(),
                )
                return None
        except (Unavailable, Busy) as error:
            return await notice.away(request, error)
        except BadFrame as bad:
            why = who.words("replay.damaged", why=bad)
        except reel.Gone:
            why = who.words("replay.gonealarm")
        except reel.Unasked as refused:
            why = str(refused)
        show(found, Here("/replay", "log"), lambda screen: unasked(screen, wish, why))
        return None

    @ui.page("/events", **options)
    async def list_page(request: Request) -> Response | None:
        try:
            query = eventlist.asked(request.query_params)
        except ValueError as error:
            refused = partial(eventlist.refused, text="list.invalid", why=str(error))
            return await page(request, LOG, refused)
        moment = await asyncio.to_thread(asked, desk, request.query_params)
        position = moment.past.position if moment else desk.log.head()
        try:
            answer = await scans.run(eventlist.found, desk, query, moment)
        except (Unavailable, Busy) as error:
            return await notice.away(request, error)
        except BadFrame as bad:
            damaged = partial(eventlist.refused, text="list.damaged", why=str(bad))
            return await page(request, LOG, damaged)
        return await page(
            request,
            Here("/events"),
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
            LOG,
            lambda screen: evidence.build(screen, found, position, event),
            wanted=evidence.compound_of(found),
        )


def _gaps(desk: Desk, wish: audit.Asked) -> Gaps | str:
    """Off the loop. In a sentence why there is no report."""
    try:
        first, last = span(desk, wish.since, wish.until)
        return gathered(desk, first, last, wish.compound)
    except HTTPException as refused:
        return str(refused.detail)
    except BadFrame as bad:
        return str(bad)
