"""How well points, buildings and compounds sort, and what it cost them: a score that can be traced
to its events. Pure on rows; what costs how much is data (`criteria.toml`)."""

from collections.abc import Iterator, Mapping

import msgspec

from projections.days import at, days
from projections.view import Kinds
from projections.waste_district.apportion import apportion
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
    """`score` None: nothing is known by which it could be judged."""

    name: str
    score: float | None
    causes: tuple[Cause, ...] = ()  # the dearest first
    deposits: int = 0
    deposited_g: Mapping[str, int] = {}
    inspections: int = 0
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
    for row in _deeds(kinds, since, until):
        found.setdefault(row.compound, Conduct()).add(row, register)
    for one in _refused(kinds, since, until):
        found.setdefault(one.compound, Conduct()).refused(_seen(one), one.day)
    length = len(days(since, until))
    scored = [judged(name, conduct, length) for name, conduct in found.items()]
    return tuple(sorted(scored, key=lambda one: (one.score is None, -(one.score or 0), one.name)))


def scores(own: Kinds, kinds: Kinds, compound: str, since: str, until: str) -> Scores:
    """Of one compound. `own`: rows of its own view; `kinds`: the district's."""
    register, last = Register(kinds), at(until, "23:59")
    whole, points, buildings = Conduct(), dict[str, Conduct](), dict[str, Conduct]()

    def of(point: str) -> list[Conduct]:
        """Whose conduct that of a point is, beside the compound's."""
        known = register.point(point, last)
        brings = known.buildings if known else ()
        return [
            points.setdefault(point, Conduct()),
            *(buildings.setdefault(one, Conduct()) for one in brings),
        ]

    for row in _deeds(kinds, since, until):
        if row.compound == compound:
            whole.add(row, register)
    for row in _deeds(own, since, until):
        if point := _point_of(own, register, compound, row):
            for one in of(point):
                one.add(row, register)
    for finding in _refused(kinds, since, until):
        if finding.compound != compound:
            continue
        whole.refused(_seen(finding), finding.day)
        there = register.bin(finding.bin, finding.ms)
        if there is not None and there.point:
            for one in of(there.point):
                one.refused(_seen(finding), finding.day)
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
    causes = _causes(conduct, length, scoring)
    score = None
    if conduct.days:
        causes = _borne(causes, scoring.full)
        score = round(scoring.full - sum(one.points for one in causes), 1)
    return Score(
        name=name,
        score=score,
        causes=causes,
        deposits=conduct.brought,
        deposited_g=dict(sorted(conduct.grams.items())),
        inspections=conduct.inspections,
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
    if conduct.days and purity is None and length >= idle.days:
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


def _deeds(kinds: Kinds, since: str, until: str) -> Iterator[Deeds]:
    for row in kinds.get("deeds", {}).values():
        if isinstance(row, Deeds) and since <= row.day <= until:
            yield row


def _refused(kinds: Kinds, since: str, until: str) -> Iterator[Finding]:
    for row in kinds.get("haul", {}).values():
        if isinstance(row, Haul) and since <= row.day <= until:
            yield from (one for one in row.findings if one.kind == "refused-bin")


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
