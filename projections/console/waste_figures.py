"""The strip over waste sorting: bins in trouble, and today's grams by category."""

from collections.abc import Mapping
from datetime import datetime

from projections.console.bins import FULL, ORDER
from projections.console.figures import Figure, Part, figure, part
from projections.console.format import clock, count, kilograms, latest, mass
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
        _sum("collected", today.collected_g, today.collections, sight, words),
        _sum("weighed", today.weighed_g, None, sight, words),
        figure(
            sight, "day", "waste.deposit.violated", view=WASTE_SORTING, key="violations",
            title=words("figure.violations"), value=today.violations,
            look="warm" if today.violations else "", since=_midnight(sight.now),
        ),
    ]  # fmt: skip


def _sum(
    key: str, grams: Mapping[str, int], times: int | None, sight: Sight, words: Words
) -> Figure:
    return figure(
        sight, "day", _TYPES[key], view=WASTE_SORTING, key=key,
        title=words(f"figure.{key}"), value=mass(sum(grams.values())),
        of="" if times is None else f"×{count(times)}",
        parts=[
            Part(words.named("categoryshort", one), kilograms(grams[one]), one)
            for one in (*ORDER, "unknown")
            if grams.get(one)
        ],
        since=_midnight(sight.now),
    )  # fmt: skip
