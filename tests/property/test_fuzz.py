"""The short form of `python -m tests.fuzz`: every way in, seeded, with nothing asserted of time."""

import pytest

from tests.fuzz.run import run
from tests.fuzz.ways import WAYS

SEED = 20261123


@pytest.mark.parametrize("way", WAYS)
def test_nothing_hostile_gets_through(way: str) -> None:
    report = run(way, SEED, round(3000 * WAYS[way][1]) + 200)
    assert report.findings == [], f"seed {SEED}"
