"""The district's pages on their addresses."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import HTTPException
from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from projections.console import eventlist
from projections.console.district import (
    balancepage,
    binpage,
    findingspage,
    lead,
    leaguepage,
    ledgerpage,
    mass_found,
    period,
    qualitypage,
    trippage,
)
from projections.console.district.answer import UNANSWERED, Answer, answered, instead
from projections.console.district.boards import Boards, Question, Seen
from projections.console.district.live import LivePage
from projections.console.district.period import Span
from projections.console.district.today import TODAY
from projections.console.frame import Here
from projections.console.past.moment import Moment
from projections.console.past.moment import asked as moment_of
from projections.console.screen import Screen
from projections.days import DAY_MS, day_of, start_of
from projections.waste_district.asked.league import Standing, league
from projections.waste_district.rows.trips import trip_key
from projections.web.catchup import CatchUps
from projections.web.desk import Desk

PATH = "/district"
_HERE = Here(PATH)

MadeT = TypeVar("MadeT")
Build = Callable[[Screen, Answer[MadeT]], None]
Show = Callable[[Request, Here, Callable[[Screen], None]], Awaitable[Response | None]]


class _Pages:
    def __init__(self, desk: Desk, boards: Boards, show: Show) -> None:
        self._desk, self._boards, self._show = desk, boards, show

    async def page(
        self, request: Request, here: str, question: Question[MadeT], build: Build[MadeT]
    ) -> Response | None:
        """Now, or at the moment the address asks for."""
        moment = await asyncio.to_thread(moment_of, self._desk, request.query_params)
        try:
            answer = await answered(self._boards, question, moment)
        except UNANSWERED as why:
            return await instead(request, why)

        def built(screen: Screen) -> None:
            lead.build(screen, here, answer)
            build(screen, answer)

        return await self._show(request, _HERE, built)

    async def over(
        self,
        request: Request,
        here: str,
        make: Callable[[Seen, Span], MadeT],
        build: Callable[[Screen, Answer[MadeT], Span], None],
    ) -> Response | None:
        """Of the days that its address says."""
        moment = await asyncio.to_thread(moment_of, self._desk, request.query_params)
        try:
            span = period.asked(here, request.query_params, self._today(moment))
        except HTTPException as wrong:
            return await self._refused(request, wrong)
        question = Question((here, span), lambda seen: make(seen, span), "days")
        return await self.page(
            request, here, question, lambda screen, answer: build(screen, answer, span)
        )

    async def _refused(self, request: Request, wrong: HTTPException) -> Response | None:
        said = partial(eventlist.refused, text="list.invalid", why=str(wrong.detail))
        return await self._show(request, _HERE, said)

    def _today(self, moment: Moment | None) -> str:
        """The last day that a page knows of."""
        return day_of(
            moment.past.ms if moment else round(self._desk.clock.now().timestamp() * 1000)
        )


def add(
    desk: Desk, boards: Boards, show: Show, catchups: CatchUps, options: dict[str, Any]
) -> None:
    pages = _Pages(desk, boards, show)

    @ui.page(PATH, **options)
    async def live_page(request: Request, at: str = "") -> Response | None:
        return await pages.page(
            request, "", TODAY,
            lambda screen, answer: LivePage(screen, answer, catchups, at).build(),
        )  # fmt: skip

    @ui.page(f"{PATH}/balance", **options)
    async def balance_page(request: Request) -> Response | None:
        return await pages.over(request, "balance", mass_found.found, balancepage.build)

    @ui.page(f"{PATH}/league", **options)
    async def league_page(request: Request) -> Response | None:
        return await pages.over(request, "league", _league, leaguepage.build)

    @ui.page(f"{PATH}/quality/{{compound}}", **options)
    async def quality_page(request: Request, compound: str) -> Response | None:
        here = f"quality/{quote(compound, safe='')}"
        make = partial(qualitypage.found, compound)
        return await pages.over(request, here, make, qualitypage.build)

    @ui.page(f"{PATH}/findings", **options)
    async def findings_page(request: Request) -> Response | None:
        return await pages.over(request, "findings", findingspage.found, findingspage.build)

    @ui.page(f"{PATH}/ledger", **options)
    async def ledger_page(request: Request, of: str = "", month: str = "") -> Response | None:
        return await pages.page(
            request, "ledger", Question("papers", ledgerpage.found),
            lambda screen, answer: ledgerpage.build(screen, answer, of, month),
        )  # fmt: skip

    @ui.page(f"{PATH}/bin/{{compound}}/{{bin:path}}", **options)
    async def bin_page(request: Request, compound: str, bin: str) -> Response | None:
        key = f"{compound}/{bin}"
        question = Question(("bin", key), lambda seen: binpage.found(seen, key))
        return await pages.page(request, "bin", question, binpage.build)

    @ui.page(f"{PATH}/trip/{{vehicle}}/{{day}}/{{n}}", **options)
    async def trip_page(request: Request, vehicle: str, day: str, n: str) -> Response | None:
        key = trip_key(vehicle, day, n)
        question = Question(("trip", key), lambda seen: trippage.found(seen, key))
        return await pages.page(request, "trip", question, trippage.build)


def _league(seen: Seen, span: Span) -> tuple[Standing, ...]:
    return league(seen.kinds, span.since, span.until, start_of(span.until) + DAY_MS - 1)
