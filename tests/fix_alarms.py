"""Alarms of a door, raised by its gateway now: by the same clock that people act by."""

from core.event import Data
from core.events.door import Forced, HeldOpen
from tests.fix_hub import HubRig


def held(rig: HubRig, door: int = 1) -> str:
    """One of priority 2 that its fact holds active; its id."""
    return _raised(rig, HeldOpen(), door)


def forced(rig: HubRig, door: int = 1) -> str:
    """One of priority 1; its id."""
    return _raised(rig, Forced(), door)


def _raised(rig: HubRig, data: Data, door: int) -> str:
    event = rig.event(data, f"door/{door}", at=rig.clock.now())
    rig.add([event])
    rig.settle()
    return f"{data.TYPE.removesuffix('.v1')}:door/{door}:{event.id}"
