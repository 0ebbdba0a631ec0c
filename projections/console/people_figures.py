"""The strip over visitors and presence."""

from projections.console import passes, presence, rulebook
from projections.console.figures import Figure, Part, known_as_of
from projections.console.format import NONE, clock, count
from projections.console.links import listed
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community import occupancy
from projections.safe_community.rows import Finding, Place
from projections.safe_community.view import SAFE_COMMUNITY


def figures(sight: Sight, words: Words) -> list[Figure]:
    return [
        _inside(sight, words),
        _passes(sight, words),
        _held(sight, words),
        _findings(sight, words),
        _policy(sight, words),
    ]


def _source(kind: str, sight: Sight) -> str:
    return f"{SAFE_COMMUNITY.name}.{kind} @ {sight.position}"


def _inside(sight: Sight, words: Words) -> Figure:
    """Of the whole compound; other areas lie in it."""
    places = {one.area: one for one in occupancy.places(sight.safe)}
    one = places.get("compound", Place(area="compound"))
    return Figure(
        key="inside",
        title=words("people.inside"),
        value=count(one.count),
        of=words("people.range", low=count(one.low), high=count(one.high)),
        parts=[
            Part(words("people.known"), count(len(sight.safe.get("inside", {})))),
            Part(words("people.stale"), count(one.stale), "warm" if one.stale else ""),
        ],
        as_of=clock(one.last, sight.now) if one.last else known_as_of(sight),
        source=_source("place", sight),
        href=presence.counted_at("compound", presence.site(sight), sight.compound),
    )


def _passes(sight: Sight, words: Words) -> Figure:
    found = occupancy.passes(sight.safe)
    good = passes.in_force(sight)
    return Figure(
        key="passes",
        title=words("people.passes"),
        value=count(len(good)),
        of=f"/ {count(len(found))}",
        parts=[
            Part(words("people.usedToday"), count(sum(one.used for one in found))),
            Part(words("people.revoked"), count(sum(one.state == "revoked" for one in found))),
        ],
        as_of=known_as_of(sight),
        source=_source("pass", sight),
        href=listed(sight.compound, "visitor.pass."),
    )


def _held(sight: Sight, words: Words) -> Figure:
    found = presence.holding(sight)
    return Figure(
        key="held",
        title=words("people.held"),
        value=count(len(found)),
        look="hot" if found else "",
        as_of=known_as_of(sight),
        source=_source("held", sight),
        href=listed(sight.compound, "access.screening."),
    )


def _findings(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "finding", Finding)
    return Figure(
        key="findings",
        title=words("people.findings"),
        value=count(len(found)),
        look="warm" if found else "",
        as_of=known_as_of(sight),
        source=_source("finding", sight),
        href=listed(sight.compound, "policy.published."),
    )


def _policy(sight: Sight, words: Words) -> Figure:
    found = rulebook.book(sight)
    behind = rulebook.behind(found, rulebook.gateways(sight)) if found.version else 0
    return Figure(
        key="policy",
        title=words("people.policy"),
        value=str(found.version) if found.version else NONE,
        look="hot" if found.refused else "warm" if behind or not found.version else "",
        parts=[
            Part(words("people.behind"), count(behind), "warm" if behind else ""),
            Part(
                words("people.refused"), count(len(found.refused)), "hot" if found.refused else ""
            ),
        ],
        as_of=clock(found.since, sight.now) if found.since else known_as_of(sight),
        source=_source("policy", sight),
        href=listed(sight.compound, "policy."),
    )
