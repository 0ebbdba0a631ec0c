"""Number plates, as Hikvision cameras spell them."""

import json
from pathlib import Path

import pytest

from core.event import Draft
from core.events import vehicle
from devices import hikvision
from devices.adapter import Known
from tests.unit.devices.wire import aside, drafts, sample, site_with

SAMPLES = Path(hikvision.__path__[0]) / "samples"
TOPIC = "hikvision/gate-west"
KEY = "025e10bb0003"


def raw(name: str, *changes: tuple[str, str]) -> bytes:
    text = (SAMPLES / name).read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def passed(payload: bytes, known: Known | None = None) -> tuple[Draft, vehicle.Passed]:
    (made,) = drafts(TOPIC, payload, site_with(KEY, known or Known()))
    assert isinstance(made.data, vehicle.Passed)
    return made, made.data


def test_the_sample_becomes_exactly_this() -> None:
    made, data = passed(raw("anpr.xml"))
    assert made.id == "hik:025e10bb0003:anpr:7d1f0b52-93c4-4f0e-8a46-5b2f7c1d0a31"
    assert (made.device, made.subject) == (KEY, f"gate/{KEY}")
    assert (made.time, made.timequality) == ("2026-03-02T07:41:09+08:00", "device-zone")
    assert (made.origin, made.mark, made.record) == ("live", "", None)
    assert data == vehicle.Passed(
        direction="in", plate_color="blue", plate_class="02", vehicle_type="K33", confidence=0.97,
        lane="2", list="temporary",
        native={
            "adapter": "hikvision", "eventType": "ANPR", "channelID": 1, "line": 2,
            "direction": "forward", "listType": "temporary", "plateType": "unknown",
            "plateTypeByGAT": "2", "plateColorByGAT": "2", "vehicleType": "SUVMPV",
            "vehicleTypeByGAT": "K33", "colorByGAT": "A", "color": "white", "detectDir": 8,
            "detectType": 2, "carDirectionType": 0, "barrierGateCtrlType": 1, "alarmDataType": 0,
            "illegalCode": 0,
        },
    )  # fmt: skip
    assert made.personal is not None
    assert (made.personal.kind, made.personal.into) == ("plate", "plate_ref")
    assert made.personal.fields == {"plate": "粤XD40217"}
    assert made.personal.purpose == "vehicle"


def test_the_newest_firmware_sends_no_national_codes() -> None:
    _, data = passed(raw("anpr-without-codes.xml"))
    assert (data.plate_class, data.vehicle_type, data.list) == ("", "SUVMPV", "white")
    assert "plateTypeByGAT" not in data.native
    _, right = passed(raw("anpr.xml", ("palteTypeByGAT", "plateTypeByGAT")))
    assert right.plate_class == "02"


def test_the_block_list_denies() -> None:
    (made,) = drafts(TOPIC, raw("anpr-block-list.xml"))
    assert isinstance(made.data, vehicle.VehicleDenied)
    assert (made.data.list, made.data.reason) == ("black", "blocked")
    assert made.personal is not None


def test_json_says_the_same_and_sent_again_is_history() -> None:
    made, data = passed(json.dumps(sample("hikvision", "anpr-resent.json")).encode())
    assert made.origin == "backfill"
    assert made.id.endswith("5b2f7c1d0a32")
    assert (data.direction, data.list, data.confidence) == ("out", "white", 0.91)
    assert (data.plate_color, data.plate_class) == ("newEnergyGreen", "newEnergy")
    wrapped = {"EventNotificationAlert": sample("hikvision", "anpr-resent.json")}
    assert drafts(TOPIC, wrapped) == drafts(TOPIC, sample("hikvision", "anpr-resent.json"))


def test_what_was_recorded_while_offline_is_history() -> None:
    changed = ("<alarmDataType>0<", "<alarmDataType>1<")
    made, data = passed(raw("anpr.xml", changed))
    assert (made.origin, data.barrier) == ("backfill", "not-opened")
    opened = passed(raw("anpr.xml", changed, ("CtrlType>1<", "CtrlType>0<")))[1]
    assert opened.barrier == "opened"
    assert passed(raw("anpr.xml"))[1].barrier == ""


@pytest.mark.parametrize(
    ("told", "readers", "way"),
    [
        ("forward", {}, "in"), ("reverse", {}, "out"), ("unknown", {}, "unknown"),
        ("forward", {"2": "out"}, "out"), ("reverse", {"2": "out"}, "in"),
        ("forward", {"1": "out"}, "in"), ("forward", {"*": "out"}, "out"),
    ],
)  # fmt: skip
def test_the_way_is_the_installers_word_for_a_lane(
    told: str, readers: dict[str, str], way: str
) -> None:
    known = Known(readers=readers)  # type: ignore[arg-type]
    payload = raw("anpr.xml", ("<direction>forward<", f"<direction>{told}<"))
    assert passed(payload, known)[1].direction == way


@pytest.mark.parametrize(
    "plate", ["unknown", "", "无车牌", "无牌车", "noPlate", "no plate", "--", "??"]
)
def test_a_vehicle_without_a_plate_is_nobody(plate: str) -> None:
    changed = ("<licensePlate>粤XD40217<", f"<licensePlate>{plate}<")
    made, _ = passed(raw("anpr.xml", changed))
    assert made.personal is None


def test_a_corrected_plate_keeps_the_original_sealed() -> None:
    made, _ = passed(raw("anpr.xml", ("<originalLicensePlate>粤X", "<originalLicensePlate>粤K")))
    assert made.personal is not None
    assert made.personal.fields == {"plate": "粤XD40217", "originalPlate": "粤KD40217"}


def test_without_its_own_number_it_is_known_by_moment_and_plate() -> None:
    uuid = ("<UUID>7d1f0b52-93c4-4f0e-8a46-5b2f7c1d0a31</UUID>", "")
    first, again = passed(raw("anpr.xml", uuid))[0], raw("anpr.xml", uuid, (">41<", ">42<"))
    assert (first.id, first.mark) == (passed(again)[0].id, "粤XD40217")
    assert "粤" not in first.id
    later = passed(raw("anpr.xml", uuid, ("07:41:09", "07:41:10")))[0]
    assert later.id != first.id
    named = passed(raw("anpr.xml", (uuid[0], "<UUID>粤XD40217</UUID>")))[0]
    assert named.id == first.id


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("said", ["UTF-8", "GB2312", "utf-16", ""])
def test_whatever_the_charset_is_called(charset: str, said: str) -> None:
    declared = f' encoding="{said}"' if said else ""
    text = raw("anpr.xml", (' encoding="UTF-8"', declared)).decode()
    made, _ = passed(text.encode(charset))
    assert made.personal is not None
    assert made.personal.identifier == "粤XD40217"


@pytest.mark.parametrize("told", ["101", "-1", "many"])
def test_a_confidence_out_of_range_is_none(told: str) -> None:
    changed = ("<confidenceLevel>97<", f"<confidenceLevel>{told}<")
    assert passed(raw("anpr.xml", changed))[1].confidence is None


def test_a_plate_where_a_code_belongs_is_not_kept() -> None:
    names = ("plateType", "plateColor", "vehicleType", "listType", "colorByGAT", "direction")
    for name in names:
        text = raw("anpr.xml").decode()
        start = text.index(f"<{name}>") + len(name) + 2
        end = text.index("<", start)
        made, data = passed((text[:start] + "粤XD40217" + text[end:]).encode())
        assert "40217" not in repr(data)
        assert "40217" not in made.id + made.subject


def test_an_alert_about_plates_without_one_is_set_aside() -> None:
    text = raw("anpr.xml").decode()
    start, end = text.index("<ANPR>"), text.index("</ANPR>") + 7
    assert aside(TOPIC, (text[:start] + text[end:]).encode())[:2] == ("hikvision", "shape")


@pytest.mark.parametrize(
    ("name", "kind"), [("blackList", "black"), ("whiteList", "white"), ("otherList", "unknown")]
)
def test_the_list_by_its_name(name: str, kind: str) -> None:
    told = raw(
        "anpr.xml",
        ("<listType>temporary</listType>", f"<vehicleListName>{name}</vehicleListName>"),
    )
    (made,) = drafts(TOPIC, told)
    assert isinstance(made.data, vehicle.VehicleDenied if kind == "black" else vehicle.Passed)
    assert made.data.list == kind
