from core.event import Event
from core.events.door import (
    Climbed,
    Closed,
    Contradicted,
    DoorTampered,
    FaultCleared,
    Faulted,
    FireEnded,
    FireReleased,
    Forced,
    GateForced,
    HeldOpen,
    Locked,
    ModeChanged,
    Opened,
    PassageCounted,
    PreAlarmed,
    Reversed,
    StateReported,
    Tailgated,
    TamperCleared,
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
    event(
        PreAlarmed(cause="timer", duration_s=20.0, due="2026-11-21T08:00:30.000Z"),
        "door/1",
        quality="gateway",
    ),
    event(ModeChanged(cause="remote", duration_s=3600.0, mode="locked-down"), "door/1"),
    event(Faulted(cause="sensor", duration_s=1.5), "door/1"),
    event(FaultCleared(cause="sensor", duration_s=90.0), "door/1"),
    event(DoorTampered(cause="cover", duration_s=1.5), "door/1"),
    event(TamperCleared(cause="cover", duration_s=60.0), "door/1"),
    event(FireReleased(cause="fire", duration_s=1.5), "door/1"),
    event(FireEnded(cause="fire", duration_s=600.0), "door/1"),
    event(PassageCounted(direction="in", count=2), "gate/east"),
    event(
        Contradicted(said=("door.opened.v1", "door.closed.v1")),
        "door/1",
        quality="gateway",
    ),
    event(
        StateReported(
            physical="closed",
            lock="locked",
            mode="accessed",
            alarm="normal",
            tamper="none",
            fault="detected",
        ),
        "door/1",
    ),
)
# Fields that a released type gained later stand in a line of their own: the first stays frozen.
LATER: dict[str, Event] = {
    "gate.tailgated.v1+counts": event(
        Tailgated(direction="in", grants=1, counted=3), "gate/east", quality="gateway"
    ),
    "gate.reversed.v1+counts": event(
        Reversed(direction="in", grants=1, counted=2), "gate/east", quality="gateway"
    ),
    "gate.climbed.v1+counts": event(
        Climbed(direction="in", grants=1, counted=2), "gate/east", quality="gateway"
    ),
    "gate.forced.v1+counts": event(
        GateForced(direction="in", grants=1, counted=2), "gate/east", quality="gateway"
    ),
}
