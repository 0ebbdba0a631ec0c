"""Frigate: what changed between `before` and `after`, and recognitions as they are made."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from core.event import Draft, Native
from core.events import camera
from devices import registry
from devices.adapter import Known, Message
from devices.frigate.simulate import Review
from tests.unit.devices.wire import SHANGHAI, aside, draft, drafts, sample, site_with

EVENTS, UPDATES = "frigate/events", "frigate/tracked_object_update"
TRACK = "1772408469.104233-k3v9qa"


def types(made: tuple[Draft, ...]) -> list[str]:
    return [each.data.TYPE.removeprefix("camera.").removesuffix(".v1") for each in made]


def changed(phase: str, before: dict[str, Any] | None, **after: Any) -> dict[str, Any]:
    base = sample("frigate", "event-new.json")["after"]
    return {
        "type": phase,
        "before": None if before is None else base | before,
        "after": base | {"frame_time": 1772408475.5} | after,
    }


def test_a_new_object_starts_and_is_where_it_is() -> None:
    started, entered = drafts(EVENTS, sample("frigate", "event-new.json"))
    assert started.id == f"frigate:south_gate:1:{TRACK}:new"
    assert entered.id == f"frigate:south_gate:1:{TRACK}:enter:pavement:1772408470.200000"
    assert started.device == "south_gate"
    assert started.subject == "camera/south_gate"
    assert (started.time, started.timequality) == ("2026-03-01T23:41:10.200Z", "device-zone")
    codes: Native = {
        "adapter": "frigate", "x1": 410, "y1": 220, "x2": 512, "y2": 498,
        "stationary": False, "speed": 0,
    }  # fmt: skip
    assert started.data == camera.MotionStarted(
        track_id=TRACK, label="person", confidence=0.84, native=codes
    )
    assert isinstance(entered.data, camera.RegionEntered)
    assert (entered.data.zone, entered.data.box) == ("pavement", None)


def test_an_update_tells_what_changed() -> None:
    entered, recognised = drafts(EVENTS, sample("frigate", "event-update.json"))
    assert isinstance(entered.data, camera.RegionEntered)
    assert entered.data.zone == "lobby"
    assert isinstance(recognised.data, camera.ObjectRecognized)
    assert (recognised.data.kind, recognised.data.confidence) == ("face", 0.93)
    assert recognised.personal is not None
    assert recognised.personal.fields == {"name": "李小雨"}
    assert (recognised.personal.kind, recognised.personal.into) == ("name", "subject_ref")
    assert recognised.personal.purpose == "camera"


def test_a_plate_is_sealed_into_its_own_reference() -> None:
    left, plate = drafts(EVENTS, sample("frigate", "event-plate.json"))
    assert isinstance(left.data, camera.RegionLeft)
    assert left.data.zone == "pavement"
    assert isinstance(plate.data, camera.ObjectRecognized)
    assert (plate.data.kind, plate.data.confidence) == ("plate", 0.88)
    assert plate.personal is not None
    assert (plate.personal.kind, plate.personal.into) == ("plate", "plate_ref")
    assert plate.personal.identifier == "粤XD40217"


def test_an_end_has_a_duration_and_its_own_time() -> None:
    left, ended = drafts(EVENTS, sample("frigate", "event-end.json"))
    assert isinstance(left.data, camera.RegionLeft)
    assert isinstance(ended.data, camera.MotionEnded)
    assert ended.data.duration_s == 13.2
    assert ended.time == "2026-03-01T23:41:22.304Z"
    assert ended.id == f"frigate:south_gate:1:{TRACK}:end"


def test_a_better_thumbnail_is_no_fact() -> None:
    assert drafts(EVENTS, changed("update", {}, score=0.9)) == ()


def test_sent_again_it_has_the_same_ids_and_later_others() -> None:
    one = changed("update", {}, current_zones=["pavement", "lobby"])
    later = changed("update", {}, current_zones=["pavement", "lobby"], frame_time=1772408499.0)
    assert [each.id for each in drafts(EVENTS, one)] == [each.id for each in drafts(EVENTS, one)]
    assert drafts(EVENTS, one)[0].id != drafts(EVENTS, later)[0].id
    left, left_later = (
        draft(EVENTS, changed("update", {}, current_zones=[], frame_time=at)) for at in (5.0, 9.0)
    )
    assert left.id != left_later.id


@pytest.mark.parametrize("phase", ["new", "update", "end"])
def test_false_positives_never_were(phase: str) -> None:
    assert drafts(EVENTS, changed(phase, {}, false_positive=True)) == ()


@pytest.mark.parametrize("before", [None, {"current_zones": None}, {"current_zones": "yard"}])
def test_without_a_before_everything_is_new(before: Any) -> None:
    made = drafts(EVENTS, changed("update", before, sub_label="李小雨"))
    expected = ["region.entered", "object.recognized"]
    assert types(made) == expected


def test_an_end_without_end_time() -> None:
    (ended,) = drafts(EVENTS, changed("end", {}))
    assert isinstance(ended.data, camera.MotionEnded)
    assert ended.data.duration_s is None
    assert ended.time == "2026-03-01T23:41:15.500Z"


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        (None, ["李小雨", 0.9], 1),
        (None, "李小雨", 1),
        (None, [], 0),
        (None, [None, 0.5], 0),
        (None, "", 0),
        ("李小雨", ["李小雨", 0.95], 0),
        (["李小雨", 0.9], ["王大山", 0.9], 1),
        (["李小雨", 0.9], None, 0),
    ],
)
def test_a_name_is_a_fact_when_it_is_another(before: Any, after: Any, count: int) -> None:
    made = drafts(EVENTS, changed("update", {"sub_label": before}, sub_label=after))
    assert types(made) == ["object.recognized"] * count


def test_a_name_on_a_car_is_no_face_and_still_sealed() -> None:
    made = draft(EVENTS, changed("update", {}, label="car", sub_label=["Li's car", 0.8]))
    assert isinstance(made.data, camera.ObjectRecognized)
    assert (made.data.kind, made.data.label) == ("classification", "car")
    assert made.personal is not None
    assert made.personal.identifier == "Li's car"


def test_a_plate_with_its_score_in_a_pair() -> None:
    made = draft(EVENTS, changed("update", {}, recognized_license_plate=["粤XD40217", 0.7]))
    assert isinstance(made.data, camera.ObjectRecognized)
    assert made.data.confidence == 0.7


def test_missing_and_odd_optional_fields() -> None:
    bare = {"type": "new", "after": {"id": "a-1", "camera": "c"}}
    (started,) = drafts(EVENTS, bare)
    assert (started.id, started.time, started.timequality) == ("frigate:c:1:a-1:new", "", "gateway")
    twice = changed("update", {"current_zones": []}, current_zones=["yard", "yard"])
    assert len(drafts(EVENTS, twice)) == 1
    odd = changed("update", {}, box=[1, "x"], score="high", current_zones=[7, "pavement"])
    assert drafts(EVENTS, odd) == ()
    zones = [f"z{count}" for count in range(500)]
    assert len(drafts(EVENTS, changed("update", {"current_zones": []}, current_zones=zones))) == 64


@pytest.mark.parametrize("missing", ["id", "camera"])
@pytest.mark.parametrize("instead", [None, "", [], "///"])
def test_an_object_has_an_id_and_a_camera(missing: str, instead: Any) -> None:
    assert aside(EVENTS, changed("new", {}, **{missing: instead}))[:2] == ("frigate", "field")


def test_other_forms() -> None:
    assert aside(EVENTS, {"type": "new"})[:2] == ("frigate", "shape")
    assert aside(EVENTS, {"type": "later", "after": {}})[:2] == ("frigate", "shape")
    assert aside(EVENTS, [1])[:2] == ("frigate", "shape")
    assert aside(EVENTS, changed("new", {}, frame_time=1e300))[:2] == ("frigate", "time")
    assert aside("frigate/something", {"of": "another version"})[:2] == ("frigate", "shape")


def test_recognitions_as_they_are_made() -> None:
    face = draft(UPDATES, sample("frigate", "update-face.json"))
    plate = draft(UPDATES, sample("frigate", "update-lpr.json"))
    classified = draft(UPDATES, sample("frigate", "update-classification.json"))
    assert face.id == f"frigate:south_gate:1:{TRACK}:face:1772408474.100000"
    assert face.personal is not None
    assert face.personal.identifier == "李小雨"
    assert plate.personal is not None
    assert plate.personal.fields == {"plate": "粤XD40217", "name": "Li's car"}
    assert plate.personal.into == "plate_ref"
    assert isinstance(classified.data, camera.ObjectRecognized)
    assert (classified.data.kind, classified.data.label) == ("classification", "delivery_person")
    assert classified.data.native["model"] == "uniforms"
    assert classified.personal is None


def test_recognitions_with_their_score_in_a_pair() -> None:
    plate = draft(
        UPDATES,
        sample("frigate", "update-lpr.json") | {"plate": ["粤XD40217", 0.91], "score": None},
    )
    face = draft(UPDATES, sample("frigate", "update-face.json") | {"name": ["李小雨", 0.9]})
    assert plate.personal is not None
    assert face.personal is not None
    assert (plate.personal.identifier, face.personal.identifier) == ("粤XD40217", "李小雨")
    assert isinstance(plate.data, camera.ObjectRecognized)
    assert plate.data.confidence == 0.91


def test_descriptions_and_strangers_are_no_facts() -> None:
    assert drafts(UPDATES, sample("frigate", "update-description.json")) == ()
    for name in (None, "", "unknown"):
        assert drafts(UPDATES, sample("frigate", "update-face.json") | {"name": name}) == ()
    assert drafts(UPDATES, sample("frigate", "update-lpr.json") | {"plate": None}) == ()
    assert (
        drafts(UPDATES, sample("frigate", "update-classification.json") | {"sub_label": 1.5}) != ()
    )
    assert (
        drafts(UPDATES, sample("frigate", "update-classification.json") | {"sub_label": "叔叔"})
        == ()
    )


def test_an_update_without_a_time_is_known_by_its_bytes() -> None:
    body = sample("frigate", "update-face.json")
    del body["timestamp"]
    made = draft(UPDATES, body)
    assert made.id == draft(UPDATES, body).id
    assert len(made.id.rpartition(":")[2]) == 32
    assert (made.time, made.timequality) == ("", "gateway")


def test_names_stand_only_in_the_sealed_part() -> None:
    for name in ("event-update", "event-plate", "update-face", "update-lpr"):
        topic = EVENTS if name.startswith("event") else UPDATES
        for made in drafts(topic, sample("frigate", f"{name}.json")):
            seen = msgspec.json.encode(msgspec.structs.replace(made, personal=None)).decode()
            assert "李小雨" not in seen
            assert "粤XD40217" not in seen


def test_the_installers_word_and_other_topic_prefixes() -> None:
    body = sample("frigate", "event-end.json")
    placed = site_with("south_gate", Known(subject="camera/南门"))
    assert {each.subject for each in drafts(EVENTS, body, placed)} == {"camera/南门"}
    assert drafts("nvr2/events", body) == drafts(EVENTS, body)


REVIEWS = "frigate/reviews"


def reviewed(phase: str, before: dict[str, Any], **after: Any) -> dict[str, Any]:
    base = sample("frigate", "review-new.json")["after"]
    top = {key: after.pop(key) for key in ("severity", "end_time") if key in after}
    return {
        "type": phase,
        "before": base | {"data": base["data"] | before},
        "after": base | top | {"data": base["data"] | before | after},
    }


def test_a_review_begins_becomes_more_and_ends() -> None:
    new = draft(REVIEWS, sample("frigate", "review-new.json"))
    assert new.id == "frigate:south_gate:1:review:1772408469.7-rvw01:new"
    assert (new.subject, new.time) == ("camera/south_gate", "2026-03-01T23:41:09.700Z")
    assert new.data == camera.ReviewReported(
        review="1772408469.7-rvw01",
        phase="new",
        severity="detection",
        tracks=(TRACK,),
        labels=("person",),
        native={"adapter": "frigate", "severity": "detection"},
    )
    end = draft(REVIEWS, sample("frigate", "review-end.json"))
    assert isinstance(end.data, camera.ReviewReported)
    assert (end.data.severity, end.data.duration_s, end.data.zones) == ("alert", 13.2, ("lobby",))
    assert end.data.labels == ("person",)
    assert end.personal is not None
    assert (end.personal.fields, end.personal.into) == ({"name": "李小雨"}, "subject_ref")
    assert "李小雨" not in msgspec.json.encode(msgspec.structs.replace(end, personal=None)).decode()


@pytest.mark.parametrize(
    ("more", "news"),
    [
        ({}, False),
        ({"detections": ["1", "2", "3"]}, False),
        ({"objects": ["person", "car"]}, True),
        ({"zones": ["lobby"]}, True),
        ({"sub_labels": ["李小雨", "王大山"]}, True),
        ({"severity": "alert"}, True),
    ],
)
def test_an_update_of_a_review_is_told_when_it_says_more(more: dict[str, Any], news: bool) -> None:
    made = drafts(REVIEWS, reviewed("update", {}, **more))
    assert len(made) == news
    if "sub_labels" in more:
        assert made[0].personal is not None
        assert made[0].personal.into == ""


def test_updates_of_a_review_have_ids_of_their_own() -> None:
    one = draft(REVIEWS, reviewed("update", {}, zones=["lobby"]))
    two = draft(REVIEWS, reviewed("update", {"zones": ["lobby"]}, zones=["lobby", "yard"]))
    assert one.id != two.id
    assert one.timequality == "gateway"


@pytest.mark.parametrize(
    ("topic", "payload", "type", "subject"),
    [
        ("frigate/available", b"online", "device.connected.v1", "device/frigate"),
        ("frigate/available", b"offline", "device.lost.v1", "device/frigate"),
        ("frigate/available", b"stopped", "device.lost.v1", "device/frigate"),
        ("frigate/yard/status/detect", b"offline", "camera.video.lost.v1", "camera/yard"),
        ("frigate/yard/status/detect", b"online", "camera.video.restored.v1", "camera/yard"),
    ],
)
def test_what_it_says_of_itself(topic: str, payload: bytes, type: str, subject: str) -> None:
    made = draft(topic, payload)
    assert (made.data.TYPE, made.subject, made.unnumbered) == (type, subject, True)


def test_counts_of_cameras_the_installer_named() -> None:
    made = draft("frigate/yard/person", b"3", site_with("yard", Known(subject="camera/courtyard")))
    assert isinstance(made.data, camera.CrowdCounted)
    assert (made.data.count, made.data.label, made.subject) == (3, "person", "camera/courtyard")
    assert drafts("frigate/yard/person", b"3") == ()  # might be a zone


def test_cameras_with_frames_are_alive() -> None:
    told = b'{"cameras":{"yard":{"camera_fps":5.1},"gate":{"camera_fps":0.0},"x":[]},"service":{}}'
    outcome = registry.decode(Message("frigate/stats", told), SHANGHAI)
    assert outcome == registry.Decoded("frigate", (), ("yard",))


def test_a_simulated_review_is_told_step_by_step() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    review = Review("yard", at, Random(5))
    sent = [
        review.new("1.5-abc", "person"),
        review.more(),
        review.more(severity="alert", zone="lobby"),
        review.more(name="李小雨"),
        review.end(at + timedelta(seconds=9)),
    ]
    made = [each for one in sent for each in drafts(one.topic, one.payload)]
    phases = [each.data.phase for each in made if isinstance(each.data, camera.ReviewReported)]
    assert phases == ["new", "update", "update", "end"]
    assert len({each.id for each in made}) == 4
