"""GA/T 1400: what objects say, however they are spelt, and how a library answers."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from core.event import Draft, Media
from core.events import camera, device, vehicle
from devices import digest, registry
from devices.adapter import Known, Message
from devices.gat1400 import status
from devices.gat1400.dialog import DIALOG, turn
from devices.gat1400.simulate import Camera
from devices.gat1400.speaker import TIME
from devices.wire import Exchange, Reply, Request
from tests.unit.devices.here import Here
from tests.unit.devices.wire import SHANGHAI, draft, sample, site_with

ID = "34020000001190000001"
AT = datetime(2026, 3, 2, 7, 41, 9)  # noqa: DTZ001 - the wire has no zone
HASH = "ab" * 32


def drafts(body: Any, media: tuple[Media, ...] = (), **known: Any) -> tuple[Draft, ...]:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    site = site_with(ID, Known(**known)) if known else SHANGHAI
    outcome = registry.decode(Message("", payload, media), site)
    assert isinstance(outcome, registry.Decoded), outcome
    assert outcome.adapter == "gat1400"
    return outcome.drafts


def one(body: Any, **known: Any) -> Draft:
    (only,) = drafts(body, **known)
    return only


def face() -> dict[str, Any]:
    return Camera(ID, "", "").face(AT, f"sha256:{HASH}")


def motor(plate: str = "浙B12345") -> dict[str, Any]:
    return Camera(ID, "", "").vehicle(AT, plate)


@pytest.mark.parametrize("nothing", [None, [], [None], {}])
def test_a_list_of_nothing_is_no_face(nothing: Any) -> None:
    assert drafts({"FaceListObject": {"FaceObject": nothing}}) == ()


def test_ids_that_came_as_numbers() -> None:
    record = face() | {"FaceID": int(face()["FaceID"]), "DeviceID": int(ID)}
    body = json.dumps({"FaceListObject": {"FaceObject": [record]}}).encode()
    asked = Request(
        method="POST", path="/VIID/Faces", headers={"user-identify": ID}, body=body, client=ID
    )
    (told,) = turn(asked, Here()).messages
    assert one(told.payload).id == one(body).id == f"gat1400:Face:{face()['FaceID']}"
    assert one(told.payload).device == ID


def test_a_face_is_its_pictures_hash_and_no_template() -> None:
    body = {"FaceListObject": {"FaceObject": [{**face(), "Feature": "AAAA", "Data": "QUJD" * 99}]}}
    (made,) = drafts(body, (Media(sha256=HASH, ref="blob:1", bytes=7),))
    assert isinstance(made.data, camera.FaceCaptured)
    assert made.id == f"gat1400:Face:{face()['FaceID']}"
    assert made.pictures == (Media(sha256=HASH, kind="scene", ref="blob:1", bytes=7),)
    assert (made.time, made.timequality) == ("2026-03-02T07:41:09+08:00", "device-assumed")
    assert made.subject == f"camera/{ID}"
    assert "QUJD" not in repr(made)
    assert "AAAA" not in repr(made)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: {"FaceListObject": {"FaceObject": [one]}},
        lambda one: {"FaceObjectList": {"FaceObject": [one]}},
        lambda one: {"FaceListObject": {"FaceObject": one}},
        lambda one: {"FaceListObject": [one]},
        lambda one: {"FaceObject": one},
        lambda one: one,
        lambda one: {"FaceObjectList": [{"FaceObject": one}]},
        lambda one: {"SubscribeNotificationListObject": {"SubscribeNotificationObject": [
            {"NotificationID": "1", "FaceObjectList": {"FaceObject": [one]}}]}},
        lambda one: {"SubscribeNotificationListObject": {"SubscribeNotificationObject":
            {"NotificationID": "1", "FaceListObject": {"FaceObject": one}}}},
        lambda one: {"DispositionNotificationListObject": {"DispositionNotificationObject": [
            {"NotificationID": "1", "FaceObject": one}]}},
    ],
)  # fmt: skip
def test_every_spelling_is_the_same(wrap: Any) -> None:
    assert one(wrap(face())) == one({"FaceListObject": {"FaceObject": [face()]}})


def test_a_vehicle_passes_with_its_plate_sealed() -> None:
    body = {"MotorVehicleListObject": {"MotorVehicleObject": [{**motor(), "InOut": 1}]}}
    made = one(body, readers={"1": "in"}, name="south")
    assert made.subject == "gate/south"
    assert isinstance(made.data, vehicle.Passed)
    assert (made.data.direction, made.data.plate_color, made.data.plate_class) == ("in", "5", "02")
    assert made.personal is not None
    assert (made.personal.into, made.personal.fields) == ("plate_ref", {"plate": "浙B12345"})
    assert "12345" not in repr(made.data) + made.id + made.mark
    assert one({"MotorVehicleListObject": {"MotorVehicleObject": [motor("无牌")]}}).personal is None


@pytest.mark.parametrize(
    ("sort", "cls"),
    [
        ("05", camera.LineCrossed), (6, camera.RegionEntered), ("8", camera.LoiteringDetected),
        (11, camera.CrowdCounted), ("04", camera.MotionStarted), (3, camera.Unclassified),
        (2, camera.ObjectRecognized), (None, camera.ObjectRecognized), (99, camera.Unclassified),
    ],
)  # fmt: skip
def test_event_sorts_of_a_person(sort: Any, cls: type[Any]) -> None:
    body = sample("gat1400", "person-intrusion.json")
    body["PersonListObject"]["PersonObject"][0]["SubImageList"]["SubImageInfoObject"][0][
        "EventSort"
    ] = sort
    made = one(body)
    assert type(made.data) is cls
    assert made.personal is not None
    assert set(made.personal.fields) == {"idcard", "name"}
    assert "李小雨" not in repr(made.data)
    assert made.data.native.get("eventSort", "") == ("" if sort is None else f"{int(sort):02}")


@pytest.mark.parametrize("bad", ["", "17", 17, None, "x" * 48, "1" * 47])
def test_ids_that_break_the_rule(bad: Any) -> None:
    first, second = ({**motor(plate), "MotorVehicleID": bad} for plate in ("浙B12345", "浙B54321"))
    made = drafts({"MotorVehicleListObject": {"MotorVehicleObject": [first, second, first]}})
    assert len(made) == 2
    assert made[0].mark != made[1].mark
    again = drafts({"MotorVehicleListObject": {"MotorVehicleObject": [first]}})
    assert (again[0].id, again[0].mark) == (made[0].id, made[0].mark)


@pytest.mark.parametrize(
    ("fields", "time"),
    [
        ({"PassTime": 20260302080000}, "2026-03-02T08:00:00+08:00"),
        ({"PassTime": "2026-03-02 08:00:00"}, "2026-03-02T08:00:00+08:00"),
        ({"PassTime": "20260302080000123"}, "2026-03-02T08:00:00+08:00"),
        ({"PassTime": "20260302"}, "2026-03-02T07:41:09+08:00"),
        ({"PassTime": "", "SubImageList": ""}, "2026-03-02T07:41:09+08:00"),
        ({"PassTime": "soon", "SubImageList": None, "MotorVehicleID": "", "SourceID": ""}, ""),
    ],
)
def test_times(fields: dict[str, Any], time: str) -> None:
    made = one({"MotorVehicleListObject": {"MotorVehicleObject": [{**motor(), **fields}]}})
    assert made.time == time


@pytest.mark.parametrize(
    ("told", "time"),
    [
        (1772408469, "2026-03-01T23:41:09Z"),
        ("1772408469123", "2026-03-01T23:41:09Z"),
        (17, ""),
        ("202603", ""),
    ],
)
def test_counted_times(told: Any, time: str) -> None:
    record = {"FaceID": "", "DeviceID": ID, "FaceAppearTime": told}
    assert one({"FaceListObject": {"FaceObject": [record]}}).time == time


def test_an_id_of_zeros_names_nobody() -> None:
    records = [
        {**motor(plate), "MotorVehicleID": "0" * 48, "SourceID": "0" * 41, "DeviceID": ""}
        for plate in ("浙B12345", "浙B54321")
    ]
    made = drafts({"MotorVehicleListObject": {"MotorVehicleObject": records}})
    assert len({draft.mark for draft in made}) == 2
    assert {draft.device for draft in made} == {"viid"}


@pytest.mark.parametrize(
    ("name", "facts"),
    [("Image", [camera.RegionEntered, camera.FaceCaptured, vehicle.Passed]),
     ("VideoSlice", [camera.FaceCaptured, vehicle.Passed])],
)  # fmt: skip
def test_what_is_seen_in_a_picture_or_a_slice_of_video(name: str, facts: list[type[Any]]) -> None:
    image = face()["SourceID"]
    record = {
        f"{name}Info": {"ImageID": image, "VideoID": image, "EventSort": 6, "DeviceID": ID},
        "FaceList": {"FaceObject": [face()]},
        "PersonList": {},
        "MotorVehicleList": {"MotorVehicleObject": [motor()]},
        "Data": "",
    }
    body = {f"{name}ListObject": {name: [record]}}
    made = drafts(body)
    assert [type(draft.data) for draft in made] == facts
    known = known_camera()
    held = library(known)
    before = len(held.taken)
    sent = known.speaker.asks("POST", f"/VIID/{name}s", orjson.dumps(body))
    assert [said.id for said in status.read(held.carry(sent).body)] == [image]
    outcomes = [registry.decode(message, SHANGHAI) for message in held.taken[before:]]
    told = [
        draft for each in outcomes if isinstance(each, registry.Decoded) for draft in each.drafts
    ]
    assert [draft.id for draft in told] == [draft.id for draft in made]


def test_an_answer_to_a_notification_names_the_notification() -> None:
    known = known_camera()
    made = library(known)
    before = len(made.taken)
    body = {"SubscribeNotificationListObject": {"SubscribeNotificationObject": [
        {"NotificationID": "n1", "FaceObjectList": {"FaceObject": [face(), face()]}},
        {"NotificationID": "n2", "DeviceList": {"APEObject": [{"ApeID": ID}]}}]}}  # fmt: skip
    sent = known.speaker.asks("POST", "/VIID/SubscribeNotifications", orjson.dumps(body))
    said = status.read(made.carry(sent).body)
    assert [(each.id, each.code) for each in said] == [("n1", 0), ("n2", 0)]
    assert len(made.taken) == before + 3


@pytest.mark.parametrize("body", [b"\xff\xd8\xff" + b"SECRET" * 99, b"U0VDUkVU" * 99])
def test_a_picture_by_itself_is_not_kept(body: bytes) -> None:
    known = known_camera()
    made = library(known)
    path = f"/VIID/Images/{face()['SourceID']}/Data"
    assert made.carry(known.speaker.asks("POST", path, body)).status == 200
    told = made.taken[-1]
    assert b"SECRET" not in told.payload
    assert b"U0VD" not in told.payload
    assert isinstance(registry.decode(told, SHANGHAI), registry.Aside)


@pytest.mark.parametrize("name", ["community-persons.json", "keepalive.json"])
def test_registers_and_signs_of_life_are_no_facts(name: str) -> None:
    assert drafts(sample("gat1400", name)) == ()
    for other in ({"APEListObject": {"APEObject": [{"ApeID": ID}]}},
                  {"ResponseStatusObject": {"StatusCode": 0}},
                  {"CarInfoList": {"CarInfo": [{"PlateNo": "浙B12345"}]}}):  # fmt: skip
        assert drafts(other) == ()


def test_leave() -> None:
    assert isinstance(one(sample("gat1400", "unregister.json")).data, device.Lost)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"FaceListObject": {"FaceObject": ["x"]}}, "shape"),
        ({"FaceListObject": "x"}, "shape"),
        ({"Other": 1}, "shape"),
        ([1], "shape"),
    ],
)
def test_refusals(body: Any, reason: str) -> None:
    outcome = registry.decode(Message("", json.dumps(body).encode()), SHANGHAI, "gat1400")
    assert isinstance(outcome, registry.Aside)
    assert outcome.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        {"ResponseStatusListObject": {"ResponseStatusObject": [{"Id": "a", "StatusCode": "0"}]}},
        {"ResponseStatusListObject": {"ResponseStatusObject": {"Id": "a", "StatusCode": 0}}},
        {"ResponseStatusListObject": [{"Id": "a", "StatusCode": 0.0}]},
        {"ResponseStatusObject": {"ID": "a", "StatusCode": "00", "StatusString": ""}},
        {"Id": "a", "StatusCode": "OK"},
        {"ResponseStatusList": {"ResponseStatus": [{"id": "a", "statusCode": "0"}]}},
    ],
)
def test_every_answer_is_read(body: Any) -> None:
    (found,) = status.read(json.dumps(body).encode())
    assert (found.id, found.code) == ("a", 0)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"a": 1}', b"\xff"])
def test_an_answer_without_a_status(body: bytes) -> None:
    assert status.read(body) == []


class Library:
    """The dialog, with what it notes kept as a gateway keeps it."""

    def __init__(self, **secrets: str) -> None:
        self.here = Here(secrets)
        self.taken: list[Message] = []
        self.peer = "192.0.2.9"

    def carry(self, request: Request) -> Reply:
        request = Request(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=request.body,
            peer=self.peer,
        )
        made = turn(request, self.here)
        self.taken += made.messages
        self.here.notes.update(made.notes)
        return made.reply


def library(known: Camera) -> Library:
    made = Library(admin="p4ss")
    assert known.hold(known.speaker.register, made.carry)[0] == 200
    return made


def known_camera(password: str = "p4ss") -> Camera:
    return Camera(ID, "admin", password)


def test_registration_with_digest_and_what_follows() -> None:
    known = known_camera()
    made = library(known)
    asked = turn(known_camera().speaker.register(), made.here).reply
    assert asked.status == 401
    told = digest.fields(asked.headers["www-authenticate"])
    assert (told["qop"], told["algorithm"]) == ("auth", "MD5")
    code, statuses = known.hold(known.speaker.keepalive, made.carry)
    assert (code, [one.code for one in statuses]) == (200, [0])
    objects = [known.face(AT), known.face(AT)]
    code, statuses = known.hold(lambda: known.post("Face", objects), made.carry)
    assert code == 200
    assert [(one.id, one.code) for one in statuses] == [(one["FaceID"], 0) for one in objects]
    assert len(made.taken) == 4  # registered, alive, and each face by itself
    assert all(message.adapter == "gat1400" for message in made.taken)
    known.hold(known.speaker.unregister, made.carry)
    assert known.hold(known.speaker.keepalive, made.carry)[0] == 200  # proves itself again
    assert made.carry(known.post("Face", [])).status == 401


def test_without_qop_too() -> None:
    made = Library(admin="p4ss")
    nonce = made.here.nonce()
    asked = digest.fields(f'Digest realm="viid", nonce="{nonce}"')
    request = known_camera().speaker.register()
    shown = digest.authorization(asked, "POST", request.path, "admin", "p4ss", "")
    headers = {**request.headers, "authorization": shown}
    reply = made.carry(Request(method="POST", path=request.path, headers=headers))
    assert reply.status == 200


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password(password: str) -> None:
    made, known = Library(admin="p4ss"), known_camera(password)
    assert known.hold(known.speaker.register, made.carry)[0] == 401
    assert made.carry(known.post("Face", [known.face(AT)])).status == 401
    assert made.taken == []


def test_credentials_of_another_request_or_an_old_nonce() -> None:
    made, known = Library(admin="p4ss"), known_camera()
    known.speaker.challenged(made.carry(known.speaker.register()).headers)
    shown = known.speaker.register()
    moved = Request(method="POST", path="/VIID/System/UnRegister", headers=shown.headers)
    assert made.carry(moved).status == 401
    made.here.stale.add("nonce1")
    assert made.carry(shown).status == 401


def test_another_address_has_to_register() -> None:
    known = known_camera()
    made = library(known)
    made.peer = "198.51.100.7"
    assert made.carry(known.speaker.keepalive()).status == 401


def test_garbage_is_handed_over_and_answered() -> None:
    known = known_camera()
    made = library(known)
    before = len(made.taken)
    for body in (b"{", b"[1]", b'{"FaceListObject": {"FaceObject": ["x"]}}', b"\xff\xfe"):
        reply = made.carry(known.speaker.asks("POST", "/VIID/Faces", body))
        assert reply.status == 200
    assert len(made.taken) == before + 4
    for message in made.taken[before:]:
        assert isinstance(registry.decode(message, SHANGHAI), registry.Aside)


def test_pictures_in_base64_are_not_handed_over() -> None:
    known = known_camera()
    made = library(known)
    known.hold(lambda: known.post("Face", [known.face(AT, "QUJD" * 400_000)]), made.carry)
    assert len(made.taken[-1].payload) < 5_000
    known.hold(lambda: known.post("Face", [known.face(AT, f"sha256:{HASH}")]), made.carry)
    assert HASH.encode() in made.taken[-1].payload


def test_subscriptions_are_kept_and_shown() -> None:
    known = known_camera()
    made = library(known)
    body = orjson.dumps({"SubscribeListObject": {"SubscribeObject": [
        {"SubscribeID": "s1", "SubscribeDetail": "12", "ApplicantName": "李小雨"}]}})  # fmt: skip
    said = status.read(made.carry(known.speaker.asks("POST", "/VIID/Subscribes", body)).body)
    assert [(one.id, one.code) for one in said] == [("s1", 0)]
    shown = orjson.loads(made.carry(known.speaker.asks("GET", "/VIID/Subscribes")).body)
    assert shown["SubscribeListObject"]["SubscribeObject"] == [
        {"SubscribeID": "s1", "SubscribeDetail": "12"}
    ]
    made.carry(
        Request(
            method="DELETE",
            path="/VIID/Subscribes",
            query={"IDList": "s1"},
            headers={"user-identify": ID},
        )
    )
    shown = orjson.loads(made.carry(known.speaker.asks("GET", "/VIID/Subscribes")).body)
    assert shown["SubscribeListObject"]["SubscribeObject"] == []


def test_time_types_and_other_methods() -> None:
    made = Library()
    reply = made.carry(Request(method="GET", path=TIME))
    assert orjson.loads(reply.body)["SystemTimeObject"]["LocalTime"] == "20260302000000"
    assert reply.type.startswith("application/VIID+JSON")
    plain = made.carry(
        Request(method="GET", path=TIME, headers={"content-type": "application/json"})
    )
    assert plain.type.startswith("application/json")
    known = known_camera()
    made = library(known)
    assert made.carry(known.speaker.asks("DELETE", "/VIID/Faces")).status == 405
    assert orjson.loads(made.carry(known.speaker.asks("GET", "/VIID/APEs")).body) == {
        "APEListObject": {"APEObject": []}
    }


def test_the_dialog_asks_for_credentials_itself() -> None:
    assert DIALOG.own_digest
    assert DIALOG.paths == ("/VIID",)
    assert isinstance(turn(Request(method="POST", path="/VIID/x"), Here()), Exchange)
    assert status.local(datetime(2026, 3, 2, tzinfo=UTC)) == "20260302000000"


def test_a_device_that_calls_itself_like_a_topic_stands_in_no_subject() -> None:
    told = {"UnRegisterObject": {"DeviceID": "0001-01-01T00:00:00+14:00"}}
    made = draft("gat1400/34020000001190000001", told)
    assert made.subject == f"device/{made.device}"
    assert not set(made.device) & set("/+#:")
