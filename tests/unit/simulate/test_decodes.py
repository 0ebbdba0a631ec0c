"""What the simulator sends is what the gateway's adapters understand, a whole day of it."""

from collections import Counter
from datetime import timedelta

import msgspec
import pytest

from core.catalog import CATALOG
from core.clock import parse_rfc3339
from core.event import Draft
from devices.adapter import Message, Site
from devices.registry import Aside, decode
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound, known_devices
from infra.simulate.day import messages
from infra.simulate.faults import Faults, with_faults
from infra.simulate.world import ZONE
from tests.unit.simulate.conftest import START


class Decoding:
    """A day's drafts by type; those of cameras' analytics are counted only, they are too many."""

    def __init__(self, compound: Compound) -> None:
        site = Site(zone=ZONE, devices=known_devices(compound))
        self.aside: list[tuple[Timed, Aside]] = []
        self.wordless: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.drafts: list[tuple[Timed, Draft]] = []
        self.spoken: list[str] = []  # data as it would be stored, where a person was named
        self.ids: Counter[tuple[str, str]] = Counter()
        faults = Faults(garbage=0.002)
        stream = messages(compound, START, until=START + timedelta(days=1))
        for timed in with_faults(stream, faults, compound.seed):
            outcome = decode(Message(timed.topic, timed.payload), site)
            if isinstance(outcome, Aside):
                self.aside.append((timed, outcome))
                continue
            if not outcome.drafts:
                self.wordless[timed.topic] += 1
            for draft in outcome.drafts:
                self.types[draft.data.TYPE] += 1
                self.ids[draft.device, draft.id] += 1
                if draft.personal is not None:
                    self.spoken.append(
                        " ".join(
                            (draft.id, draft.subject, msgspec.json.encode(draft.data).decode())
                        )
                    )
                if not draft.data.TYPE.startswith("camera.region."):
                    self.drafts.append((timed, draft))


@pytest.fixture(scope="module")
def decoding(compound: Compound) -> Decoding:
    return Decoding(compound)


def of(decoding: Decoding, name: str) -> list[Draft]:
    return [draft for _, draft in decoding.drafts if name == draft.data.TYPE]


def test_nothing_but_garbage_is_set_aside(decoding: Decoding) -> None:
    assert {timed.fault for timed, _ in decoding.aside} == {"garbage"}
    assert {aside.reason for _, aside in decoding.aside} <= {"malformed", "charset"}
    assert len(decoding.aside) > 200


def test_every_message_holds_a_fact(decoding: Decoding) -> None:
    assert not decoding.wordless


def test_the_day_speaks_most_of_the_catalogue(decoding: Decoding) -> None:
    assert decoding.types.keys() <= CATALOG.types.keys()
    assert decoding.types.keys() >= {
        "access.granted.v1", "access.denied.v1", "access.taken.v1",
        "door.opened.v1", "door.closed.v1", "door.forced.v1", "door.heldopen.v1",
        "gate.tailgated.v1", "vehicle.passed.v1", "vehicle.denied.v1", "vehicle.positioned.v1",
        "waste.bin.profiled.v1", "waste.bin.tag.assigned.v1", "waste.bin.level.measured.v1",
        "waste.deposit.recorded.v1", "waste.deposit.violated.v1", "waste.inspection.recorded.v1",
        "waste.bin.identified.v1", "waste.bin.collected.v1", "waste.bin.overflowed.v1",
        "waste.bin.cleared.v1", "waste.load.weighed.v1",
        "camera.video.lost.v1", "camera.video.restored.v1", "camera.region.entered.v1",
        "camera.object.recognized.v1",
    }  # fmt: skip
    assert "access.unclassified.v1" not in decoding.types


def test_no_event_id_occurs_twice(decoding: Decoding) -> None:
    # A reader without a counter that sees a tag twice in a second says the same thing twice.
    twice = [key for key, count in decoding.ids.items() if count > 1 and "reader" not in key[0]]
    assert twice == []


def test_events_of_one_door_meet_whichever_device_tells_them(decoding: Decoding) -> None:
    subjects = {
        draft.subject
        for _, draft in decoding.drafts
        if draft.data.TYPE.startswith(("access.", "door.", "gate."))
    }
    gates = {"door/gate-south", "door/gate-north", "door/gate-east", "door/gate-garden"}
    assert subjects == gates | {f"door/door-b{number}" for number in range(1, 9)}


def test_levels_profiles_and_cameras_meet_at_their_subjects(
    decoding: Decoding, compound: Compound
) -> None:
    bins = {each.subject for each in compound.bins}
    for name in ("waste.bin.level.measured.v1", "waste.bin.profiled.v1"):
        assert {draft.subject for draft in of(decoding, name)} == bins
    lost = {draft.subject for draft in of(decoding, "camera.video.lost.v1")}
    seen = {draft.subject for draft in of(decoding, "camera.motion.started.v1")}
    assert lost <= seen == {f"camera/{each.device}" for each in compound.cameras}


def test_the_times_told_are_those_of_sending(decoding: Decoding) -> None:
    for timed, draft in decoding.drafts:
        if draft.data.TYPE in ("waste.bin.profiled.v1", "waste.bin.tag.assigned.v1"):
            continue
        assert abs(parse_rfc3339(draft.time) - timed.at) < timedelta(seconds=1.1), draft


def test_people_are_named_in_the_personal_part_only(decoding: Decoding, compound: Compound) -> None:
    listed = compound.personal_values()
    named = [draft.personal for _, draft in decoding.drafts if draft.personal is not None]
    assert len(named) > 5000
    for personal in named:
        assert personal.identifier in listed
        assert set(personal.fields.values()) <= listed
    spoken = "\n".join(decoding.spoken)
    assert [value for value in listed if value in spoken] == []


def test_references_have_their_place(decoding: Decoding) -> None:
    expected = {
        "vehicle.passed.v1": ("plate_ref", "vehicle"),
        "waste.inspection.recorded.v1": ("inspector_ref", "waste"),
        "waste.bin.collected.v1": ("vehicle_ref", "waste"),
        "waste.load.weighed.v1": ("vehicle_ref", "waste"),
        "camera.object.recognized.v1": ("plate_ref", "camera"),
    }
    for name, wanted in expected.items():
        named = [draft.personal for draft in of(decoding, name)]
        assert {(each.into, each.purpose) for each in named if each} == {wanted}, name
        assert None not in named
    deposits = [draft.personal for draft in of(decoding, "waste.deposit.recorded.v1")]
    assert {each.into for each in deposits if each} == {"resident_ref"}
