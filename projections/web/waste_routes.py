"""/api/v1/waste: the district's balance, what is not as it should be, routes, trips and bins; and
who is sent for what was missed."""

from collections import Counter
from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from core.events.waste import Category
from projections.days import DAY_MS, day_of, start_of
from projections.waste_district.asked import board
from projections.waste_district.asked.balance import By, balance
from projections.waste_district.asked.bin_story import bin_story
from projections.waste_district.asked.findings import findings
from projections.waste_district.asked.league import league
from projections.waste_district.asked.quality import Quality, quality
from projections.waste_district.asked.trip_story import trip_story
from projections.waste_district.rows.hauls import Finding
from projections.waste_district.rows.trips import trip_key
from projections.waste_sorting.view import WASTE_SORTING
from projections.web import waste_asked, waste_models
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, Shared, clean, shows
from projections.web.auth import Actor, Hub, Reader
from projections.web.catchup import CatchUp, CatchUps
from projections.web.waste_asked import AsOf, Day

_WRONG: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (400, 404, 409, 413, 503)
}
_FROM = Query(alias="from", max_length=10, description="Of China, YYYY-MM-DD.")
_Key = Annotated[str, Path(max_length=256, description="By its name in the register.")]
_Compound = Annotated[str, Query(max_length=256, description="Of one compound; empty: of all.")]
# Of a balance, whatever it is cut by.
_WHOLE = (
    "since", "until", "compound", "category", "facility", "total", "worst", "transferred",
    "transfers", "stations", "flows",
)  # fmt: skip
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]

router = APIRouter(prefix="/api/v1/waste", responses={**REFUSED, **_WRONG})


@router.get("/balance", response_model=waste_models.BalanceBody)
async def mass_balance(
    desk: Hub,
    _: Reader,
    shared: Shared,
    from_: Annotated[str, _FROM],
    to: Day,
    by: Annotated[By, Query(description="What `lines` are of.")] = "day",
    compound: _Compound = "",
    category: Annotated[Category | None, Query(description="Of one stream; none: of all.")] = None,
    facility: Annotated[
        str, Query(max_length=256, description="Of what one took in; empty: of all.")
    ] = "",
    asof: AsOf = None,
) -> Response:
    """What compounds gave = what facilities took in + named gaps, exact to the gram, of the days
    on which trips began, both included."""
    since, until = waste_asked.span(from_, to)
    known = await waste_asked.known(desk, shared, asof)
    cut = compound, category or "", facility
    found = await shared.scans.run(balance, known.kinds, since, until, *cut)
    whole = {name: getattr(found, name) for name in _WHOLE}
    return answer({"position": known.position, **whole, "by": by, "lines": found.by[by]})


@router.get("/findings", response_model=waste_models.FindingsBody)
async def not_as_it_should_be(
    desk: Hub,
    _: Reader,
    shared: Shared,
    from_: Annotated[str, _FROM],
    to: Day,
    kind: Annotated[
        str, Query(max_length=256, description="Such as missed-bin; empty: of all.")
    ] = "",
    compound: _Compound = "",
    limit: Annotated[int, Query(ge=1, le=10_000, description="Of `findings`.")] = 1000,
    asof: AsOf = None,
) -> Response:
    """Missed bins, swapped and lost tags, double reads, mixed loads, scales off zero, files that
    came late …: each with the events that show it."""
    since, until = waste_asked.span(from_, to)
    known = await waste_asked.known(desk, shared, asof)

    def look() -> tuple[Counter[str], list[Finding]]:
        found = findings(known.kinds, since, until)
        chosen = [one for one in found if kind in ("", one.kind) and compound in ("", one.compound)]
        chosen.sort(key=lambda one: (one.day, one.ms, one.kind, one.key), reverse=True)
        return Counter(one.kind for one in found), chosen

    kinds, chosen = await shared.scans.run(look)
    return answer(
        {
            "position": known.position,
            "since": since,
            "until": until,
            "kinds": dict(sorted(kinds.items())),
            "findings": chosen[:limit],
            "complete": len(chosen) <= limit,
        }
    )


@router.get("/routes", response_model=waste_models.RoutesBody)
async def routes(
    desk: Hub,
    _: Reader,
    shared: Shared,
    day: Annotated[str, Query(max_length=10, description="YYYY-MM-DD; empty: today.")] = "",
    asof: AsOf = None,
) -> Response:
    """The day's routes with their progress, those in trouble first, and the bins they missed."""
    known = await waste_asked.known(desk, shared, asof)
    asked = waste_asked.day("day", day) if day else day_of(known.ms)
    body = {"position": known.position, "day": asked}
    for name, listed in (("routes", board.routes), ("missed", board.missed)):
        body[name] = await shared.scans.run(listed, known.kinds, asked, known.ms)
    return answer(body)


@router.get("/league", response_model=waste_models.LeagueBody)
async def standings(
    desk: Hub,
    _: Reader,
    shared: Shared,
    from_: Annotated[str, _FROM],
    to: Day,
    asof: AsOf = None,
) -> Response:
    """Compounds beside each other: score with its causes, what was collected, what was missed."""
    since, until = waste_asked.span(from_, to)
    known = await waste_asked.known(desk, shared, asof)
    end = start_of(until) + DAY_MS - 1
    found = await shared.scans.run(league, known.kinds, since, until, end)
    return answer({"position": known.position, "since": since, "until": until, "compounds": found})


@router.get("/quality/{compound}", response_model=waste_models.QualityBody)
async def sorting_quality(
    desk: Hub,
    _: Reader,
    shared: Shared,
    compound: _Key,
    from_: Annotated[str, _FROM],
    to: Day,
    asof: AsOf = None,
) -> Response:
    """How well a compound, its points and its buildings sort, with what cost them points; and each
    criterion of a demonstration compound with what was found."""
    since, until = waste_asked.span(from_, to)
    if WASTE_SORTING.name not in desk.runner.views:
        raise HTTPException(404, "This hub keeps no view of a compound's waste.")
    known = await waste_asked.known(desk, shared, asof)

    def found() -> Quality | None:
        own = waste_asked.own(desk.runner, compound, known.position)
        return quality(own, known.kinds, compound, since, until)

    # The compound's own past is folded, which takes its turn with all else that is.
    made = await (shared.scans if asof is None else shared.folds).run(found)
    if made is None:
        raise HTTPException(
            404,
            f"The register never had a compound {compound}, and nothing is known of it from "
            f"{since} to {until}.",
        )
    told = {"position": known.position, "since": since, "until": until}
    return answer({**told, **msgspec.to_builtins(made)})


@router.get("/trips/{vehicle}/{day}/{n}", response_model=waste_models.TripBody)
async def trip(
    desk: Hub,
    _: Reader,
    shared: Shared,
    vehicle: _Key,
    day: Annotated[str, Path(max_length=10, description="Of its first lift, YYYY-MM-DD.")],
    n: Annotated[int, Path(ge=1, le=999, description="Which of that day, from 1.")],
    asof: AsOf = None,
) -> Response:
    """One trip with every lift and every word about its ticket: what a line of a ledger says."""
    key = trip_key(vehicle, waste_asked.day("day", day), n)
    known = await waste_asked.known(desk, shared, asof)
    found = await shared.scans.run(trip_story, known.kinds, key)
    if found is None:
        raise HTTPException(404, f"Vehicle {vehicle} made no trip {n} on {day}, as far as known.")
    return answer({"position": known.position, **msgspec.to_builtins(found)})


@router.get("/bins/{compound}/{bin}", response_model=waste_models.BinBody)
async def one_bin(
    desk: Hub, _: Reader, shared: Shared, compound: _Key, bin: _Key, asof: AsOf = None
) -> Response:
    """A bin from its first entry to now: versions, tags, lifts and what was wrong lately."""
    known = await waste_asked.known(desk, shared, asof)
    found = await shared.scans.run(bin_story, known.kinds, f"{compound}/{bin}", known.ms)
    if found is None:
        raise HTTPException(404, f"The register never had a bin {compound}/{bin}.")
    return answer({"position": known.position, **msgspec.to_builtins(found)})


class Send(BaseModel):
    model_config = ConfigDict(extra="forbid")

    route: _Name
    day: Annotated[str, Field(max_length=10, description="Of the route, YYYY-MM-DD.")]
    vehicle: _Name
    bins: list[Annotated[str, Field(min_length=3, max_length=256)]] = Field(
        min_length=1, max_length=500, description="By their keys, compound/bin."
    )
    note: Annotated[str, Field(max_length=500), AfterValidator(clean)] = ""


async def _catchups(request: Request) -> CatchUps:
    return cast(CatchUps, request.app.state.catchups)


@router.post(
    "/catchup",
    status_code=201,
    response_model=waste_models.Sent,
    responses={200: {"model": waste_models.Sent, "description": "It was done before."}},
)
async def catch_up(
    desk: Hub,
    account: Actor,
    catchups: Annotated[CatchUps, Depends(_catchups)],
    wish: Send,
) -> Response:
    """Send a vehicle for bins that were missed. The same again changes nothing: 200."""
    asked = CatchUp(
        route=wish.route,
        day=waste_asked.day("day", wish.day),
        vehicle=wish.vehicle,
        bins=tuple(sorted({*wish.bins})),
        note=wish.note,
    )
    done = await run_in_threadpool(catchups.dispatch, asked, account)
    folded = await shows(desk, done.position)
    body = waste_models.Sent(
        route=asked.route,
        day=asked.day,
        vehicle=asked.vehicle,
        bins=list(asked.bins),
        actor=done.actor,
        at=done.at,
        new=done.position > 0,
        folded=folded,
    )
    return answer(body.model_dump(), 201 if done.position else 200)
