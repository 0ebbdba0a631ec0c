from core.events.door import (
    Climbed,
    Closed,
    Forced,
    GateForced,
    HeldOpen,
    Locked,
    Opened,
    Reversed,
    Tailgated,
    Unlocked,
)
from tests.golden.samples.envelope import NATIVE, PICTURE, event

SAMPLES = (
    event(Opened(native=NATIVE, cause="grant", duration_s=61.5), "door/1"),
    event(Closed(cause="timer", duration_s=4.25), "door/1"),
    event(Forced(media=(PICTURE,), cause="forced", duration_s=3600.0), "door/1"),
    event(HeldOpen(cause="grant", duration_s=30.0), "door/1"),
    event(Locked(cause="remote", duration_s=0.5), "door/1", origin="manual"),
    event(Unlocked(cause="fire", duration_s=86400.0), "door/1", quality="gateway"),
    event(Tailgated(native=NATIVE, media=(PICTURE,), direction="in"), "gate/east"),
    event(Reversed(direction="out"), "gate/east"),
    event(Climbed(direction="in"), "gate/east"),
    event(GateForced(direction="out"), "gate/east", origin="backfill"),
)
