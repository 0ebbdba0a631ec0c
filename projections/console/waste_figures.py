"""The strip over waste sorting: bins in trouble, and today's grams by category."""

from collections.abc import Mapping

from projections.console.bins import FULL, ORDER
from projections.console.figures import Figure, Part, known_as_of
from projections.console.format import clock, count, kilograms, latest, mass
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.console.tonnage import tonnage
from projections.waste_sorting.rows import Bin
from projections.waste_sorting.view import WASTE_SORTING
from projections.window import day


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
        ),
        _sum("deposited", today.deposited_g, today.deposits, received, source, words),
        _sum("collected", today.collected_g, today.collections, received, source, words),
        _sum("weighed", today.weighed_g, None, received, source, words),
        Figure(
            key="violations",
            title=words("figure.violations"),
            value=count(today.violations),
            look="warm" if today.violations else "",
            as_of=received,
            source=source,
        ),
    ]


def _sum(
    key: str, grams: Mapping[str, int], times: int | None, as_of: str, source: str, words: Words
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
    )
