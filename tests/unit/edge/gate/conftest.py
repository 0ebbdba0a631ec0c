from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fix_core import FixedClock
from tests.fix_gate import GateRig


@pytest.fixture
def rig(tmp_path: Path, clock: FixedClock) -> Iterator[GateRig]:
    made = GateRig(tmp_path, clock)
    yield made
    made.close()
