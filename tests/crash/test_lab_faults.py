"""A fault at an I/O call, the short form: a sample of all calls, with every kind of fault."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.lab import iofaults
from tests.crash.lab.edge_run import EdgeRun
from tests.crash.lab.hub_run import HubRun
from tests.crash.lab.iofaults import Point, Run
from tests.crash.lab.powerloss import memory
from tests.crash.lab.vfs import Fault, Plan

# One in so many calls of a kind.
SAMPLE = {"write": 70, "read": 25, "open": 3, "truncate": 3, "delete": 1, "sync": 6}
Make = Callable[[Path, Plan], Run]
CASES = [(kind, call) for kind in (EdgeRun, HubRun) for call in SAMPLE]


def made(kind: type[EdgeRun] | type[HubRun], seed: int) -> Make:
    return lambda folder, plan: kind(folder, seed, plan=plan)


@pytest.mark.parametrize(("kind", "call"), CASES)
def test_nothing_is_acknowledged_that_is_not_durable(
    kind: type[EdgeRun] | type[HubRun], call: str, seed: int
) -> None:
    print(f"seed {seed}")
    make = made(kind, seed)
    chosen = [one for one in iofaults.points(make) if one.kind == call][:: SAMPLE[call]]
    assert chosen
    assert [one for one in iofaults.campaign(make, chosen) if one.wrong] == []


def test_a_full_disk_is_waited_for(seed: int) -> None:
    """DiskFull is told, nothing is acknowledged, and the same group goes in once there is room."""
    make = made(EdgeRun, seed)
    plan = Plan()
    with tempfile.TemporaryDirectory(dir=memory()) as scratch:
        make(Path(scratch), plan)
    for at in (plan.calls["write"] // 2, plan.calls["write"] // 3):
        point = Point("write", at, Fault.ENOSPC, lasting=True)
        with tempfile.TemporaryDirectory(dir=memory()) as scratch:
            assert make(Path(scratch), point.plan()).died == ""
        with tempfile.TemporaryDirectory(dir=memory()) as scratch:
            iofaults.trial(make, point, Path(scratch))
