"""What is done at the points, added up by compound and day, and by subject and day."""

import random
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from core.event import Data, Recorded
from core.events import waste as w
from projections.state import CompoundRows
from projections.waste_sorting import deeds
from projections.waste_sorting.rows import Deeds
from tests.fix_views import NOON, Said, minutes

POINT = "point/a01"


def stood(*facts: tuple[Data, str, float]) -> list[Recorded]:
    """(what, of what, minutes after noon)."""
    said = Said()
    return [
        said.stands(said.event(data, subject, at=NOON + minutes(after)), number)
        for number, (data, subject, after) in enumerate(facts, start=1)
    ]


def entered(items: Sequence[Recorded], runs: int = 1) -> dict[str, Deeds]:
    rows = CompoundRows("district")
    size = -(-len(items) // runs) or 1
    for start in range(0, len(items), size):
        deeds.enter(rows, items[start : start + size])
    return {key: row for key, row in rows.kinds["deeds"].items() if isinstance(row, Deeds)}


def test_a_compounds_day() -> None:
    items = stood(
        (w.DepositRecorded(category="food", net_g=700), POINT, 0),
        (w.DepositRecorded(category="food", gross_g=900, tare_g=200), POINT, 61),
        (w.DepositRecorded(category="residual"), "point/a02", 2),
        (w.DepositRecorded(category="residual", gross_g=1, tare_g=2), "point/a02", 2),
        (w.DepositViolated(kind="mixed"), POINT, 3),
        (w.InspectionRecorded(purity=0.9), POINT, 4),
        (w.InspectionRecorded(purity=0.75), POINT, 5),
        (w.Overflowed(), "bin/x", 6),
        (w.Overflowed(source="person"), "bin/x", 7),
        (w.DepositRecorded(category="food"), POINT, 12 * 60),  # midnight in China
    )
    found = entered(items)
    assert list(found) == ["c01|2026-11-20", "c01|2026-11-21"]
    row = found["c01|2026-11-20"]
    assert row.deposits == {"food": 2, "residual": 2}
    assert row.deposited_g == {"food": 1_400}
    assert row.faulty == 1
    assert row.violations == {"mixed": 1}
    assert (row.inspections, row.purity_ppm) == (2, 1_650_000)
    assert row.overflowed == {"bin/x": 2}
    assert row.minutes == {"a01": (720, 781), "a02": (722, 722)}
    shown = {what: [one.id for one in seen] for what, seen in row.evidence.items()}
    assert shown == {
        "faulty-weight": ["a02:4"],
        "impure": ["a01:6", "a01:7"],
        "mixed": ["a01:5"],
        "overflow": ["x:8", "x:9"],
    }
    assert found["c01|2026-11-21"].minutes == {"a01": (0,)}


@pytest.mark.parametrize("seed", range(20))
def test_neither_order_nor_runs_matter(seed: int) -> None:
    rnd = random.Random(seed)
    facts: list[Data] = [
        w.DepositRecorded(category="food", net_g=3), w.DepositRecorded(category="hazardous"),
        w.DepositRecorded(category="residual", gross_g=1, tare_g=5),
        w.DepositViolated(kind="dumped"), w.InspectionRecorded(purity=0.123456), w.Overflowed(),
    ]  # fmt: skip
    items = stood(*(
        (rnd.choice(facts), f"point/{rnd.randrange(3)}", rnd.randrange(3_000)) for _ in range(80)
    ))  # fmt: skip
    shuffled = rnd.sample(items, len(items))
    one, other = entered(items, 1), entered(shuffled, rnd.randint(2, 80))
    assert msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
    for key, row in one.items():
        assert msgspec.json.encode(row) == msgspec.json.encode(other[key]), "keys in order too"


def test_by_subject_the_newest_days_are_kept() -> None:
    rows = CompoundRows("c01")
    items = stood(*((w.DepositRecorded(category="food"), f"point/{n % 2}", n * 720)
                    for n in range(12)))  # fmt: skip
    for item in random.Random(1).sample(items, len(items)):
        deeds.enter_by_subject(rows, [item], 5)
    kept = sorted(rows.kinds["deeds"])
    assert len(kept) == 5
    newest = (NOON + timedelta(minutes=720 * 11)).date().isoformat()
    assert kept[-1].partition("|")[0] >= newest
    row = rows.get("deeds", kept[-1], Deeds)
    assert row is not None
    assert kept[-1] == f"{row.day}|{row.subject}"
