"""Whether rows say what they weigh in, and say it rightly: asked of the first ones, before any of
them is believed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from infra.importing.aside import Unfit, Unusable
from infra.importing.columns import Kind
from infra.importing.table import Table
from infra.importing.weights import chief, mixed_up

Told = tuple[Table, Sequence[str]]  # a row, and what reads it


def check(rows: Iterable[Told]) -> None:
    """Unusable("no-unit" | "unit-column"): half of the column a thousand times off is the wrong
    unit, not a wrong row."""
    seen: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    kinds: dict[str, Kind] = {}
    for table, told in rows:
        try:
            weights = table.weights(table.values(told))
        except Unfit as unfit:
            if unfit.reason == "no-unit":
                raise Unusable("no-unit", unfit.detail) from unfit
            continue
        if field := chief(table.kind, weights):
            kinds[table.kind.name] = table.kind
            seen[table.kind.name, field].append(weights[field].grams)
    for (kind, field), grams in seen.items():
        if mixed_up(kinds[kind], median(grams)):
            raise Unusable("unit-column", field)
