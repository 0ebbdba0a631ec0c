"""Histories of gateways as hypothesis draws them: any facts, any clocks, any order of arrival."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from core import codec
from core.batch import Head, Journal
from core.clock import rfc3339
from core.event import Data, Event, Origin, Recorded
from core.events import (
    access,
    camera,
    device,
    door,
    journal,
    log,
    policy,
    register,
    subject,
    vehicle,
    visitor,
    witness,
)  # fmt: skip
from core.events import waste as w
from core.events.alarm import Acknowledged
from core.moment import TimeQuality
from core.site import Area, Parking, Site
from core.site import Door as Described
from core.writer import BatchWriter
from projections.safe_community import passages as safe_passages
from projections.waste_sorting import collection, level, profile, readings, sensor, tonnage
from projections.waste_sorting import fold as waste_fold
from tests.fix_core import signer_of
from tests.fix_views import NOON, MemoryLog, Said

# Whom every gateway knows by the same reference, so that their facts meet too.
SOMEBODY, ANYBODY, PLATE = "s:01", "s:02", "s:0a"
_IN: dict[str, Any] = {"direction": "in", "subject_ref": SOMEBODY, "subject_class": "resident"}
_OUT: dict[str, Any] = {**_IN, "direction": "out"}

# What is said, and about what kind of thing. Few values and few things, so that facts meet.
FACTS: tuple[tuple[Data, str], ...] = (
    (door.Opened(), "door"), (door.Closed(), "door"), (door.Forced(), "door"),
    (door.HeldOpen(), "door"), (door.Locked(), "door"), (door.Unlocked(), "door"),
    (door.Tailgated(), "door"), (door.GateForced(), "gate"), (door.Climbed(), "gate"),
    (access.Granted(subject_class="resident", credential="face"), "door"),
    (access.Granted(subject_class="visitor"), "door"), (access.Denied(reason="blocked"), "door"),
    (access.Taken(), "door"), (access.NotTaken(), "door"), (access.Duress(), "door"),
    (access.Requested(), "door"), (access.Unclassified(), "door"),
    (vehicle.Passed(direction="in"), "gate"), (vehicle.VehicleDenied(reason="blocked"), "gate"),
    (vehicle.Positioned(lat=30.2, lon=120.1), "vehicle"),
    (camera.RegionEntered(label="person", zone="yard"), "camera"),
    (camera.MotionEnded(label="car"), "camera"), (camera.VideoLost(reason="x"), "camera"),
    (camera.VideoRestored(), "camera"), (camera.VideoTampered(), "camera"),
    (device.Lost(reason="will"), "device"), (device.Tampered(reason="case"), "device"),
    (device.Connected(), "device"), (device.ClockSkewed(skew_ms=-9_000_000), "device"),
    (device.GapDetected(from_record=3, to_record=9), "device"),
    (device.GapFilled(from_record=3, to_record=9), "device"),
    (w.LevelMeasured(distance_mm=400, battery_pct=80.0), "bin"),
    (w.LevelMeasured(temperature_cel=70.5, position="tilt"), "bin"),
    (w.BinProfiled(empty_mm=900, full_mm=180, category="food", point="a01"), "bin"),
    (w.BinProfiled(empty_mm=1000, full_mm=100), "bin"), (w.Overflowed(), "bin"),
    (w.SmokeDetected(), "bin"), (w.Cleared(), "bin"), (w.LidOpened(), "bin"),
    (w.TagAssigned(uid_hex="0A", category="food"), "bin"), (w.TagAssigned(uid_hex="0B"), "bin"),
    (w.BinIdentified(uid_hex="0A"), "vehicle"), (w.BinIdentified(uid_hex="0B"), "bin"),
    (w.DepositRecorded(category="food", net_g=700), "point"),
    (w.DepositRecorded(category="residual"), "point"),
    (w.DepositViolated(kind="mixed"), "point"), (w.InspectionRecorded(purity=0.7), "point"),
    (w.BinCollected(net_g=9_000), "bin"), (w.BinCollected(refused_reason="mixed"), "bin"),
    (w.LoadWeighed(category="food", net_g=90_000), "collection"),
    (device.SessionOpened(boot=2), "gateway"), (device.SessionClosed(boot=1), "gateway"),
    (device.HealthReported(boot=2, backlog=4, oldest_unreceipted_s=1.5), "gateway"),
    (device.Rejected(adapter="native", reason="time", count=3), "gateway"),
    # A camera speaks in both lanes: what it sees in bulk, whether it is there at once.
    (device.Lost(reason="will"), "camera"), (device.Connected(), "camera"),
    (device.Tampered(reason="case"), "camera"), (device.ClockSkewed(skew_ms=-6_000_000), "camera"),
    (device.Lost(reason="will"), "bin"), (device.ClockSkewed(skew_ms=-6_000_000), "door"),
    (device.GapDetected(from_record=5, to_record=20, method="serialNo"), "door"),
    (device.GapFilled(from_record=7, to_record=12, method="serialNo"), "door"),
    (device.EpochRaised(method="serialNo", epoch=2, last_record=90, record=1), "door"),
    (device.Throttled(count=9, waited_s=1.5, rate=50), "camera"),
    (journal.Conflicted(record_id="x:1", record_type="door.opened.v1", record_time="t", said={}),
     "door"),
    (journal.Opened(epoch=7, reason="renewed"), "gateway"),
    (journal.GapDeclared(reason="disk", lane=2, count=40), "gateway"),
    (journal.DamageFound(epoch=6, file="journal.db", detail="hash"), "gateway"),
    (log.Diverged(origin="o", size=9, what="leaf", position=4), "log"),
    (log.Renewed(origin="o/2", reason="restored"), "log"),
    (witness.Refused(origin="o", reason="ahead", size=9, known=12), "witness"),
    (device.ClockStepped(step_ms=-90_000), "gateway"),
    (door.PreAlarmed(cause="timer", due="2026-11-20T05:00:00.000Z"), "door"),
    (door.ModeChanged(mode="blocked"), "door"), (door.Faulted(), "door"),
    (door.FaultCleared(), "door"), (door.DoorTampered(), "door"), (door.TamperCleared(), "door"),
    (door.FireReleased(), "door"), (door.PassageCounted(direction="in", count=2), "door"),
    (door.Contradicted(said=("door.opened.v1", "door.closed.v1")), "door"),
    (door.Contradicted(said=("door.locked.v1", "door.unlocked.v1")), "door"),
    (door.StateReported(physical="closed", lock="locked", mode="accessed", tamper="none"), "door"),
    (door.StateReported(physical="open", alarm="heldopen", fault="detected"), "door"),
    (door.HeldOpen(cause="timer"), "door"), (door.Forced(cause="no-grant"), "door"),
    (access.Granted(credential="card", **_IN), "door"),
    (access.Granted(credential="face", **_OUT), "door"),
    (access.Granted(direction="in", subject_class="visitor", subject_ref=ANYBODY), "door"),
    (access.Granted(direction="out", subject_class="visitor"), "door"),
    (access.Granted(direction="in", subject_class="courier", pass_id="p1"), "door"),
    (access.Taken(**_OUT), "gate"), (access.Granted(**_OUT), "gate"), (access.NotTaken(), "gate"),
    (access.Denied(subject_ref=ANYBODY, reason="watch-listed", policy=3), "door"),
    (access.ConflictFound(decision="x:1", policy=2, newer=3, reason="unauthorized"), "door"),
    (access.TemperatureMeasured(temperature_cel=38.0, abnormal=True), "door"),
    (access.ScreeningHeld(measured="m1", temperature_cel=38.0), "door"),
    (access.ScreeningReleased(measured="m1", outcome="admitted", actor="guard1"), "door"),
    (vehicle.Passed(direction="in", plate_ref=PLATE, list="visitor"), "gate"),
    (vehicle.Passed(direction="out", plate_ref=PLATE, list="visitor"), "gate"),
    (vehicle.VehicleDenied(plate_ref=PLATE, list="black"), "gate"),
    (visitor.PassUsed(pass_id="p1", decision="x:1", use=1), "door"),
    (policy.Adopted(version=1, sha256="00"), "gateway"),
    (policy.PolicyRefused(version=2, reason="older"), "gateway"),
    (policy.CommandDone(command="order:1", verb="open", outcome="obeyed"), "door"),
    (device.ConditionChanged(condition="battery-low", active=True, part="1"), "device"),
    (device.ConditionChanged(condition="battery-low", active=False, part="1"), "device"),
    (device.ConditionChanged(condition="storage-full", active=True), "camera"),
    (camera.HealthReported(read=9, dropped=2, fps=4.5, online=True), "camera"),
    (w.LevelMeasured(fullness=0.4, weight_g=12_000), "bin"),
    (device.Flapping(count=5, window_s=600), "device"), (device.Settled(online=True), "device"),
    (device.ClockStopped(told="t", since="t"), "device"), (device.ClockRuns(), "camera"),
    (device.Flapping(count=5, window_s=600), "camera"),
    (device.Lost(reason="silent", silent_s=99, expected_s=60), "camera"),
    (device.Settled(online=False, flaps=3), "camera"),
    (camera.RegionOccupied(zone="lane", purpose="fire-lane"), "camera"),
    (camera.RegionVacated(zone="lane", purpose="fire-lane"), "camera"),
    # A sensor that is not to be believed, what shows it, and profiles that hold from another time.
    (w.LevelMeasured(distance_mm=2_000, temperature_cel=-4.0), "bin"),
    (w.LevelMeasured(distance_mm=150, temperature_cel=-4.0), "bin"),
    (w.BinCollected(gross_g=22_000, tare_g=13_000), "bin"),
    (w.BinProfiled(empty_mm=1_900, full_mm=90, valid_from="2026-11-20T04:00:30Z"), "bin"),
    (register.BinEntered(compound="c01", point="b02", category="residual", empty_mm=800,
                         full_mm=80, profile=2, valid_from="2026-11-20T12:01:00+08:00"), "bin"),
    (register.EntryEnded(kind="bin", valid_from="2026-11-20T05:00:00Z"), "bin"),
    (w.DepositRecorded(category="food", subcategory="kitchen", bin="gw01-1", gross_g=100,
                       tare_g=900, resident_ref=SOMEBODY), "point"),
    (w.Overflowed(source="person"), "bin"), (w.Cleared(source="person"), "bin"),
)  # fmt: skip
SITE = Site(
    areas={"compound": Area(capacity=90), "tower": Area(parent="compound")},
    doors={
        "gw01-1": Described(credentials=("card", "face")), "gw02-1": Described(counts=True),
        "gw01-2": Described(from_area="compound", to_area="tower", credentials=("face",)),
    },
    parking=Parking(overstay_h={"visitor": 2.0}),
)  # fmt: skip
# What the hub says before anything happens.
ACTS: tuple[tuple[Data, str], ...] = (
    (policy.Published(version=1, sha256="00", site=SITE, actor="chief"), "policy/c01"),
    (subject.ConsentGiven(subject_ref=SOMEBODY, purpose="care", basis="form", hours=3.0),
     "subject/consent"),
    (subject.WatchListed(subject_ref=ANYBODY, reason="r", basis="b", action="alert",
                         until="2026-12-20T00:00:00.000Z"), "subject/list"),
    (visitor.PassIssued(pass_id="p1", valid_from="2026-11-20T00:00:00.000Z", uses=2,
                        valid_to="2026-11-21T00:00:00.000Z"), "visitor/pass"),
    (policy.CommandIssued(verb="open", target="door/gw01-1", actor="guard1"), "door/gw01-1"),
)  # fmt: skip
ALARMS: dict[type[Data], str] = {
    door.Forced: "door.forced", door.HeldOpen: "door.heldopen", door.Tailgated: "gate.tailgated",
    camera.VideoLost: "camera.video.lost", w.Overflowed: "waste.bin.overflowed",
    w.SmokeDetected: "waste.bin.smoke",
}  # fmt: skip

# How long after the fact before; the jumps are beyond what minutes and hours are kept for.
_GAPS = (0, 1, 40, 70, 600, 4 * 3600, 15 * 86_400)
_ZONES = (UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=9)))
_CLOCKS = ("right", "right", "right", "slow", "never-set", "rolled-over", "none")


class Drawn(msgspec.Struct, frozen=True):
    """One fact as drawn, before it has a gateway and a time."""

    fact: int
    thing: int
    gap: int
    clock: str
    zone: int
    origin: Origin
    answers: int  # > 0: instead, a guard takes on the alarm of the fact so many before


_ORIGINS: st.SearchStrategy[Origin] = st.sampled_from(
    ("live", "live", "live", "live", "backfill", "replay")
)


def drawn(
    facts: Sequence[tuple[Data, str]] = FACTS, size: int = 60
) -> st.SearchStrategy[list[Drawn]]:
    one = st.builds(
        Drawn,
        fact=st.integers(0, len(facts) - 1),
        thing=st.integers(1, 2),
        gap=st.sampled_from(_GAPS),
        clock=st.sampled_from(_CLOCKS),
        zone=st.integers(0, len(_ZONES) - 1),
        origin=_ORIGINS,
        answers=st.sampled_from((0, 0, 0, 0, 0, 0, 1, 2, 5)),
    )
    # Short ones to be read when something breaks, long ones to break it.
    return st.lists(one, max_size=8) | st.lists(one, min_size=size // 2, max_size=size)


def events(
    draws: Sequence[Drawn],
    facts: Sequence[tuple[Data, str]] = FACTS,
    *,
    gateway: str = "gw01",
    offset_ms: int = 0,
) -> list[Event]:
    """The gateway's journal. `offset_ms` keeps two gateways from the very same instants."""
    said = Said(gateway)
    now = NOON + timedelta(milliseconds=offset_ms)
    made: list[Event] = []
    for one in draws:
        now += timedelta(seconds=one.gap)
        if one.answers and len(made) >= one.answers:
            made.append(_taken_on(made[-one.answers], now))
            continue
        data, kind = facts[one.fact]
        subject = f"{kind}/{gateway}" if kind == "gateway" else f"{kind}/{gateway}-{one.thing}"
        told, quality = _told(one, now)
        made.append(
            said.event(
                data, subject, recorded=now, told=told, quality=quality, origin=one.origin,
                device=f"{gateway}-{kind}-{one.thing}",
            )
        )  # fmt: skip
    return made


def acts(at: datetime = NOON, facts: Sequence[tuple[Data, str]] = ACTS) -> list[Event]:
    """The hub's own journal."""
    said = Said("hub")
    return [
        said.event(
            data, about, at=at, device="console", origin="manual", quality="gateway",
            id=f"order:{number}" if isinstance(data, policy.CommandIssued) else "",
        )
        for number, (data, about) in enumerate(facts, start=-3)
    ]  # fmt: skip


def _told(one: Drawn, now: datetime) -> tuple[str, TimeQuality]:
    if one.origin != "live":
        now -= timedelta(hours=30)
    shown = {
        "slow": now - timedelta(minutes=100),
        "never-set": datetime(2000, 1, 1, 0, 0, 30, tzinfo=UTC),
        "rolled-over": datetime(2036, 2, 7, 6, 28, 16, tzinfo=UTC),
    }.get(one.clock, now)
    quality: TimeQuality = "gateway" if one.clock == "none" else "device-zone"
    return rfc3339(shown.astimezone(_ZONES[one.zone])), quality


def _taken_on(cause: Event, now: datetime) -> Event:
    kind = ALARMS.get(type(cause.data), "door.forced")
    data = Acknowledged(alarm=f"{kind}:{cause.subject}:{cause.id}", actor="guard1")
    return Said("hub").event(
        data, f"alarm/{kind}", at=now, device="console", origin="manual", quality="gateway",
        id=f"ack:{cause.id}:{rfc3339(now)}",
    )  # fmt: skip


def logged(found: Sequence[Event], cuts: Sequence[int], log: MemoryLog | None = None) -> MemoryLog:
    """The events as signed batches of the sizes `cuts` names, again and again."""
    log = log or MemoryLog()
    signer = signer_of(1)
    writer = BatchWriter(Journal(signer.public, 1), signer, Head())
    rest, turn = list(found), 0
    while rest:
        size = cuts[turn % len(cuts)]
        batches = writer.batches([codec.encode(event) for event in rest[:size]], NOON)
        log.append([batch.stored() for batch in batches], NOON)
        writer.advance(batches)
        rest, turn = rest[size:], turn + 1
    return log


def standing(found: Sequence[Event]) -> list[Recorded]:
    """Events as one log holds them, each in a batch of its own."""
    return [
        Said(event.source.split("/")[4]).stands(event, position)
        for position, event in enumerate(found, start=1)
    ]


@pytest.fixture(scope="module")
def narrow_windows() -> Iterator[None]:
    """Lists and buckets so short that sixty facts run over them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(safe_passages, "RECENT", 5)
        patch.setattr(safe_passages, "MINUTES", 4)
        patch.setattr(safe_passages, "HOURS", 3)
        patch.setattr(collection, "LOADS", 3)
        patch.setattr(waste_fold, "DEEDS", 5)
        patch.setattr(profile, "KEEP", 2)
        patch.setattr(sensor, "LIFTS", 2)
        patch.setattr(level, "HOURS", 2)
        patch.setattr(readings, "KEEP", 4)
        patch.setattr(tonnage, "HOURS", 3)
        patch.setattr(tonnage, "DAYS", 2)
        yield
