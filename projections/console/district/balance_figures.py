"""The strip over the mass balance."""

from projections.console.bins import ORDER
from projections.console.district.boards import VIEW
from projections.console.district.lane import Shown
from projections.console.district.mass_found import MassFound
from projections.console.district.period import Span
from projections.console.figures import Figure, Part
from projections.console.format import clock_of, count, mass, percent, share
from projections.console.links import district_href
from projections.console.texts import Words
from projections.waste_district.asked.over_time import sorting_ppm

NAMED_AWAY = frozenset(("under-way", "tolerance"))  # no mass that anybody misses


def figures(shown: Shown[MassFound], span: Span, words: Words) -> list[Figure]:
    total, grams = shown.made.total, shown.made.streams
    missing = sum(one.grams for one in total.gaps)
    rate = sorting_ppm(grams)

    def figure(
        key: str, value: str, of: str, parts: list[Part], href: str, look: str = ""
    ) -> Figure:
        return Figure(
            key=key, title=words(f"balancefigure.{key}"), value=value, of=of, look=look,
            parts=parts, as_of=clock_of(shown.now, shown.now),
            source=f"{VIEW}.trip @ {shown.position}", href=href,
        )  # fmt: skip

    return [
        figure(
            "lifted", mass(total.lifted_g), f"×{count(total.lifts)}",
            [Part(words.named("categoryshort", one), mass(grams[one]), one)
             for one in ORDER if grams.get(one)],
            span.href(),
        ),
        figure(
            "received", mass(total.received_g), f"×{count(total.trips)}",
            [Part(words("balance.tolerance"), mass(total.tolerance_g))], span.href(),
        ),
        figure(
            "gap", mass(missing), share(missing, total.lifted_g),
            [Part(words.named("gap", one.name), mass(one.grams),
                  "" if one.name in NAMED_AWAY else "warm") for one in total.gaps[:3]],
            span.href(), "warm" if abs(total.gap("unexplained")) > total.tolerance_g else "",
        ),
        figure(
            "sorted", percent(rate / 1e6 if rate is not None else None), "",
            [Part(words.named("categoryshort", one), percent(grams[one] / max(total.lifted_g, 1)),
                  one) for one in ORDER if grams.get(one)],
            district_href("league", since=span.since, until=span.until),
        ),
    ]  # fmt: skip
