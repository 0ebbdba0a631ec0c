"""The strip over waste sorting: bins in trouble, and today's grams by category."""

from collections.abc import Mapping
from datetime import datetime

from projections.console.bins import FULL, ORDER
from projections.console.figures import Figure, Part, known_as_of
from projections.console.format import clock, count, kilograms, latest, mass
from projections.console.links import listed
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.console.tonnage import tonnage
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


def figures(sight: Sight, words: Words) -> list[Figure]:
    found = rows(sight.waste, "bin", Bin)
    today = tonnage(sight, "day", day(sight.now))
    overflow = sum(one.overflow for one in found)
    smoke = sum(one.smoke for one in found)
    tilt = sum(one.position == "tilt" for one in found)
    full = sum((one.fill or 0) >= FULL for one in found)
    levels = clock(latest(one.level_at for one in found), sight.now)
    received = known_as_of(sight)
    source = f"{WASTE_SORTING.name}.day @ {sight.position}"
    return [
        Figure(
            key="bins",
            title=words("figure.bins"),
            value=count(overflow + smoke + tilt),
            of=f"/ {count(len(found))}",
            look="hot" if smoke else "warm" if overflow or tilt else "",
            parts=[
                Part(words("bin.smoke"), count(smoke), "hot" if smoke else ""),
                Part(words("bin.overflow"), count(overflow), "warm" if overflow else ""),
                Part(words("bin.tilt"), count(tilt), "warm" if tilt else ""),
            ],
            as_of=received,
            source=f"{WASTE_SORTING.name}.bin @ {sight.position}",
            href=listed(sight.compound, "waste.bin."),
        ),
        Figure(
            key="full",
            title=words("figure.full"),
            value=count(full),
            of=f"/ {count(sum(one.fill is not None for one in found))}",
            look="warm" if full else "",
            parts=[Part(words("bin.noLevel"), count(sum(one.fill is None for one in found)))],
            as_of=levels,
            source=f"{WASTE_SORTING.name}.bin @ {sight.position}",
            href=listed(sight.compound, "waste.bin.level."),
        ),
        _sum("deposited", today.deposited_g, today.deposits, received, source, sight, words),
        _sum("collected", today.collected_g, today.collections, received, source, sight, words),
        _sum("weighed", today.weighed_g, None, received, source, sight, words),
        Figure(
            key="violations",
            title=words("figure.violations"),
            value=count(today.violations),
            look="warm" if today.violations else "",
            as_of=received,
            source=source,
            href=listed(sight.compound, "waste.deposit.violated"),
        ),
    ]


def _sum(
    key: str,
    grams: Mapping[str, int],
    times: int | None,
    as_of: str,
    source: str,
    sight: Sight,
    words: Words,
) -> Figure:
    parts = [
        Part(words.named("categoryshort", one), kilograms(grams[one]), one)
        for one in (*ORDER, "unknown")
        if grams.get(one)
    ]
    of = "" if times is None else f"×{count(times)}"
    value = mass(sum(grams.values()))
    return Figure(
        key=key,
        title=words(f"figure.{key}"),
        value=value,
        of=of,
        parts=parts,
        as_of=as_of,
        source=source,
        href=listed(sight.compound, _TYPES[key], since=_midnight(sight.now)),
    )
