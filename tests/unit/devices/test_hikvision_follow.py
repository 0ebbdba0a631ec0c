"""Following a terminal: what it streams, what it kept meanwhile, and what it refuses."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
import pytest

from core.event import Event
from core.events.device import GapDetected, GapFilled
from core.events.journal import Conflicted
from devices.adapter import Message
from devices.hikvision.follow import IDENTITY, STREAM, follow
from devices.hikvision.isapi import JPEG, Device, Heard, Sent
from devices.hikvision.search import TARGET, Capabilities, Want, asked, capabilities_of, told
from devices.hikvision.sights import Camera
from devices.hikvision.simulate import Holder
from devices.wire import LineLost
from edge.stamp import Stamp
from tests.fix_core import START, FixedClock
from tests.fix_edge import EdgeRig
from tests.unit.devices.hik_line import KEY, MAC, FakeLine, sent, streamed, terminal

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOLDER = Holder(employee="R-2048", name="李小雨", card="8800126053")
SEARCH = TARGET.partition("?")[0]
_STAMPED = Stamp.stamped


class Scene:
    """A terminal of which things happen, and a gateway that follows it."""

    def __init__(self, folder: Path, **device: Any) -> None:
        self.clock = FixedClock(START)
        self.rig = EdgeRig(folder, self.clock)
        self.device = Device(MAC, "DS-K1T671M20260101V030230CNF00000001", **device)
        self.line = FakeLine(self.rig, self.device)
        self._terminal = terminal()

    def granted(self, seconds: float, *, pushed: bool = True, **pictures: bytes) -> bytes:
        """A record made now, as the stream has it; not `pushed`: only remembered."""
        at = (START + timedelta(seconds=seconds)).astimezone(SHANGHAI)
        message = self._terminal.granted(at, HOLDER, "face" if pictures else "card", "in")
        one = self.device.happened(sent(message, **pictures))
        return streamed(one) if pushed else b""

    def follows(self, *steps: Any) -> str:
        self.line.steps = steps
        with pytest.raises(LineLost) as lost:
            asyncio.run(follow(self.line))
        return str(lost.value)

    def granted_events(self) -> list[Event]:
        return self.rig.events("access.granted.v1")

    def serials(self) -> list[Any]:
        return [one.data.native["serialNo"] for one in self.granted_events()]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_it_kept_and_what_it_streams(scene: Scene) -> None:
    for second in range(65):
        scene.granted(second - 600, pushed=False)
    why = scene.follows(lambda: scene.granted(1), lambda: scene.granted(2))
    assert "ended its alert stream" in why
    assert scene.serials() == list(range(101, 168))
    assert [one.origin for one in scene.granted_events()] == ["backfill"] * 65 + ["live"] * 2
    assert scene.rig.events(Conflicted.TYPE, GapDetected.TYPE) == []
    positions = [cond["searchResultPosition"] for _, cond in scene.line.asked]
    assert positions[:4] == [0, 30, 60, 0]
    assert {one.topic for one in scene.line.told} == {f"hikvision/{KEY}"}


def test_the_same_record_by_every_way_is_one_event(scene: Scene) -> None:
    """Streamed with its picture, posted again, and found by a search that lacks half of it."""
    scene.follows(lambda: scene.granted(1, Picture=JPEG))
    (event,) = scene.granted_events()
    assert [one.kind for one in event.data.media] == ["scene"]
    again = orjson.loads(scene.line.told[0].payload) | {"activePostCount": 2}
    again["isDataRetransmission"] = True
    scene.rig.take(("hikvision/posted", orjson.dumps(again)))
    scene.line.notes.clear()
    scene.follows()
    assert scene.serials() == [101]
    assert scene.rig.counters.duplicates >= 2
    assert scene.rig.counters.conflicts == 0


def test_the_search_first_and_the_push_behind_it(scene: Scene) -> None:
    record = scene.granted(-60, Picture=JPEG)
    scene.follows(record)
    (event,) = scene.granted_events()
    assert event.origin == "backfill"
    assert (scene.rig.counters.conflicts, scene.rig.counters.duplicates > 0) == (0, True)


def test_what_a_search_answer_lacks_is_no_conflict_but_another_person_is(scene: Scene) -> None:
    scene.follows(lambda: scene.granted(1))
    record = {
        "major": 5, "minor": 1, "time": orjson.loads(scene.line.told[0].payload)["dateTime"],
        "serialNo": 101, "employeeNoString": "R-2048",
    }  # fmt: skip
    answer = {"AcsEvent": {"responseStatusStrg": "OK", "InfoList": [record]}}
    topic = f"hikvision/{KEY}"
    scene.rig.take((topic, orjson.dumps(answer)))
    assert scene.rig.counters.conflicts == 0
    record["employeeNoString"] = "R-2049"
    scene.rig.take((topic, orjson.dumps(answer)))
    assert scene.rig.counters.conflicts == 1


def test_a_gap_is_asked_for_by_its_numbers_and_filled(scene: Scene) -> None:
    def lost() -> bytes:
        scene.granted(2, pushed=False)
        scene.granted(3, pushed=False)
        return scene.granted(4)

    scene.follows(lambda: scene.granted(1), lost, lambda: scene.granted(5))
    assert sorted(scene.serials()) == [101, 102, 103, 104, 105]
    (gap,) = scene.rig.events(GapDetected.TYPE)
    filled = scene.rig.events(GapFilled.TYPE)
    assert isinstance(gap.data, GapDetected)
    assert (gap.data.from_record, gap.data.to_record) == (102, 103)
    assert filled
    assert scene.line.gaps(KEY) == []
    numbers = [cond for _, cond in scene.line.asked if "beginSerialNo" in cond]
    assert [(one["beginSerialNo"], one["endSerialNo"]) for one in numbers] == [(102, 103)]


def test_a_gap_of_what_was_pushed_elsewhere_is_seen_at_a_heartbeat(scene: Scene) -> None:
    topic = f"hikvision/{KEY}"
    beat = scene.device.heartbeat(START, 1)

    def pushed() -> bytes:
        first = scene.granted(1)
        scene.granted(2, pushed=False)
        third = scene.granted(3)
        for one in (first, third):
            scene.rig.take((topic, one.partition(b"\r\n\r\n")[2].strip()))
        return streamed(beat)

    scene.follows(pushed)
    assert sorted(scene.serials()) == [101, 102, 103]


def test_without_numbers_in_its_search_it_is_asked_by_time(tmp_path: Path) -> None:
    scene = Scene(tmp_path, serials=False, page=10)

    def lost() -> bytes:
        scene.granted(2, pushed=False)
        return scene.granted(4)

    scene.follows(lambda: scene.granted(1), lost)
    assert sorted(scene.serials()) == [101, 102, 103]
    assert not any("beginSerialNo" in cond for _, cond in scene.line.asked)
    assert {cond["maxResults"] for _, cond in scene.line.asked} == {10}


def test_what_the_device_does_not_have_any_more_is_asked_for_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path, capacity=1)

    def lost() -> bytes:
        for second in range(2, 6):
            scene.granted(second, pushed=False)
        return scene.granted(6)

    beats = [streamed(scene.device.heartbeat(START, count)) for count in range(5)]
    scene.follows(lambda: scene.granted(1), lost, *beats)
    assert scene.line.gaps(KEY) == [(102, 105)]
    assert len([1 for _, cond in scene.line.asked if "beginSerialNo" in cond]) == 1


def test_another_connection_asks_from_where_it_was(scene: Scene) -> None:
    scene.granted(-7200, pushed=False)
    scene.follows(lambda: scene.granted(1))
    scene.line.asked.clear()
    scene.clock.move(timedelta(hours=2))
    scene.granted(3600, pushed=False)
    scene.follows()
    begun = datetime.fromisoformat(scene.line.asked[0][1]["startTime"])
    assert begun == START + timedelta(seconds=1) - timedelta(minutes=3)
    assert scene.serials() == [101, 102, 103]


def test_dying_before_the_answer_is_durable_asks_again(scene: Scene) -> None:
    class Died(Exception):
        pass

    async def dies(messages: object) -> None:
        raise Died

    scene.granted(-60, pushed=False)
    tell, scene.line.tell = scene.line.tell, dies  # type: ignore[method-assign]
    with pytest.raises(Died):
        asyncio.run(follow(scene.line))
    assert scene.line.notes == {}
    scene.line.tell = tell  # type: ignore[method-assign]
    scene.follows()
    assert scene.serials() == [101]


def test_the_first_contact_asks_for_as_much_history_as_the_installer_says(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.line = FakeLine(scene.rig, scene.device, {"history_h": "240"})
    scene.granted(-5 * 86_400, pushed=False)
    scene.follows()
    assert scene.serials() == [101]
    assert len(scene.line.asked) >= 11  # a day each


def test_a_camera_keeps_no_records_and_is_only_listened_to(tmp_path: Path) -> None:
    scene = Scene(tmp_path, kind="camera")
    camera = Camera(MAC, "192.0.2.31", Random(5))
    at = START.astimezone(SHANGHAI)
    plate = camera.plate(at, "粤XD40217")
    scene.follows(streamed(plate)[:300], streamed(plate)[300:], streamed(camera.line_crossed(at)))
    (passed,) = scene.rig.events("vehicle.passed.v1")
    assert sorted(one.kind for one in passed.data.media) == ["plate", "scene"]
    assert len(scene.rig.events("camera.line.crossed.v1")) == 1
    assert len(scene.line.asked) == 1
    assert "粤XD40217".encode() not in scene.rig.plain()


def test_without_a_stream_it_is_asked_again_and_again(scene: Scene) -> None:
    scene.line.stream_status = 404
    scene.granted(-60, pushed=False)
    assert scene.follows() == "enough"
    assert scene.serials() == [101]


def test_without_either_it_is_given_up(tmp_path: Path) -> None:
    scene = Scene(tmp_path, kind="camera")
    scene.line.stream_status = 403
    assert "neither an alert stream (403) nor records" in scene.follows()


@pytest.mark.parametrize("path", [IDENTITY, SEARCH])
@pytest.mark.parametrize(
    ("status", "words"), [(401, "refuses user 'admin'"), (503, "answers 503"), (302, "status 302")]
)
def test_refusals_are_told_in_words(scene: Scene, path: str, status: int, words: str) -> None:
    body = b"<ResponseStatus><statusCode>4</statusCode></ResponseStatus>"
    scene.line.answers[path] = Heard(status, "application/xml", body)
    assert words in scene.follows()


def test_a_stream_that_asks_for_a_password_again(scene: Scene) -> None:
    scene.line.stream_status = 401
    assert "Check the user and password" in scene.follows()


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"AcsEvent": {}}', b"\xff\xfe"])
def test_an_answer_that_is_none(scene: Scene, body: bytes) -> None:
    scene.line.answers[SEARCH] = Heard(200, "text/html", body)
    assert SEARCH in scene.follows()


def test_a_record_nobody_can_read_keeps_no_other_of_its_page_back(scene: Scene) -> None:
    for seconds in (-60, -50):
        scene.granted(seconds, pushed=False)
    cond = {"startTime": "2000-01-01T00:00:00+08:00", "endTime": "2100-01-01T00:00:00+08:00",
            "searchResultPosition": 0, "maxResults": 30}  # fmt: skip
    heard = scene.device.answer("POST", SEARCH, orjson.dumps({"AcsEventCond": cond}))
    answer = orjson.loads(heard.body)
    answer["AcsEvent"]["InfoList"].insert(1, {})
    scene.line.answers[SEARCH] = Heard(200, "application/json", orjson.dumps(answer))
    scene.follows()
    assert scene.serials() == [101, 102]
    assert len(scene.rig.held()) >= 1


def test_an_identity_nobody_understands_is_the_installers_name(scene: Scene) -> None:
    scene.line.answers[IDENTITY] = Heard(404, "text/html", b"")
    scene.granted(-60, pushed=False)
    scene.follows()
    assert {one.topic for one in scene.line.told} == {"hikvision/south"}


def test_the_name_its_alerts_give_it_counts(scene: Scene) -> None:
    """deviceInfo tells the address of another of its interfaces."""
    other = b"<DeviceInfo><macAddress>02:5e:10:aa:00:99</macAddress></DeviceInfo>"
    scene.line.answers[IDENTITY] = Heard(200, "application/xml", other)
    scene.follows(lambda: scene.granted(1))
    assert scene.line.notes["device"] == KEY
    scene.granted(2, pushed=False)
    scene.follows()
    assert scene.serials() == [101, 102]
    assert {one.data.native["adapter"] for one in scene.granted_events()} == {"hikvision"}
    assert len({one.source for one in scene.granted_events()}) == 1


def test_parts_nobody_understands_are_kept_aside_and_the_stream_goes_on(scene: Scene) -> None:
    junk = b"--MIME_boundary\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello\r\n"
    scene.follows(junk, lambda: scene.granted(1))
    assert scene.serials() == [101]
    assert len(scene.rig.held()) == 1


def test_pictures_nobody_announced_hold_nothing_up(scene: Scene) -> None:
    record = scene.granted(1)
    picture = streamed(Sent(b"{}", {"x.jpg": JPEG})).split(b"--MIME_boundary")[2]
    scene.follows(record, b"--MIME_boundary" + picture, scene.granted(2))
    assert scene.serials() == [101, 102]


def test_capabilities() -> None:
    assert capabilities_of(b"") == Capabilities(30, serials=False, pictures=False)
    most: Mapping[str, Any] = {"AcsEventCap": {"cond": {"maxResults": {"@max": "400"}}}}
    assert capabilities_of(orjson.dumps(most)).page == 100
    xml = b'<AcsEvent><AcsEventCond><maxResults min="1" max="24"/></AcsEventCond></AcsEvent>'
    assert capabilities_of(xml).page in (24, 30)


def test_a_request_asks_for_every_kind() -> None:
    want = Want(begin=START, end=START + timedelta(hours=1), serials=(5, 9))
    cond = orjson.loads(asked(want, Capabilities(), 60, "s"))["AcsEventCond"]
    assert (cond["major"], cond["minor"], cond["searchResultPosition"]) == (0, 0, 60)
    assert not {"beginSerialNo", "picEnable"} & cond.keys()
    full = orjson.loads(asked(want, Capabilities(30, serials=True, pictures=True), 0, "s"))
    assert full["AcsEventCond"]["endSerialNo"] == 9


@pytest.mark.parametrize("status", ["OK", "MORE", "NO MATCH", "no match"])
def test_an_answers_end(status: str) -> None:
    records = [{"major": 5, "minor": 1, "serialNo": 7, "time": "2026-03-02T07:41:09+08:00"}]
    answer = {"AcsEvent": {"responseStatusStrg": status, "InfoList": records}}
    page = told(orjson.dumps(answer), SHANGHAI)
    assert (page.more, page.count, page.serial) == (status == "MORE", 1, 7)
    assert page.time == "2026-03-02T07:41:09+08:00"
    empty = told(orjson.dumps({"AcsEvent": {"responseStatusStrg": status}}), SHANGHAI)
    assert (empty.more, empty.count) == (False, 0)


def test_a_message_is_told_under_its_adapter(scene: Scene) -> None:
    scene.follows(lambda: scene.granted(1))
    assert [one.adapter for one in scene.line.told] == ["hikvision"]
    assert isinstance(scene.line.told[0], Message)
    assert STREAM.startswith("/ISAPI/")


def test_a_record_that_an_earlier_version_stored_whole_is_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before there was an essence the digest was that of all the data."""
    with monkeypatch.context() as patch:
        patch.setattr(
            "edge.stamp.Stamp.stamped",
            lambda self, one: _STAMPED(self, msgspec.structs.replace(one, essence="")),
        )
        scene.follows(lambda: scene.granted(1))
    scene.rig.take((f"hikvision/{KEY}", scene.line.told[0].payload))
    assert (scene.rig.counters.conflicts, scene.rig.counters.duplicates) == (0, 1)
