"""/api/v1/waste/fiware: bins and lifts as FIWARE's models have them, a page at a time."""

from functools import cache
from itertools import islice
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Response

from projections.view import Kinds
from projections.waste_district.asked import fiware
from projections.waste_sorting.view import WASTE_SORTING
from projections.web import waste_asked
from projections.web.answers import Problem
from projections.web.api import REFUSED, Shared
from projections.web.auth import Hub, Reader
from projections.web.desk import Desk
from projections.web.waste_asked import AsOf, Known

MOST_DAYS = 7  # of lifts: each day is worked out anew
Model = Literal["WasteContainer", "WasteObserved"]

router = APIRouter(
    prefix="/api/v1/waste",
    responses={**REFUSED, **{code: {"model": Problem} for code in (400, 404, 503)}},
)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`count`: of all there are, where that is known without making them."""

    entities: list[fiware.Entity]
    count: int | None = None


@router.get(
    "/fiware/{model}",
    response_class=Response,
    responses={200: {"content": {"application/ld+json": {}}}},
)
async def entities(
    desk: Hub,
    _: Reader,
    shared: Shared,
    model: Annotated[Model, Path(description="Of smart-data-models/dataModel.WasteManagement.")],
    options: Annotated[
        Literal["normalized", "keyValues"], Query(description="NGSI-LD's own forms.")
    ] = "normalized",
    compound: Annotated[
        str, Query(max_length=256, description="Of one compound; empty: of all.")
    ] = "",
    from_: Annotated[str, Query(alias="from", max_length=10, description="Of lifts.")] = "",
    to: Annotated[str, Query(max_length=10, description="Of lifts.")] = "",
    limit: Annotated[int, Query(ge=1, le=10_000, description="Of one answer.")] = 1000,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
    asof: AsOf = None,
) -> Response:
    """`WasteContainer`: bins with their levels; those that stand nowhere have no place in that
    model and are left out. `WasteObserved`: lifts of at most seven days. NGSI-LD, an array as a
    broker's batch upsert takes it; `NGSILD-Results-Count` says how many bins there are in all."""
    short = options == "keyValues"
    if model == "WasteContainer" and asof is not None and not compound:
        raise HTTPException(422, "With asof, ask for the bins of one compound.")
    span = ("", "")
    if model == "WasteObserved":
        span = waste_asked.span(from_, to, MOST_DAYS)
    elif WASTE_SORTING.name not in desk.runner.views:
        raise HTTPException(404, "This hub keeps no view of compounds' bins and their levels.")
    known = await waste_asked.known(desk, shared, asof)
    if model == "WasteContainer":
        # Levels of the past are folded, which takes its turn with all else that is.
        room = shared.scans if asof is None else shared.folds
        page = await room.run(
            _containers, desk, known, compound, (offset, limit), short=short, past=asof is not None
        )
    else:
        page = await shared.scans.run(
            _observed, known.kinds, span, compound, (offset, limit), short=short
        )
    headers = {} if page.count is None else {"NGSILD-Results-Count": str(page.count)}
    headers["Menwei-Position"] = str(known.position)
    return Response(
        msgspec.json.encode(page.entities), media_type="application/ld+json", headers=headers
    )


def _containers(
    desk: Desk, known: Known, compound: str, part: tuple[int, int], *, short: bool, past: bool
) -> Page:
    offset, limit = part
    keys = fiware.bins(known.kinds, compound, known.ms)

    @cache
    def levels(name: str) -> Kinds:
        if past:
            return desk.runner.view(WASTE_SORTING.name).as_of(name, known.position)
        return desk.runner.rows(WASTE_SORTING.name, name)[1]

    chosen = keys[offset : offset + limit]
    made = fiware.containers(known.kinds, chosen, known.ms, levels, short=short)
    return Page(entities=made, count=len(keys))


def _observed(
    kinds: Kinds, span: tuple[str, str], compound: str, part: tuple[int, int], *, short: bool
) -> Page:
    offset, limit = part
    found = fiware.observed(kinds, *span, compound, short=short)
    return Page(entities=list(islice(found, offset, offset + limit)))
