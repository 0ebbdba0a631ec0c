"""The gateway's clock is set while things are armed: what was due in ten seconds still is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.events.device import ClockStepped
from core.events.door import HeldOpen
from devices.adapter import Site
from edge.clockwatch import ClockWatch
from edge.gate.items import Tick
from edge.intake import Intake
from tests.fix_core import START, FixedClock
from tests.fix_edge import COMPOUND, GATEWAY, SHANGHAI
from tests.fix_gate import GateRig, fact


class ClockRig(GateRig):
    """As the agent has it: the intake looks at its clock itself."""

    def open(self) -> None:
        super().open()
        self.intake = Intake(
            compound=COMPOUND, gateway=GATEWAY, site=Site(zone=SHANGHAI), journal=self.journal,
            quarantine=self.quarantine, keys=self.keys, clock=self.clock, counters=self.counters,
            room=lambda: self.room, shares=self.shares, monotonic=lambda: self.seconds,
            gate=self.gate, clockwatch=ClockWatch(START, self.seconds),
        )  # fmt: skip

    def passes(self, seconds: float, *, by: timedelta = timedelta()) -> None:
        """`by`: as the clock shows it beyond that."""
        self.seconds += seconds
        self.clock.move(timedelta(seconds=seconds) + by)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ClockRig]:
    rig = ClockRig(tmp_path, FixedClock())
    yield rig
    rig.close()


@pytest.mark.parametrize("by", [timedelta(days=9000), timedelta(hours=-1)])
def test_a_message_in_the_moment_after_finds_nothing_due(rig: ClockRig, by: timedelta) -> None:
    rig.ask(fact("door.opened.v1", 1, data={"cause": "grant"}))
    rig.passes(10, by=by)
    rig.ask(fact("access.denied.v1", 2, at=None))  # before anybody else could have noticed
    (stepped,) = rig.events(ClockStepped.TYPE)
    assert stepped.data == ClockStepped(step_ms=by // timedelta(milliseconds=1))
    assert rig.events(HeldOpen.TYPE) == []
    rig.passes(19)
    rig.ask(Tick())
    assert rig.events(HeldOpen.TYPE) == []
    rig.passes(1)
    rig.ask(Tick())
    (held,) = rig.events(HeldOpen.TYPE)
    assert isinstance(held.data, HeldOpen)
    assert held.data.duration_s == 30
