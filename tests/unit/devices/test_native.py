"""Our own CloudEvents form: what is accepted, how it is read, and the word for each refusal."""

from typing import Any

import pytest

from core.catalog import CATALOG
from core.event import Record
from core.events import access, camera, vehicle, waste
from core.events.door import Opened
from devices.adapter import Known
from tests.unit.devices.wire import aside, draft, sample, site_with

TOPIC = "site/access/door-07"
FOOD: dict[str, Any] = {"category": "food"}


def event(type: str, data: Any = None, **attributes: Any) -> dict[str, Any]:
    made = {"specversion": "1.0", "id": "n-1", "source": "/devices/door-07", "type": type}
    if data is not None:
        made["data"] = data
    return made | attributes


def test_the_sample_becomes_exactly_this() -> None:
    made = draft(TOPIC, sample("native", "access-granted.json"))
    assert made.id == "door-07-000481"
    assert made.device == "door-07"
    assert made.subject == "door/south-1"
    assert made.time == "2026-03-02T07:41:09+08:00"
    assert made.timequality == "device-zone"
    assert made.origin == "live"
    assert made.origin_source == ""
    assert made.data == access.Granted(
        direction="in",
        credential="card",
        subject_class="resident",
        native={"adapter": "native"},
    )
    assert made.personal is not None
    assert made.personal.kind == "employee"
    assert made.personal.identifier == "R-2048"
    assert made.personal.into == "subject_ref"
    assert made.personal.purpose == "access"
    assert made.personal.fields == {"card": "8800126053", "name": "李小雨", "employee": "R-2048"}


@pytest.mark.parametrize(
    "told",
    ["access.granted.v1", "access.granted", "cn.menwei.access.granted.v1", "x.access.granted"],
)
def test_types_with_and_without_version_and_prefix(told: str) -> None:
    assert draft(TOPIC, event(told, {})).data.TYPE == "access.granted.v1"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("access.granted.v2", "unknown-type"),
        ("granted", "unknown-type"),
        ("access", "unknown-type"),
        ("...", "unknown-type"),
        ("gateway.session.opened.v1", "forbidden-type"),
        ("cn.menwei.gateway.health.reported", "forbidden-type"),
        ("ingest.rejected.v1", "forbidden-type"),
        ("alarm.acknowledged.v1", "forbidden-type"),
        ("cn.menwei.alarm.raised.v9", "forbidden-type"),
        ("device.gap.closed.v3", "forbidden-type"),
        ("cn.menwei.device.epoch.lowered", "forbidden-type"),
        ("device.rebooted.v1", "unknown-type"),
        ("devices.gapless.v1", "unknown-type"),
    ],
)
def test_types_a_device_may_not_say(told: str, reason: str) -> None:
    assert aside(TOPIC, event(told, {}))[:2] == ("native", reason)


JUDGEMENTS = (
    "journal.", "gateway.", "ingest.", "alarm.", "device.gap.", "device.epoch.",
    "device.throttled.", "device.clockskewed.", "device.flapping.", "device.settled.",
    "device.clock.", "device.provisioned.", "device.removed.", "camera.zones.", "quarantine.",
    "raw.",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CATALOG.types if name.startswith(JUDGEMENTS)])
def test_a_device_judges_neither_itself_nor_the_gateway(name: str) -> None:
    data = {"fromRecord": 1, "toRecord": 9, "skewMs": 5, "epoch": 2, "record": 1}
    for told in (name, name.rpartition(".v")[0], f"cn.menwei.{name}"):
        assert aside(TOPIC, event(told, data))[:2] == ("native", "forbidden-type")


def test_what_a_device_may_say_of_itself() -> None:
    assert {name for name in CATALOG.types if name.startswith("device.")} == {
        *(name for name in CATALOG.types if name.startswith(JUDGEMENTS) and "device." in name),
        *(
            "device.connected.v1",
            "device.lost.v1",
            "device.tampered.v1",
            "device.condition.changed.v1",
        ),
    }
    for name in ("device.connected.v1", "device.lost", "device.tampered.v1"):
        assert draft(TOPIC, event(name, {})).data.TYPE.startswith(name)


@pytest.mark.parametrize("missing", ["id", "source", "type"])
@pytest.mark.parametrize("instead", [None, "", 7, "x" * 257, "a\x00b"])
def test_required_attributes(missing: str, instead: Any) -> None:
    body = event("access.granted", {}) | {missing: instead}
    assert aside(TOPIC, body)[:2] == ("native", "field")


def test_the_form_itself() -> None:
    assert aside(TOPIC, [event("access.granted")])[1] == "shape"
    assert aside(TOPIC, {"id": "1"})[1] == "shape"
    assert aside(TOPIC, event("access.granted", specversion="0.3")) == (
        "native", "field", "specversion",
    )  # fmt: skip
    assert aside(TOPIC, event("access.granted", "text"))[1:] == ("field", "data")
    assert aside(TOPIC, event("access.granted", data_base64="aGk="))[1] == "inline-data"


def test_data_may_be_missing_where_nothing_is_required() -> None:
    assert draft(TOPIC, event("door.opened")).data == Opened(native={"adapter": "native"})
    assert aside(TOPIC, event("waste.deposit.recorded"))[1:] == ("field", "category")


@pytest.mark.parametrize(
    ("type", "data", "field"),
    [
        ("access.granted", {"direction": "sideways"}, "direction"),
        ("access.granted", {"credential": 5}, "credential"),
        ("access.granted", {"confidence": "0.9"}, "confidence"),
        ("access.granted", {"confidence": 87}, "confidence out of range"),
        ("access.granted", {"confidence": -0.01}, "confidence out of range"),
        ("waste.deposit.recorded", {"category": "food", "netG": -1}, "netG"),
        ("waste.deposit.recorded", {"category": "food", "netG": "12"}, "netG"),
        ("waste.deposit.recorded", {"category": "food", "netG": 1.5}, "netG"),
        ("waste.deposit.recorded", {"category": "food", "netG": True}, "netG"),
        ("waste.deposit.recorded", FOOD | {"grossG": 5, "tareG": 6}, "tareG above grossG"),
        ("waste.deposit.recorded", FOOD | {"grossG": 5, "netG": 6}, "netG above grossG"),
        ("waste.deposit.recorded", {"category": "厨余"}, "category"),
        ("waste.deposit.recorded", {"category": None}, "category"),
        ("waste.deposit.recorded", {"category": "food", "quality": 1.01}, "quality out of range"),
        ("waste.inspection.recorded", {"purity": 2}, "purity"),
        ("waste.bin.identified", {"uidHex": "hello"}, "uidHex"),
        ("vehicle.positioned", {"lat": 91, "lon": 0}, "lat"),
        ("camera.region.entered", {"box": [0, 0, 1]}, "box"),
        ("camera.region.entered", {"box": [0, 0, 1, 1.5]}, "box out of range"),
        ("camera.region.entered", {"count": 2**60}, "count out of range"),
        ("vehicle.positioned", {"lat": 1, "lon": 1, "alarmBits": 2**70}, "alarmBits out of range"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_its_value_is_not(type: str, data: Any, field: str) -> None:
    assert aside(TOPIC, event(type, data)) == ("native", "field", field)


def test_unknown_fields_are_dropped_and_counted() -> None:
    data = {
        "credential": "face",
        "image": "iVBORw0KGgo=",
        "person": {"name": "李小雨"},
        "direction": None,
        "native": {"adapter": "hikvision", "secret": "李小雨"},
        "pii": {"kid": "x", "ct": "y"},
    }
    made = draft(TOPIC, event("access.granted", data))
    assert made.data == access.Granted(
        credential="face", native={"adapter": "native", "dropped": 2}
    )
    assert made.personal is None


def test_snake_case_is_the_same_field() -> None:
    made = draft(TOPIC, event("waste.deposit.recorded", {"category": "food", "net_g": 120}))
    assert isinstance(made.data, waste.DepositRecorded)
    assert made.data.net_g == 120


def test_pictures_are_references_only() -> None:
    data = {
        "media": [
            {"sha256": "A" * 64, "kind": "face", "ref": "blob:1", "bytes": 10, "thumb": "aGk="},
            {"sha256": "b" * 64, "ref": "data:image/png;base64,aGk="},
        ]
    }
    made = draft(TOPIC, event("access.granted", data)).data
    assert [(one.sha256, one.kind, one.ref, one.bytes) for one in made.media] == [
        ("a" * 64, "face", "blob:1", 10),
        ("b" * 64, "scene", "", 0),
    ]
    assert made.native["dropped"] == 2


@pytest.mark.parametrize(
    ("told", "time", "quality"),
    [
        ("2026-03-02T07:41:09Z", "2026-03-02T07:41:09Z", "device-zone"),
        ("2026-03-02T07:41:09", "2026-03-02T07:41:09+08:00", "device-assumed"),
        (None, "", "gateway"),
    ],
)
def test_times(told: str | None, time: str, quality: str) -> None:
    made = draft(TOPIC, event("door.opened", time=told))
    assert (made.time, made.timequality) == (time, quality)


@pytest.mark.parametrize("told", ["", "soon", 1772408469, "2026-13-01T00:00:00Z", {}])
def test_impossible_times(told: Any) -> None:
    assert aside(TOPIC, event("door.opened", time=told))[:2] == ("native", "time")


def test_origin_and_tracing_are_kept_when_they_are_what_they_should_be() -> None:
    kept = draft(
        TOPIC,
        event(
            "door.opened", origin="backfill", correlationid="c", causationid="e", traceparent="t"
        ),
    )
    assert (kept.origin, kept.correlationid, kept.causationid, kept.traceparent) == (
        "backfill", "c", "e", "t",
    )  # fmt: skip
    odd = draft(TOPIC, event("door.opened", origin="dream", correlationid="x" * 257, causationid=5))
    assert (odd.origin, odd.correlationid, odd.causationid) == ("live", "", "")


@pytest.mark.parametrize(
    ("topic", "source", "device", "kept"),
    [
        ("site/access/door-07", "/devices/door-07", "door-07", ""),
        ("site/access/door-07", "door-07", "door-07", ""),
        ("site/access/door-07", "urn:maker:9", "door-07", "urn:maker:9"),
        ("site/access/block-3/door-07", "x", "door-07", "x"),
        ("", "/devices/door-08", "door-08", ""),
        ("", "https://maker.example/d/door-08/", "door-08", "https://maker.example/d/door-08/"),
        ("site/access", "/devices/door-08", "door-08", ""),
        ("plant/door-09", "/devices/door-08", "door-09", "/devices/door-08"),
        ("site/access/南门 1", "x", "南门-1", "x"),
    ],
)
def test_the_device_is_the_topics_last_level(
    topic: str, source: str, device: str, kept: str
) -> None:
    made = draft(topic, event("door.opened", source=source))
    assert (made.device, made.origin_source) == (device, kept)


@pytest.mark.parametrize(
    ("type", "data", "subject"),
    [
        ("access.granted", {}, "door/d7"),
        ("door.forced", {}, "door/d7"),
        ("gate.tailgated", {}, "gate/d7"),
        ("vehicle.passed", {}, "gate/d7"),
        ("vehicle.denied", {}, "gate/d7"),
        ("vehicle.positioned", {"lat": 1, "lon": 2}, "vehicle/d7"),
        ("camera.video.lost", {}, "camera/d7"),
        ("waste.bin.level.measured", {}, "bin/d7"),
        ("waste.bin.collected", {"bin": "A03-2"}, "bin/A03-2"),
        ("waste.bin.collected", {"bin": "bin/A03-2"}, "bin/A03-2"),
        ("waste.bin.collected", {}, "bin/d7"),
        ("waste.deposit.recorded", {"category": "food", "bin": "A03-2"}, "point/d7"),
        ("waste.inspection.recorded", {"purity": 0.9}, "point/d7"),
        ("waste.load.weighed", {}, "collection/d7"),
        ("device.connected", {}, "device/d7"),
    ],
)
def test_subjects_nobody_gave(type: str, data: Any, subject: str) -> None:
    assert draft("site/x/d7", event(type, data)).subject == subject


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        ("door/south-1", "door/south-1"),
        ("bin/甲区_3.2", "bin/甲区_3.2"),
        ("door/粤B12345", "door/door-07"),
        ("vehicle/粤B·D12345", "door/door-07"),
        ("vehicle/粤B-12345", "vehicle/door-07"),
        ("car/1", "door/door-07"),
        ("door/a/b", "door/door-07"),
        ("door/", "door/door-07"),
        ("door/" + "x" * 65, "door/door-07"),
        (5, "door/door-07"),
    ],
)
def test_subjects_somebody_gave(told: Any, subject: str) -> None:
    assert draft(TOPIC, event("door.opened", subject=told)).subject == subject


def test_the_installers_word_on_a_device() -> None:
    site = site_with("door-07", Known(subject="door/main", name="main"))
    assert draft(TOPIC, event("door.opened"), site).subject == "door/main"
    assert draft(TOPIC, event("door.opened", subject="door/side"), site).subject == "door/side"
    assert draft(TOPIC, event("device.lost"), site).subject == "device/main"
    named = site_with("door-07", Known(name="main"))
    assert draft(TOPIC, event("door.opened"), named).subject == "door/main"


def test_classes_of_the_other_samples() -> None:
    found = {
        name: draft(TOPIC, sample("native", f"{name}.json")).data
        for name in ("access-denied", "deposit-recorded", "bin-collected", "vehicle-passed")
    }
    assert isinstance(found["access-denied"], access.Denied)
    assert found["access-denied"].reason == "liveness-failed"
    assert isinstance(found["deposit-recorded"], waste.DepositRecorded)
    assert found["deposit-recorded"].gross_g == 13340
    assert isinstance(found["bin-collected"], waste.BinCollected)
    assert isinstance(found["vehicle-passed"], vehicle.Passed)
    assert found["vehicle-passed"].plate_color == "green"
    assert not isinstance(found["vehicle-passed"], camera.ObjectRecognized)


@pytest.mark.parametrize(
    ("media", "kept"),
    [([{"sha256": "abc"}], 0), ([5, {"sha256": "a" * 64}], 1), ({"sha256": "a" * 64}, 1), ("x", 0)],
)
def test_a_reference_nobody_can_check_does_not_cost_the_fact(media: Any, kept: int) -> None:
    made = draft(
        TOPIC, event("waste.deposit.recorded", {"category": "food", "netG": 5, "media": media})
    )
    assert len(made.data.media) == kept


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("00000000000000048211", 48211),
        ("0", 0),
        (0, 0),
        (48211, 48211),
        (str(2**53 - 1), 2**53 - 1),
        (2**53, None),
        ("9" * 33, None),
        (-1, None),
        ("-1", None),
        ("+1", None),
        (5.0, None),
        (True, None),
        ("0x10", None),
        ("٤٢", None),
        ("", None),
        (" 7", None),
        ("01HY0000000000000000000007", None),
        (None, None),
        ([5], None),
        ("13800138000", None),  # a mobile number
        ("0013800138000", None),
    ],
)
def test_the_devices_own_count(told: Any, number: int | None) -> None:
    made = draft(TOPIC, event("door.opened", sequence=told)).record
    assert made == (None if number is None else Record("sequence", number))


def test_a_count_that_is_somebodys_number_counts_nothing() -> None:
    body = event("access.granted", {"cardNo": "8800126053"}, sequence=8800126053)
    assert draft(TOPIC, body).record is None


def test_sources_of_one_device_count_each_for_itself() -> None:
    body = event("door.opened", source="urn:maker:9", sequence="7")
    assert draft(TOPIC, body).record == Record("sequence#urn:maker:9", 7)
