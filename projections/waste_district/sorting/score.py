"""How well points, buildings and compounds sort, and what it cost them: a score that can be traced
to its events. Pure on rows; what costs how much is data (`criteria.toml`)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from projections.days import at, days
from projections.view import Kinds
from projections.waste_district.apportion import apportion
from projections.waste_district.loads.lifted import lifted
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Finding, Haul
from projections.waste_district.sorting.conduct import Conduct
from projections.waste_district.sorting.criteria import CRITERIA, Scoring
from projections.waste_district.sorting.demonstration import Asking, Criterion, criteria
from projections.waste_sorting.deeds import IMPURE, newest
from projections.waste_sorting.rows import Bin, Deeds, Seen


class Cause(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`points`: what it cost; `most`: what it could have. `events`: the newest that show it."""

    what: str
    count: int
    points: float
    most: float
    events: tuple[Seen, ...] = ()


class Score(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`score` None: nothing is known by which it could be judged; causes then cost nothing.
    `lifts`: planned ones that a vehicle came to, whether it took the bin or refused it;
    `collected_g`: of a compound, what was weighed, planned or not."""

    name: str
    score: float | None = None
    causes: tuple[Cause, ...] = ()  # the dearest first
    deposits: int = 0
    deposited_g: Mapping[str, int] = {}
    inspections: int = 0
    lifts: int = 0
    collected_g: Mapping[str, int] = {}
    purity: float | None = None


class Scores(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    compound: Score
    points: tuple[Score, ...] = ()  # by name
    buildings: tuple[Score, ...] = ()
    criteria: tuple[Criterion, ...] = ()


def league(kinds: Kinds, since: str, until: str) -> tuple[Score, ...]:
    """Compounds of the district, best first; of those nothing is known last. Both days included."""
    register, last = Register(kinds), at(until, "23:59")
    found = {name: Conduct() for name in kinds.get("compound", {}) if register.compound(name, last)}
    found |= _compounds(kinds, register, since, until)
    length = len(days(since, until))
    scored = [judged(name, conduct, length) for name, conduct in found.items()]
    return tuple(sorted(scored, key=lambda one: (one.score is None, -(one.score or 0), one.name)))


def scores(own: Kinds, kinds: Kinds, compound: str, since: str, until: str) -> Scores:
    """Of one compound. `own`: rows of its own view; `kinds`: the district's."""
    register, last = Register(kinds), at(until, "23:59")
    whole = _compounds(kinds, register, since, until, compound).get(compound, Conduct())
    points, buildings = dict[str, Conduct](), dict[str, Conduct]()

    def of(point: str) -> list[Conduct]:
        """Whose conduct that of a point is, beside the compound's; nobody's where it is unknown."""
        if not point:
            return []
        known = register.point(point, last)
        brings = known.buildings if known else ()
        return [
            points.setdefault(point, Conduct()),
            *(buildings.setdefault(one, Conduct()) for one in brings),
        ]

    def at_bin(key: str, ms: int) -> list[Conduct]:
        there = register.bin(key, ms)
        return of(there.point) if there is not None else []

    for row in _deeds(own, since, until):
        for one in of(_point_of(own, register, compound, row)):
            one.add(row, register)
    for finding in _refused(kinds, since, until):
        if finding.compound == compound:
            for one in at_bin(finding.bin, finding.ms):
                one.refused(_seen(finding))
    for key, ms in _came_to(kinds, since, until):
        if key.partition("/")[0] == compound:
            for one in at_bin(key, ms):
                one.lifts += 1
    length = len(days(since, until))
    total = judged(compound, whole, length)
    return Scores(
        compound=total,
        points=tuple(judged(name, points[name], length) for name in sorted(points)),
        buildings=tuple(judged(name, buildings[name], length) for name in sorted(buildings)),
        criteria=criteria(Asking(own, kinds, register, compound, since, until), whole, total.score),
    )


def judged(name: str, conduct: Conduct, length: int, scoring: Scoring = CRITERIA.score) -> Score:
    """`length`: days of the period."""
    full = scoring.full if conduct.judged else 0.0
    causes = _borne(_causes(conduct, length, scoring), full)
    score = round(full - sum(one.points for one in causes), 1) if conduct.judged else None
    return Score(
        name=name,
        score=score,
        causes=causes,
        deposits=conduct.brought,
        deposited_g=dict(sorted(conduct.grams.items())),
        inspections=conduct.inspections,
        lifts=conduct.lifts,
        collected_g=dict(sorted(conduct.collected_g.items())),
        purity=None if conduct.purity is None else round(conduct.purity, 4),
    )


def _causes(conduct: Conduct, length: int, scoring: Scoring) -> tuple[Cause, ...]:
    found = []
    hundreds = max(conduct.brought, scoring.least_deposits) / 100
    for one in scoring.cause:
        count = conduct.wrong.get(one.what, 0)
        if count:
            measure = hundreds if one.per == "100-deposits" else max(length, 1)
            found.append(_cause(conduct, one.what, count, count / measure * one.costs, one.most))
    purity = conduct.purity
    if purity is not None and purity < scoring.purity.target:
        lacking = (scoring.purity.target - purity) * 100 * scoring.purity.costs
        found.append(_cause(conduct, IMPURE, conduct.inspections, lacking, scoring.purity.most))
    idle = scoring.uninspected
    if conduct.judged and purity is None and length >= idle.days:
        found.append(_cause(conduct, "uninspected", length, idle.costs, idle.costs))
    return tuple(sorted(found, key=lambda one: (-one.points, one.what)))


def _borne(causes: tuple[Cause, ...], full: float) -> tuple[Cause, ...]:
    """No more can be lost than there is: where the causes cost more, each bears its share, so that
    they add up to what was lost."""
    tenths, most = [round(one.points * 10) for one in causes], round(full * 10)
    if sum(tenths) <= most:
        return causes
    shares = zip(causes, apportion(most, tenths), strict=True)
    return tuple(msgspec.structs.replace(one, points=share / 10) for one, share in shares)


def _cause(conduct: Conduct, what: str, count: int, points: float, most: float) -> Cause:
    return Cause(
        what=what,
        count=count,
        points=round(min(points, most), 1),
        most=most,
        events=newest(conduct.evidence.get(what, ())),
    )


def _compounds(
    kinds: Kinds, register: Register, since: str, until: str, only: str = ""
) -> dict[str, Conduct]:
    """Those of which anything is known; `only`: that one alone."""
    found: defaultdict[str, Conduct] = defaultdict(Conduct)
    for row in _deeds(kinds, since, until):
        if only in ("", row.compound):
            found[row.compound].add(row, register)
    for one in _refused(kinds, since, until):
        if one.compound and only in ("", one.compound):
            found[one.compound].refused(_seen(one))
    for key, _ in _came_to(kinds, since, until):
        name = key.partition("/")[0]
        if only in ("", name):
            found[name].lifts += 1
    for _, part in lifted(kinds, since, until):
        if part.compound and only in ("", part.compound):
            found[part.compound].collected(part.category, part.net_g)
    return found


def _deeds(kinds: Kinds, since: str, until: str) -> Iterator[Deeds]:
    for row in kinds.get("deeds", {}).values():
        if isinstance(row, Deeds) and since <= row.day <= until:
            yield row


def _hauls(kinds: Kinds, since: str, until: str) -> Iterator[Haul]:
    for row in kinds.get("haul", {}).values():
        if isinstance(row, Haul) and since <= row.day <= until:
            yield row


def _refused(kinds: Kinds, since: str, until: str) -> Iterator[Finding]:
    for haul in _hauls(kinds, since, until):
        yield from (one for one in haul.findings if one.kind == "refused-bin")


def _came_to(kinds: Kinds, since: str, until: str) -> Iterator[tuple[str, int]]:
    """Bins of routes that were lifted or refused, and when: whoever lifts looks into them. One
    that was missed shows nothing."""
    for haul in _hauls(kinds, since, until):
        for route in haul.routes:
            yield from ((key, route.start_ms) for key in route.done)
    for one in _refused(kinds, since, until):
        if not one.key.startswith("|"):  # of a route
            yield one.bin, one.ms


def _seen(one: Finding) -> tuple[Seen, ...]:
    return tuple(Seen(ms=one.ms, id=event, position=one.position) for event in one.events)


def _point_of(own: Kinds, register: Register, compound: str, row: Deeds) -> str:
    """The point itself, or where the bin stood that day; empty where nobody knows."""
    what, _, name = row.subject.partition("/")
    if what == "point":
        return name
    known = register.bin(f"{compound}/{name}", at(row.day, "12:00"))
    if known is not None and known.point:
        return known.point
    told = own.get("bin", {}).get(row.subject)
    return told.point if isinstance(told, Bin) else ""
