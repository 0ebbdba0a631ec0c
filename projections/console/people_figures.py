"""The strip over visitors and presence."""

from projections.console import passes, presence, rulebook
from projections.console.figures import Figure, figure, known_as_of, part, source
from projections.console.format import NONE, clock, count
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community import occupancy
from projections.safe_community.rows.findings import Finding
from projections.safe_community.rows.places import Place


def figures(sight: Sight, words: Words) -> list[Figure]:
    return [
        _inside(sight, words),
        _passes(sight, words),
        _held(sight, words),
        _findings(sight, words),
        _policy(sight, words),
    ]


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
            part(words("people.known"), len(sight.safe.get("inside", {}))),
            part(words("people.stale"), one.stale, "warm"),
        ],
        as_of=clock(one.last, sight.now) if one.last else known_as_of(sight),
        source=source(sight, "place"),
        href=presence.counted_at("compound", presence.site(sight), sight.compound),
    )


def _passes(sight: Sight, words: Words) -> Figure:
    found = occupancy.passes(sight.safe)
    return figure(
        sight, "pass", "visitor.pass.", key="passes", title=words("people.passes"),
        value=len(passes.in_force(sight)), of=len(found),
        parts=[
            part(words("people.usedToday"), sum(one.used for one in found)),
            part(words("people.revoked"), sum(one.state == "revoked" for one in found)),
        ],
    )  # fmt: skip


def _held(sight: Sight, words: Words) -> Figure:
    found = presence.holding(sight)
    return figure(
        sight, "held", "access.screening.", key="held", title=words("people.held"),
        value=len(found), look="hot" if found else "",
    )  # fmt: skip


def _findings(sight: Sight, words: Words) -> Figure:
    found = rows(sight.safe, "finding", Finding)
    return figure(
        sight, "finding", "policy.published.", key="findings",
        title=words("people.findings"), value=len(found), look="warm" if found else "",
    )  # fmt: skip


def _policy(sight: Sight, words: Words) -> Figure:
    found = rulebook.book(sight)
    behind = rulebook.behind(found, rulebook.gateways(sight)) if found.version else 0
    return figure(
        sight, "policy", "policy.", key="policy", title=words("people.policy"),
        value=str(found.version) if found.version else NONE,
        look="hot" if found.refused else "warm" if behind or not found.version else "",
        parts=[
            part(words("people.behind"), behind, "warm"),
            part(words("people.refused"), len(found.refused), "hot"),
        ],
        as_of=clock(found.since, sight.now) if found.since else "",
    )  # fmt: skip
