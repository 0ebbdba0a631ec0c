"""A gateway that records, is cut off, killed, renewed and given new keys, in any order and on a
line that loses frames: every event is in the hub's log once."""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from core import handover
from edge import rotation
from tests.fix_core import FixedClock
from tests.fix_edge import native
from tests.unit.edge.site import Site

ACTS = ("record", "record", "deliver", "some", "rotate", "renew", "kill", "kill")


def act(site: Site, name: str) -> None:
    match name:
        case "record":
            site.record(3)
        case "deliver":
            site.pump.run()
        case "some":
            for _ in range(7):
                site.pump.step()
        case "rotate":
            site.rig.close()
            site.clock.move(timedelta(minutes=1))
            handover.order(site.rig.folder / rotation.NAME)
            site.start()
        case "renew":
            site.renew()
        case _:
            site.kill()


@given(
    acts=st.lists(st.sampled_from(ACTS), max_size=12),
    loss=st.sampled_from([0.0, 0.1, 0.3]),
    seed=st.integers(0, 1 << 30),
)
@settings(max_examples=40, deadline=None)
def test_whatever_happens_every_event_is_there_once(
    acts: Sequence[str], loss: float, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "edge", FixedClock())
        site.pump.chance, site.pump.loss = Random(seed), loss
        for one in acts:
            act(site, one)
        site.record(1)
        site.pump.loss = 0.0
        site.pump.run()
        site.once()
        before = site.rig.counters.duplicates
        site.rig.take(*[native(number) for number in range(1, site.records + 1)])
        assert site.rig.counters.duplicates - before == site.records
        site.rig.close()
