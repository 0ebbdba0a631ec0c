"""The balance as bands: who gave, as what, into vehicles of which stream, to which facility; and
what is missing on the way, by its name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from projections.console.bins import ORDER
from projections.console.district.period import Span
from projections.console.district.sankey import Band, Flow, Stage
from projections.console.format import count
from projections.console.texts import Words
from projections.waste_district.asked.flows import Flow as Told

Gave = Mapping[tuple[str, str], int]  # compound, category → grams
COMPOUNDS = 6  # named; all others stand together
GAPS = 5
NOBODY = "nobody"
_OTHERS = "others"
_RANKS = (*ORDER, "unknown", NOBODY)


def flow(told: Sequence[Told], gave: Gave, span: Span) -> Flow:
    """The same in every language: `title` names its stages."""
    drawn = _Drawing(told, span)
    drawn.compounds(gave)
    drawn.carried(told)
    return drawn.flow()


class _Drawing:
    def __init__(self, told: Sequence[Told], span: Span) -> None:
        self._span = span
        self._stages: dict[str, Stage] = {}
        self._bands: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._named = biggest(_gaps(told), GAPS)
        # Stations send on what came: they stand before the facilities that nothing leaves.
        self._senders = {one.source for one in told if one.source.startswith("facility/")}
        self._last = 4 if self._senders else 3

    def flow(self) -> Flow:
        sums: defaultdict[str, int] = defaultdict(int)
        for (source, _, _), grams in self._bands.items():
            sums[source] += grams
        stages = sorted(self._stages.values(), key=lambda stage: _place(stage, sums[stage.name]))
        bands = (
            Band(source, target, grams, look, self._href(source, target))
            for (source, target, look), grams in sorted(self._bands.items())
        )
        return Flow(tuple(stages), tuple(bands))

    def compounds(self, gave: Gave) -> None:
        """Those that gave most by name."""
        sums: defaultdict[str, int] = defaultdict(int)
        for (compound, _), grams in gave.items():
            sums[compound] += grams
        named = biggest({one: grams for one, grams in sums.items() if one}, COMPOUNDS)
        others = sum(1 for one in sums if one) - len(named)
        for (compound, category), grams in sorted(gave.items()):
            if not compound:
                self._band("compound/", f"bins/{NOBODY}", "gap", grams)
            else:
                whose = compound if compound in named else _OTHERS
                self._band(f"compound/{whose}", f"bins/{category}", category, grams, others)

    def carried(self, told: Iterable[Told]) -> None:
        for one in told:
            if not one.gap:
                kind, _, what = one.source.partition("/")
                look = "plain" if kind == "facility" else "gap" if what == NOBODY else what
                self._band(one.source, one.target, look, one.grams)
            elif one.target.startswith("gap/"):
                name = one.target.removeprefix("gap/")
                shown = name if name in self._named else _OTHERS
                self._band(one.source, f"gap/{shown}", "gap", one.grams)
            else:
                self._band("surplus/", one.target, "gap", one.grams)

    def _band(self, source: str, target: str, look: str, grams: int, others: int = 0) -> None:
        if grams <= 0:
            return
        for name in (source, target):
            if name not in self._stages:
                self._stages[name] = self._stage(name, others)
        self._bands[source, target, look] += grams

    def _stage(self, name: str, others: int) -> Stage:
        kind, _, what = name.partition("/")
        if kind == "compound":
            if what == _OTHERS:
                return Stage(name, 0, many=others)
            return Stage(name, 0, "" if what else "gap", self._href(name, ""))
        if kind == "facility":
            column = 3 if name in self._senders else self._last
            return Stage(name, column, "", self._href("", name))
        if kind == "gap":
            href = self._span.href() if what == _OTHERS else self._href("", name)
            return Stage(name, self._last, "gap", href)
        if kind == "surplus":
            return Stage(name, 1, "gap", self._span.href())
        column = 1 if kind == "bins" else 2
        if what == NOBODY:
            return Stage(name, column, "gap")
        return Stage(name, column, what, self._href(name, ""))

    def _href(self, source: str, target: str) -> str:
        """The same page of that part of the mass alone: where it went, else whence it came."""
        for name in (target, source):
            kind, _, what = name.partition("/")
            if not what or what in (NOBODY, _OTHERS):
                continue
            if kind in ("facility", "gap", "compound"):
                return self._span.href(**{kind: what})
            if kind in ("bins", "vehicles"):
                return self._span.href(category=what)
        return ""


def title(
    stage: Stage, names: Mapping[str, str], facilities: Mapping[str, str], words: Words
) -> str:
    kind, _, what = stage.name.partition("/")
    match kind, what:
        case "compound", "others":
            return words("balance.others", n=count(stage.many))
        case "compound", _:
            return names.get(what) or what or words("balance.nobody")
        case "facility", _:
            return facilities.get(what, "") or what or words("balance.nowhere")
        case "gap", "others":
            return words("balance.othergaps")
        case "gap", _:
            return words.named("gap", what)
        case "surplus", _:
            return words("balance.surplus")
        case _, "nobody":
            return words("balance.nobody")
    return words.named("category", what or "unknown")


def _gaps(told: Iterable[Told]) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for one in told:
        if one.target.startswith("gap/"):
            found[one.target.removeprefix("gap/")] += one.grams
    return found


def biggest(sums: Mapping[str, int], most: int) -> frozenset[str]:
    return frozenset(sorted(sums, key=lambda name: (-sums[name], name))[:most])


def _place(stage: Stage, grams: int) -> tuple[object, ...]:
    """Compounds by what they gave, streams in their usual order, gaps below the facilities."""
    kind, _, what = stage.name.partition("/")
    if kind == "compound":
        return stage.column, what in (_OTHERS, ""), -grams, what
    rank = _RANKS.index(what) if what in _RANKS else len(_RANKS)
    return stage.column, kind in ("gap", "surplus"), rank, what
