"""What a hand-off is told, and what an event becomes there."""

import asyncio
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.errors import ConfigError
from core.event import Data, Event, Media, Recorded
from core.events import camera, door, vehicle
from core.moment import moment_of
from devices import digest
from devices.gat1400.status import Status
from devices.wire import Request
from infra.handoff.config import Handoff, Target
from infra.handoff.line import HttpLine
from infra.handoff.mapping import object_of
from infra.handoff.sender import spoken
from infra.handoff.session import Session, Unregistered, said_of
from infra.hub import config

US, CAMERA = "34020000002000000001", "34020000001190000001"
GOOD = {
    "url": "https://192.0.2.7:8443/base",
    "device": US,
    "user": "menwei",
    "password_file": "password",
    "basis": "Order 799 art. 20",
}


def read(folder: Path, **told: object) -> config.Settings:
    (folder / "password").write_text("s3cret\n")
    lines = ['data = "state"', "[handoff.bureau]"]
    for key, value in {**GOOD, **told}.items():
        if value is not None:
            lines.append(f"{key} = {value!r}".replace("True", "true").replace("'", '"'))
    path = folder / "hub.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return config.read(path)


def test_everything_named_is_resolved(tmp_path: Path) -> None:
    (target,) = read(tmp_path, types=["vehicle.passed.v1"], personal=True).targets
    assert (target.name, target.password, target.config.device) == ("bureau", "s3cret", US)
    assert target.tls is not None
    assert target.config.personal
    assert not read(tmp_path, url="http://192.0.2.7").targets[0].config.personal


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("url", "ftp://192.0.2.7", "handoff.bureau.url"),
        ("url", "http://menwei:pw@192.0.2.7", "handoff.bureau.url"),
        ("device", "3402", "handoff.bureau.device"),
        ("types", ["door.opened.v1"], "handoff.bureau.types"),
        ("zone", "Nowhere", "handoff.bureau.zone"),
        ("password_file", "none", "handoff.bureau.password_file"),
        ("ca_file", "none.pem", "handoff.bureau.ca_file"),
        ("basis", "", "handoff"),
        ("basis", None, "basis"),
        ("batch", 0, "batch"),
        ("colour", "red", "colour"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, key: str, value: object, named: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(named)):
        read(tmp_path, **{key: value})


def recorded(data: Data, device: str = "cam-1", id: str = "cam-1:7") -> Recorded:
    event = Event(
        id=id,
        source=f"/c/jinxiu/gw/gw-1/dev/{device}",
        type=data.TYPE,
        subject="camera/east",
        time="2026-03-01T23:41:09Z",
        recordedtime="2026-03-01T23:41:10.000Z",
        data=data,
    )
    return Recorded(
        event=event,
        position=123_456,
        index=2,
        journal="j",
        sequence=1,
        compound="jinxiu",
        gateway="gw-1",
        device=device,
        moment=moment_of(event.time, event.recordedtime, event.timequality),
    )


def target(**told: Any) -> Target:
    made = Handoff(
        **{**GOOD, "types": ("camera.face.captured.v1", "vehicle.passed.v1",
                             "camera.region.entered.v1"), **told}
    )  # fmt: skip
    return Target(name="bureau", config=made, password="", zone=ZoneInfo("Asia/Shanghai"))


def test_a_face_by_its_picture_hash() -> None:
    data = camera.FaceCaptured(media=(Media(sha256="ab" * 32, kind="face"),))
    made = object_of(recorded(data), target(), {})
    assert made is not None
    assert made.id == f"{US}02202603020741092345606" + "00002"
    assert (made.body["FaceID"], made.body["SourceID"]) == (made.id, made.id[:41])
    assert made.body["FaceAppearTime"] == "20260302074109"
    (image,) = made.body["SubImageList"]["SubImageInfoObject"]
    assert (image["Type"], image["StoragePath"], image["Data"]) == ("11", f"sha256:{'ab' * 32}", "")


def test_ids_of_a_camera_of_this_standard_are_kept() -> None:
    own = f"{CAMERA}02202603020741090000106" + "00001"
    made = object_of(recorded(camera.FaceCaptured(), CAMERA, f"gat1400:Face:{own}"), target(), {})
    assert made is not None
    assert (made.id, made.body["DeviceID"]) == (own, CAMERA)


def test_a_vehicle_without_and_with_its_plate() -> None:
    item = recorded(vehicle.Passed(plate_ref="s:1", plate_class="02", lane="3"))
    made = object_of(item, target(devices={"cam-1": CAMERA}), {})
    assert made is not None
    assert made.body["PlateNo"] == ""
    assert (made.body["HasPlate"], made.body["PlateClass"], made.body["LaneNo"]) == ("1", "02", "3")
    assert (made.body["DeviceID"], made.personal) == (CAMERA, False)
    made = object_of(item, target(), {"plate": "浙B12345"})
    assert made is not None
    assert (made.body["PlateNo"], made.personal) == ("浙B12345", True)


def test_somebody_in_a_region() -> None:
    data = camera.RegionEntered(label="person", box=(0.1, 0.2, 0.3, 0.4))
    made = object_of(recorded(data), target(), {})
    assert made is not None
    assert made.name == "Person"
    assert (made.body["RightBtmX"], made.body["RightBtmY"]) == (4000, 6000)
    assert made.body["SubImageList"]["SubImageInfoObject"][0]["EventSort"] == 6
    assert object_of(recorded(camera.RegionEntered(label="car")), target(), {}) is None


def test_what_is_not_for_it() -> None:
    assert object_of(recorded(door.Opened()), target(), {}) is None
    assert object_of(recorded(camera.FaceCaptured()), target(compounds=("other",)), {}) is None
    assert object_of(recorded(camera.LineCrossed()), target(), {}) is None


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ([Status("b", 1), Status("a", 0)], [0, 1]),
        ([Status("a", 0)], [0, None]),
        ([Status("", 0), Status("", 8)], [0, 8]),
        ([Status("", 0)], [0, 0]),
        ([Status("x", 8)], [8, 8]),
        ([], [None, None]),
        ([Status("", 0)] * 3, [None, None]),
    ],
)
def test_who_is_spoken_of(said: list[Status], codes: list[int | None]) -> None:
    found = said_of(said, ["a", "b"])
    assert [None if one is None else one.code for one in found] == codes


def test_what_they_say_is_kept_but_for_who_is_in_it() -> None:
    assert spoken("Invalid JSON Format") == "Invalid JSON Format"
    assert len(spoken("x" * 300)) == 200
    for said in (
        "PlateNo 京A12345 exists",
        "tel 13912345678",
        "x" * 180 + " 京A·12345 " + "y" * 20,
    ):
        assert spoken(said) == ""


@pytest.mark.parametrize("told", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_clock_beyond_all_dates_stops_nothing(told: str) -> None:
    item = recorded(camera.FaceCaptured())
    item = msgspec.structs.replace(item, event=msgspec.structs.replace(item.event, time=told))
    made = object_of(item, target(), {})
    assert made is not None
    assert made.body["FaceAppearTime"] == "20260302074109"
    assert len(made.id) == 48


def session(monkeypatch: pytest.MonkeyPatch, *answers: bytes) -> tuple[Session, list[Request]]:
    """One that is answered these bytes, one after the other."""
    waiting, asked = list(answers), []

    async def opened(*_: object, **__: object) -> tuple[asyncio.StreamReader, Any]:
        reader = asyncio.StreamReader()
        reader.feed_data(waiting.pop(0))
        reader.feed_eof()
        return reader, Nowhere()

    def told(self: Any, request: Request) -> Any:
        asked.append(request)
        return kept(self, request)

    kept = HttpLine.ask
    monkeypatch.setattr(HttpLine, "ask", told)
    monkeypatch.setattr(asyncio, "open_connection", opened)
    return Session(target()), asked


class Nowhere:
    def write(self, data: bytes) -> None: ...
    async def drain(self) -> None: ...
    def close(self) -> None: ...


def test_challenges_in_headers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    there, asked = session(
        monkeypatch,
        b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="viid", nonce="n"\r\n'
        b'WWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    )
    asyncio.run(there.register())
    assert there.registered
    assert digest.fields(asked[1].headers["authorization"])["nonce"] == "n"


def test_a_redirect_is_no_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
    there, _ = session(monkeypatch, moved)
    with pytest.raises(Unregistered, match="302"):
        asyncio.run(there.register())
    assert not there.registered
