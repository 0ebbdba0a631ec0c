"""The strip over waste sorting: bins in trouble, and today's grams by category."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from projections.console.bins import FULL, ORDER
from projections.console.figures import Figure, Part, figure, known_as_of, part
from projections.console.format import clock, count, kilograms, latest, mass
from projections.console.links import district_href
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.console.tonnage import tonnage
from projections.waste_district.asked.over_time import Collected
from projections.waste_district.view import WASTE_DISTRICT
from projections.waste_sorting.rows import Bin
from projections.waste_sorting.view import WASTE_SORTING
from projections.window import CHINA, day

_TYPES = {
    "deposited": "waste.deposit.recorded",
    "collected": "waste.bin.collected",
    "weighed": "waste.load.weighed",
}


def _midnight(now: datetime) -> datetime:
    return now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def figures(sight: Sight, lifted: Sequence[Collected], position: int, words: Words) -> list[Figure]:
    """`lifted`: by the district's vehicles, today last, as of `position`; none where the district
    does not know the compound."""
    found = rows(sight.waste, "bin", Bin)
    today = tonnage(sight, "day", day(sight.now))
    overflow = sum(one.overflow for one in found)
    smoke = sum(one.smoke for one in found)
    tilt = sum(one.position == "tilt" for one in found)
    full = sum((one.fill or 0) >= FULL for one in found)
    return [
        figure(
            sight, "bin", "waste.bin.", view=WASTE_SORTING, key="bins",
            title=words("figure.bins"), value=overflow + smoke + tilt, of=len(found),
            look="hot" if smoke else "warm" if overflow or tilt else "",
            parts=[
                part(words("bin.smoke"), smoke, "hot"),
                part(words("bin.overflow"), overflow, "warm"),
                part(words("bin.tilt"), tilt, "warm"),
            ],
        ),
        figure(
            sight, "bin", "waste.bin.level.", view=WASTE_SORTING, key="full",
            title=words("figure.full"), value=full,
            of=sum(one.fill is not None for one in found), look="warm" if full else "",
            parts=[part(words("bin.noLevel"), sum(one.fill is None for one in found))],
            as_of=clock(latest(one.level_at for one in found), sight.now),
        ),
        _sum("deposited", today.deposited_g, today.deposits, sight, words),
        _lifted(lifted[-1], sight, position, words) if lifted
        else _sum("collected", today.collected_g, today.collections, sight, words),
        _sum("weighed", today.weighed_g, None, sight, words),
        figure(
            sight, "day", "waste.deposit.violated", view=WASTE_SORTING, key="violations",
            title=words("figure.violations"), value=today.violations,
            look="warm" if today.violations else "", since=_midnight(sight.now),
        ),
    ]  # fmt: skip


def _lifted(today: Collected, sight: Sight, position: int, words: Words) -> Figure:
    """Of the view over all compounds: lifters belong to the fleet, not to the compound."""
    day = today.period
    return Figure(
        key="collected",
        title=words("figure.collected"),
        value=mass(sum(today.grams.values())),
        of=f"×{count(today.lifts)}",
        parts=_parts(today.grams, words),
        as_of=known_as_of(sight),
        source=f"{WASTE_DISTRICT.name}.trip @ {position}",
        href=district_href("balance", compound=sight.compound, since=day, until=day),
    )


def _parts(grams: Mapping[str, int], words: Words) -> list[Part]:
    return [
        Part(words.named("categoryshort", one), kilograms(grams[one]), one)
        for one in (*ORDER, "unknown")
        if grams.get(one)
    ]


def _sum(
    key: str, grams: Mapping[str, int], times: int | None, sight: Sight, words: Words
) -> Figure:
    return figure(
        sight, "day", _TYPES[key], view=WASTE_SORTING, key=key,
        title=words(f"figure.{key}"), value=mass(sum(grams.values())),
        of="" if times is None else f"×{count(times)}",
        parts=_parts(grams, words),
        since=_midnight(sight.now),
    )  # fmt: skip
