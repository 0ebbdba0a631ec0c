from core.event import Event, Sealed
from core.events.access import (
    AntipassbackReset,
    ConflictFound,
    Denied,
    Duress,
    Granted,
    NotTaken,
    Requested,
    ScreeningHeld,
    ScreeningReleased,
    Taken,
    TemperatureMeasured,
    Unclassified,
)
from tests.golden.samples.envelope import CLIP, NATIVE, PICTURE, event

CARD = "s:cd0c6a4b4f9cbbff9303bfb88100d9e3"
# Opens with the key 00 01 .. 1f for the event door-1:1001, see test_formats.py.
SEALED = Sealed(
    kid=f"{CARD}:access:2026-11",
    ct="AAECAwQFBgcICQoLPCC1ereB4CGvcae6g9pMWLXhvxbcWTEdVQLHvz+PtTnpvzsZPlkw5QE2ljN5P7ZT9wboc2G5kDE=",
)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

SAMPLES = (
    event(
        Granted(
            native=NATIVE,
            pii=SEALED,
            media=(PICTURE, CLIP),
            direction="in",
            credential="card",
            subject_ref=CARD,
            subject_class="resident",
            confidence=0.98,
        ),
        "door/south-gate-1",
        correlation="visit-17",
        causation="door-1:1000",
        trace=TRACE,
    ),
    event(
        Denied(
            native=NATIVE,
            media=(PICTURE,),
            direction="in",
            credential="face",
            subject_ref=CARD,
            subject_class="visitor",
            confidence=0.41,
            reason="liveness-failed",
        ),
        "door/south-gate-1",
    ),
    event(
        Requested(
            direction="out",
            credential="qr",
            subject_ref=CARD,
            subject_class="courier",
            confidence=1.0,
        ),
        "door/south-gate-1",
    ),
    event(
        Taken(
            direction="in",
            credential="ble",
            subject_ref=CARD,
            subject_class="staff",
            confidence=0.5,
            grant="door-1:1001",
        ),
        "door/south-gate-1",
    ),
    event(
        NotTaken(
            direction="in",
            credential="pin",
            subject_ref=CARD,
            subject_class="resident",
            confidence=0.5,
            grant="door-1:1001",
        ),
        "door/south-gate-1",
        origin="replay",
    ),
    event(
        Duress(
            direction="in",
            credential="fingerprint",
            subject_ref=CARD,
            subject_class="resident",
            confidence=0.9,
            priority=2,
        ),
        "door/south-gate-1",
    ),
    event(
        Unclassified(
            native={"major": 5, "minor": 999},
            direction="out",
            credential="idcard",
            subject_ref=CARD,
            subject_class="visitor",
            confidence=0.1,
        ),
        "door/south-gate-1",
        quality="device-assumed",
    ),
    event(
        TemperatureMeasured(temperature_cel=37.4, abnormal=True, subject_ref=CARD),
        "door/south-gate-1",
    ),
    event(
        ConflictFound(
            decision="door-1:1000",
            policy=6,
            newer=7,
            reason="credential-not-enabled",
            subject_ref=CARD,
            decided="2026-11-21T07:50:00.000Z",
        ),
        "door/south-gate-1",
        quality="gateway",
    ),
    event(
        AntipassbackReset(subject_ref=CARD, area="tower-1", command="console:1001"),
        "area/tower-1",
        device="gw-1",
        quality="gateway",
    ),
    event(
        ScreeningHeld(measured="door-1:1000", temperature_cel=38.1, subject_ref=CARD),
        "door/south-gate-1",
        quality="gateway",
        correlation="door-1:1000",
    ),
    event(
        ScreeningReleased(
            measured="door-1:1000", outcome="turned-away", actor="guard-1", command="console:1001"
        ),
        "door/south-gate-1",
        quality="gateway",
        correlation="door-1:1000",
    ),
)
# Fields that released types gained later stand in lines of their own: the first stay frozen.
LATER: dict[str, Event] = {
    f"{kind.TYPE}+policy": event(
        kind(
            policy=7,
            violation="anti-passback",
            request="door-1:1000",
            pass_id="0123456789abcdef",
        ),
        "door/south-gate-1",
        quality="gateway",
        causation="door-1:1000",
    )
    for kind in (Granted, Denied, Requested, Taken, NotTaken, Duress, Unclassified)
}
