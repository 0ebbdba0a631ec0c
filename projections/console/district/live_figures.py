"""The strip over the waste desk."""

from collections import Counter

from projections.console.district import routes
from projections.console.district.boards import VIEW
from projections.console.district.lane import Shown
from projections.console.district.today import Today
from projections.console.figures import Figure, Part, part
from projections.console.format import clock_of, count
from projections.console.links import district_href
from projections.console.texts import Words
from projections.waste_district.asked.board import ROUTE_STATES


def figures(shown: Shown[Today], words: Words) -> list[Figure]:
    made = shown.made
    bins = Counter[str]()
    for cluster in made.clusters:
        bins.update(cluster.states)
    states = Counter(one.state for one in made.routes)
    planned = sum(one.planned for one in made.routes)
    done = sum(map(routes.done, made.routes))
    waiting = [one for one in made.missed if not one.dispatched]
    in_time = sum(one.end_ms >= made.now_ms for one in waiting)
    late = states["silent"] + states["behind"] + states["short"]
    of_day = district_href("findings", since=made.day)

    def figure(
        key: str,
        rows: str,
        value: int,
        *,
        of: int | str = "",
        look: str = "",
        parts: list[Part],
        href: str,
    ) -> Figure:
        return Figure(
            key=key, title=words(f"districtfigure.{key}"), value=count(value),
            of=f"/ {count(of)}" if isinstance(of, int) else of, look=look, parts=parts,
            as_of=clock_of(shown.now, shown.now), source=f"{VIEW}.{rows} @ {shown.position}",
            href=href,
        )  # fmt: skip

    return [
        figure(
            "missed", "haul", len(made.missed), look="hot" if waiting else "",
            parts=[
                part(words("districtfigure.intime"), in_time, "warm"),
                part(words("districtfigure.sent"), len(made.missed) - len(waiting)),
            ],
            href=district_href("findings", kind="missed-bin", since=made.day),
        ),
        figure(
            "routes", "haul", late, of=len(made.routes), look="warm" if late else "",
            parts=[
                part(words.named("routestate", state), states[state],
                     "hot" if state == "silent" else "warm" if state in ("behind", "short") else "")
                for state in ROUTE_STATES
            ],
            href=of_day,
        ),
        figure(
            "done", "haul", done, of=planned,
            parts=[
                part(words("haul.lifted"), sum(one.lifted for one in made.routes)),
                part(words("haul.presumed"), sum(one.presumed for one in made.routes)),
                part(words("haul.refused"), sum(one.refused for one in made.routes), "warm"),
            ],
            href=district_href("balance", since=made.day),
        ),
        figure(
            "bins", "bin", bins["overflow"] + bins["full"] + bins["fault"],
            of=sum(bins.values()), look="warm" if bins["overflow"] else "",
            parts=[
                part(words.named("binstate", "overflow"), bins["overflow"], "warm"),
                part(words.named("binstate", "full"), bins["full"]),
                part(words.named("binstate", "fault"), bins["fault"], "late"),
                part(words.named("binstate", "unknown"), bins["unknown"]),
            ],
            href="",
        ),
    ]  # fmt: skip
