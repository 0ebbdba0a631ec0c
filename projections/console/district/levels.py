"""What bins say of themselves, from the views of their compounds: under the district's keys."""

from projections.console.snapshots import rows
from projections.runner import Runner
from projections.waste_district.asked.board import Told
from projections.waste_sorting.rows import Bin
from projections.waste_sorting.view import WASTE_SORTING


def told(runner: Runner) -> dict[str, Told]:
    found: dict[str, Told] = {}
    for compound in runner.compounds():
        _, kinds = runner.rows(WASTE_SORTING.name, compound)
        for one in rows(kinds, "bin", Bin):
            if one.ended:
                continue
            name = one.subject.removeprefix("bin/")
            found[f"{compound}/{name}"] = _of(one)
    return found


def _of(one: Bin) -> Told:
    fault = next(iter(one.faults), "")
    return Told(fill=one.fill, overflow=one.overflow, fault=fault, level_at=one.level_at)
