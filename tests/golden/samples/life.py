"""Alarms' lives, timers, hand-overs, passes, persons and policies: what gates that decide and
people at a desk say."""

from core.event import Data, Event, Sealed
from core.events.alarm import (
    Assigned,
    Cleared,
    Escalated,
    Raised,
    Reopened,
    RulesAdopted,
    Shelved,
    Unshelved,
)
from core.events.duty import HandedOver, Taken
from core.events.policy import Adopted, CommandDone, CommandIssued, PolicyRefused, Published
from core.events.subject import ConsentGiven, ConsentWithdrawn, LookedUp, Unlisted, WatchListed
from core.events.timer import Fired
from core.events.visitor import PassIssued, PassRevoked, PassUsed
from core.site import Area, Camera, Door, Parking, Screening, Site, Zone
from tests.golden.samples.envelope import event

PERSON = "s:cd0c6a4b4f9cbbff9303bfb88100d9e3"
PLATE = "s:474498e156c6d24151f344d4b75bba7c"
ALARM = "door.forced:door/south-gate:door-1:1001"
PASS = "0123456789abcdef"
# Opens with the key 00 01 .. 1f for the event console:1001, see test_formats.py.
SEALED = Sealed(
    kid=f"{PERSON}:other:2026-11",
    ct="AAECAwQFBgcICQoLPCC1ereB4CGvcae6g9pMWLXhvxbcWTEdVQLHvz+PtTnpvzsZPlkw5QE2ljN5P7ZT9wboc2G5kDE=",
)
SITE = Site(
    areas={
        "compound": Area(title="小区", capacity=900, antipassback="soft", reset="04:00"),
        "tower-1": Area(title="1 号楼", parent="compound", first_person=("guards",)),
    },
    doors={
        "south-gate": Door(
            title="南门",
            kind="turnstile",
            from_area="outside",
            to_area="compound",
            credentials=("face", "card", "qr"),
            open_s=20.0,
            prealarm_s=5.0,
            grant_s=10.0,
            forced=False,
            counts=True,
            interlock="lobby",
            command="site/door/south-gate/open",
            device="door-1",
        )
    },
    cameras={
        "lane": Camera(
            title="消防通道",
            zones={"lane": Zone(purpose="passage", limit_s=90.0, labels=("car",))},
        )
    },
    screening=Screening(enabled=True, limit_cel=37.5, hold_s=600.0),
    parking=Parking(overstay_h={"visitor": 12.0}),
    expect_s={"door-1": 60.0},
)


def _by_hub(data: Data, subject: str) -> Event:
    return event(data, subject, device="console", quality="gateway", origin="manual")


SAMPLES = (
    event(
        Raised(
            alarm=ALARM, kind="door.forced", priority=1, causes=("door-1:1001", "door-1:1002"),
            gb_method=2, gb_type=1, rules="7c" * 32, response_ms=180, late=True,
        ),
        "alarm/door.forced", device="hub", quality="gateway",
    ),
    _by_hub(Assigned(alarm=ALARM, actor="guard-1", note="请看一下", to="patrol-2"),
            "alarm/door.forced"),
    event(
        Escalated(alarm=ALARM, level=2, to="security-chief", due="2026-11-21T08:03:00.000Z"),
        "alarm/door.forced", device="hub", quality="gateway",
    ),
    _by_hub(
        Shelved(alarm=ALARM, actor="guard-1", note="维修", until="2026-11-21T10:00:00.000Z"),
        "alarm/door.forced",
    ),
    _by_hub(Unshelved(alarm=ALARM, actor="guard-2", note="修好了"), "alarm/door.forced"),
    _by_hub(
        Cleared(
            alarm=ALARM, actor="guard-2", note="无人", reason="quiet",
            at="2026-11-21T08:05:00.000Z",
        ),
        "alarm/door.forced",
    ),
    _by_hub(Reopened(alarm=ALARM, actor="guard-2", note="又开了"), "alarm/door.forced"),
    _by_hub(
        RulesAdopted(
            sha256="7c" * 32,
            rules=({"name": "door-forced", "kind": "door.forced", "priority": 1},),
            actor="chief",
        ),
        "alarm/rules",
    ),
    event(
        Fired(
            view="safe_community", timer=f"overstay:{PLATE}:lpr-1:1001",
            due="2026-11-21T20:00:00.000Z",
        ),
        "timer/overstay", device="hub", quality="gateway",
    ),
    _by_hub(
        HandedOver(
            pii=SEALED, actor="guard-1", since="2026-11-21T00:00:00.000Z", to="guard-2",
            note="西门锁已报修", figures={"door.forced": 2}, open=(ALARM,),
            shelved=("camera.video.lost:camera/1:cam-1:7",), doors=("door/west-gate",),
            silent=("gw-2",), position=4711,
        ),
        "duty/desk",
    ),
    _by_hub(Taken(actor="guard-2", handed="console:1001"), "duty/desk"),
    _by_hub(
        Published(
            version=7, sha256="5e" * 32, site=SITE, actor="chief",
            counts={"persons": 812, "plates": 240},
        ),
        "policy/compound",
    ),
    event(Adopted(version=7, sha256="5e" * 32, previous=6), "policy/gw-1", device="gw-1",
          quality="gateway"),
    event(PolicyRefused(version=8, reason="signature"), "policy/gw-1", device="gw-1",
          quality="gateway"),
    _by_hub(
        CommandIssued(
            verb="open", target="door/south-gate", actor="guard-1", reason="送医",
            until="2026-11-21T08:00:30.000Z", gateway="gw-1",
        ),
        "door/south-gate",
    ),
    event(
        CommandDone(command="console:1001", verb="open", outcome="obeyed"),
        "door/south-gate", device="gw-1", quality="gateway", causation="console:1001",
    ),
    _by_hub(
        ConsentGiven(
            subject_ref=PERSON, purpose="care", basis="本人书面同意", evidence_ref="form-12",
            hours=24.0, actor="office-1",
        ),
        "subject/consent",
    ),
    _by_hub(ConsentWithdrawn(subject_ref=PERSON, purpose="care", actor="office-1"),
            "subject/consent"),
    _by_hub(
        WatchListed(
            subject_ref=PERSON, reason="保护令", basis="公安协查 2026-11", action="deny",
            until="2026-12-21T00:00:00.000Z", actor="chief",
        ),
        "subject/list",
    ),
    _by_hub(Unlisted(subject_ref=PERSON, reason="已撤销", actor="chief"), "subject/list"),
    _by_hub(
        LookedUp(
            what="timeline", actor="guard-1", reason="走失老人", unit="派出所",
            subject_ref=PERSON,
        ),
        "subject/lookup",
    ),
    _by_hub(
        PassIssued(
            pii=SEALED, pass_id=PASS, valid_from="2026-11-21T08:00:00.000Z",
            valid_to="2026-11-21T20:00:00.000Z", doors=("door/south-gate",), uses=2,
            host_ref=PERSON, plate_ref=PLATE, actor="office-1",
        ),
        "visitor/pass",
    ),
    event(
        PassUsed(pass_id=PASS, decision="door-1:1001", use=1, direction="in"),
        "door/south-gate", causation="door-1:1001",
    ),
    _by_hub(PassRevoked(pass_id=PASS, reason="访客未到", actor="office-1"), "visitor/pass"),
)  # fmt: skip
