"""The district's pages on their addresses."""

import asyncio
import re
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
from projections.console.district.asof import PATH, keeping
from projections.console.district.boards import Boards, Question, Seen
from projections.console.district.live import LivePage
from projections.console.district.period import Span
from projections.console.district.today import TODAY
from projections.console.screen import Screen
from projections.days import DAY_MS, day_of, start_of
from projections.waste_district.asked.league import Standing, league
from projections.waste_district.rows.trips import trip_key
from projections.web.asof import position_of
from projections.web.catchup import CatchUps
from projections.web.desk import Desk

_ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")  # as a browser's own field gives it

MadeT = TypeVar("MadeT")
Build = Callable[[Screen, Answer[MadeT]], None]
Show = Callable[[Request, str, Callable[[Screen], None]], Awaitable[Response | None]]


class _Pages:
    def __init__(self, desk: Desk, boards: Boards, show: Show) -> None:
        self._desk, self._boards, self._show = desk, boards, show

    async def page(
        self, request: Request, here: str, question: Question[MadeT], build: Build[MadeT]
    ) -> Response | None:
        """Known now, or as it was known at the address's `asof`."""
        asof = request.query_params.get("asof", "")
        try:
            position = await asyncio.to_thread(_position, self._desk, asof) if asof else None
            answer = await answered(self._boards, question, position)
        except HTTPException as wrong:
            return await self._refused(request, wrong)
        except UNANSWERED as why:
            return await instead(request, why)

        def built(screen: Screen) -> None:
            if answer.asof:
                screen.drawing = partial(keeping, asof=answer.asof)
            lead.build(screen, here, answer, request.url)
            build(screen, answer)

        return await self._show(request, PATH, built)

    async def over(
        self,
        request: Request,
        here: str,
        make: Callable[[Seen, Span], MadeT],
        build: Callable[[Screen, Answer[MadeT], Span], None],
    ) -> Response | None:
        """Of the days that its address says."""
        asof = request.query_params.get("asof", "")
        try:
            today = await asyncio.to_thread(_today, self._desk, asof)
            span = period.asked(here, request.query_params, today)
        except HTTPException as wrong:
            return await self._refused(request, wrong)
        except UNANSWERED as why:
            return await instead(request, why)
        question = Question((here, span), lambda seen: make(seen, span), "days")
        return await self.page(
            request, here, question, lambda screen, answer: build(screen, answer, span)
        )

    async def _refused(self, request: Request, wrong: HTTPException) -> Response | None:
        said = partial(eventlist.refused, text="list.invalid", why=str(wrong.detail))
        return await self._show(request, PATH, said)


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


def _today(desk: Desk, asof: str) -> str:
    """The last day that a page knows of."""
    then = desk.log.received_at(_position(desk, asof)) if asof else None
    return day_of(round((then or desk.clock.now()).timestamp() * 1000))


def _position(desk: Desk, asof: str) -> int:
    """A time without a zone is China's: that is what people here write into the field."""
    if _ZONELESS.fullmatch(asof):
        asof = f"{asof}:00+08:00" if asof.count(":") == 1 else f"{asof}+08:00"
    return position_of(desk, asof)
