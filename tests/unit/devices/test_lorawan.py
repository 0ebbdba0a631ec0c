"""EM400 sensors: the channel bytes, the formatter's values, and the servers' envelopes."""

import base64
import json
import struct
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from core.errors import Undecodable
from core.event import Record
from core.events import waste
from devices import registry
from devices.adapter import Known
from devices.lorawan.channels import Reading, read
from devices.lorawan.simulate import Sounder
from tests.unit.devices.wire import SHANGHAI, aside, draft, drafts, message, sample, site_with

TOPIC = "v3/waste@compound/devices/bin-b07/up"
CHIRPSTACK = "application/17c82e96/device/24e124713dff0007/event/up"
SESSION = "AZx0nP2kQ1mB7c9dEfGh8w=="


def uplink(**message: Any) -> dict[str, Any]:
    """The plain uplink with other values; None takes one away. `frame` is hex."""
    made: dict[str, Any] = sample("lorawan", "tts-em400mud.json")
    if "frame" in message:
        told = bytes.fromhex(message.pop("frame"))
        message["frm_payload"] = base64.b64encode(told).decode()
    merged = made["uplink_message"] | message
    made["uplink_message"] = {key: value for key, value in merged.items() if value is not None}
    return made


def measured(body: Any) -> waste.LevelMeasured:
    data = draft(TOPIC, body).data
    assert isinstance(data, waste.LevelMeasured)
    return data


def test_the_sample_becomes_exactly_this() -> None:
    made = draft(TOPIC, sample("lorawan", "tts-em400mud.json"))
    assert made.id == f"tts:24e124713dff0007:1:{SESSION}:612"
    assert (made.device, made.subject) == ("bin-b07", "bin/bin-b07")
    assert (made.time, made.timequality) == ("2026-03-02T11:05:30.123Z", "device-zone")
    assert made.data == waste.LevelMeasured(
        distance_mm=1588,
        temperature_cel=26.4,
        battery_pct=91,
        position="normal",
        native={"adapter": "lorawan", "fPort": 85, "fCnt": 612, "rssi": -101, "snr": 5.5},
    )
    assert made.personal is None


def test_alarms_are_events_of_their_own() -> None:
    level, overflow, smoke = drafts(TOPIC, sample("lorawan", "tts-em400mud-alarms.json"))
    assert isinstance(level.data, waste.LevelMeasured)
    assert (level.data.distance_mm, level.data.position) == (150, "tilt")
    assert isinstance(overflow.data, waste.Overflowed)
    assert isinstance(smoke.data, waste.SmokeDetected)
    assert overflow.data.source == "sensor"
    assert overflow.id == f"{level.id}:overflow"
    assert smoke.id == f"{level.id}:smoke"


def test_an_alarm_that_ends_is_a_measurement() -> None:
    assert measured(uplink(frame="8482340600")).distance_mm == 1588
    assert measured(uplink(frame="8367080100")).temperature_cel == 26.4


def test_values_of_the_formatter_where_the_bytes_are_missing() -> None:
    made = draft(TOPIC, sample("lorawan", "tts-em400mud-decoded-only.json"))
    assert isinstance(made.data, waste.LevelMeasured)
    assert (made.data.distance_mm, made.data.battery_pct) == (1588, 91)
    # The Things Stack leaves a counter of 0 out; so does a server that has none at all.
    assert ":0:2026-" in made.id
    values = {
        "distance": "150.4",
        "distance_alarm": "threshold_alarm",
        "temperature_abnormal": True,
    }
    types = [
        each.data.TYPE for each in drafts(TOPIC, uplink(frm_payload=None, decoded_payload=values))
    ]
    assert types == [
        "waste.bin.level.measured.v1",
        "waste.bin.overflowed.v1",
        "waste.bin.smoke.detected.v1",
    ]
    calm = {"distance": 150, "distance_alarm": "threshold_alarm_release", "temperature_alarm": 0}
    assert len(drafts(TOPIC, uplink(frm_payload=None, decoded_payload=calm))) == 1


def test_the_bytes_are_believed_before_the_formatter() -> None:
    assert measured(uplink(decoded_payload={"distance": 5})).distance_mm == 1588


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("01755C0367010104824408050001",
         Reading(battery_pct=92, temperature_cel=25.7, distance_mm=2116, tilted=True)),
        ("0367ffff", Reading(temperature_cel=-0.1)),
        ("0482ffff", Reading()),
        ("04820000", Reading(distance_mm=0)),
        ("0175ff", Reading()),
        ("050000", Reading(tilted=False)),
        ("b482e80301", Reading(distance_mm=1000, blind=True)),
        ("06c7100004820100", Reading(distance_mm=1)),
        ("8482e80301", Reading(distance_mm=1000, distance_alarm=True)),
        ("8367260201", Reading(temperature_cel=55.0, temperature_alarm=True)),
        ("ff0bffff0101ff166785b12345670001ff090300ff0a0101ff0f00ffff0100fffe01", Reading()),
        ("", Reading()),
    ],
)  # fmt: skip
def test_channels(frame: str, expected: Reading) -> None:
    assert read(bytes.fromhex(frame)) == expected


@pytest.mark.parametrize("frame", ["01", "0175", "036701", "048201", "84820100", "ff16", "0775ff"])
def test_other_models_and_cut_frames(frame: str) -> None:
    with pytest.raises(Undecodable) as refusal:
        read(bytes.fromhex(frame))
    assert refusal.value.reason == "shape"
    assert aside(TOPIC, uplink(frame=frame))[:2] == ("lorawan", "shape")


@pytest.mark.parametrize("frame", ["ff03b004", "fe02580a", "ff10ff", "ff0609d007d00700000000"])
def test_an_answer_to_a_downlink_says_nothing(frame: str) -> None:
    assert drafts(TOPIC, uplink(frame=frame)) == ()


def test_a_join_report_says_nothing() -> None:
    assert drafts(TOPIC, uplink(frame="ff0bffff0101")) == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (uplink(frm_payload="no base64!"), "field"),
        (uplink(frm_payload=5), "field"),
        (uplink(frm_payload=None, decoded_payload={"CO2": 400}), "shape"),
        (uplink(received_at="soon"), "time"),
        ({"end_device_ids": {}, "uplink_message": []}, "shape"),
        ({"uplink_message": {}}, "shape"),
        ([], "shape"),
    ],
)
def test_refusals(body: Any, reason: str) -> None:
    assert aside(TOPIC, body)[:2] == ("lorawan", reason)


def test_ids_without_a_session_key() -> None:
    body = uplink(session_key_id=None)
    assert draft(TOPIC, body).id == "tts:24e124713dff0007:1:00C0FFEE:612"
    del body["end_device_ids"]["dev_addr"]
    assert len(draft(TOPIC, body).id) == len("tts:24e124713dff0007:") + 32
    del body["end_device_ids"]["dev_eui"]
    assert draft(TOPIC, body).id.startswith("tts:bin-b07:")


def test_the_device_is_in_the_payload_or_in_the_topic() -> None:
    body = uplink()
    del body["end_device_ids"]["device_id"]
    assert draft(TOPIC, body).device == "bin-b07"
    assert draft("", body).device == "24e124713dff0007"
    body["end_device_ids"] = {}
    assert aside("", body)[:2] == ("lorawan", "field")


def test_times_fall_back_to_the_application_server() -> None:
    body = uplink(received_at=None)
    assert draft(TOPIC, body).time == "2026-03-02T11:05:30.333Z"
    del body["received_at"]
    assert draft(TOPIC, body).timequality == "gateway"


def test_the_installers_word() -> None:
    body = uplink()
    assert draft(TOPIC, body, site_with("bin-b07", Known(subject="bin/B07"))).subject == "bin/B07"
    assert draft(TOPIC, body, site_with("bin-b07", Known(name="B07"))).subject == "bin/B07"


def test_chirpstack_says_the_same() -> None:
    made = draft(CHIRPSTACK, sample("lorawan", "chirpstack-em400mud.json"))
    same = draft(TOPIC, sample("lorawan", "tts-em400mud.json"))
    assert made.data == same.data
    assert (made.device, made.time, made.subject) == (same.device, same.time, same.subject)
    assert made.id == "cs:24e124713dff0007:1:00c0ffee:612"


def test_frames_are_counted_within_their_session() -> None:
    assert draft(TOPIC, uplink()).record == Record(f"fCnt:{SESSION}", 612)
    joined = draft(TOPIC, uplink(session_key_id="AZx0nP2kQ1mB7c9dEfGh9w==", f_cnt=None))
    assert joined.record == Record("fCnt:AZx0nP2kQ1mB7c9dEfGh9w==", 0)  # 0 is left out
    personalised = draft(TOPIC, uplink(session_key_id=None, f_cnt=2**32 - 1))
    assert personalised.record == Record("fCnt:00C0FFEE", 2**32 - 1)
    chirpstack = draft(CHIRPSTACK, sample("lorawan", "chirpstack-em400mud.json"))
    assert chirpstack.record == Record("fCnt:00c0ffee", 612)


def test_facts_of_one_frame_share_its_count() -> None:
    found = drafts(TOPIC, sample("lorawan", "tts-em400mud-alarms.json"))
    assert [one.record for one in found] == [Record(f"fCnt:{SESSION}", 613)] * 3


@pytest.mark.parametrize("told", ["soon", -1, 5.5, True, [], 2**60])
def test_what_is_no_count_counts_nothing(told: Any) -> None:
    assert draft(TOPIC, uplink(f_cnt=told)).record is None


def test_without_a_session_nothing_can_be_counted() -> None:
    body = uplink(session_key_id=None)
    del body["end_device_ids"]["dev_addr"]
    assert draft(TOPIC, body).record is None


DDS75 = "v3/waste@compound/devices/bin-c11/up"


def dds75(frame: bytes, port: int = 2, **message: Any) -> dict[str, Any]:
    made: dict[str, Any] = sample("lorawan", "tts-dds75.json")
    told = {"frm_payload": base64.b64encode(frame).decode(), "f_port": port} | message
    merged = made["uplink_message"] | told
    made["uplink_message"] = {key: value for key, value in merged.items() if value is not None}
    return made


def test_a_dds75_measures() -> None:
    made = draft(DDS75, sample("lorawan", "tts-dds75.json"))
    assert made.id == "tts:a840413dff000011:1:AZx0nP2kQ1mB7c9dEfGh8A==:40"
    assert made.record == Record("fCnt:AZx0nP2kQ1mB7c9dEfGh8A==", 40)
    assert made.data == waste.LevelMeasured(
        distance_mm=1031,
        temperature_cel=26.1,
        battery_v=3.3,
        native={
            "adapter": "lorawan", "fPort": 2, "fCnt": 40, "rssi": -88, "snr": 6, "interrupt": 0,
            "probe": 1,
        },
    )  # fmt: skip


def test_three_probes_over_one_bin() -> None:
    frame = struct.pack(">HhHHHB", 3310, -15, 20, 812, 790, 0x11)
    data = draft(DDS75, dds75(frame)).data
    assert isinstance(data, waste.LevelMeasured)
    assert (data.distance_mm, data.temperature_cel, data.battery_v) == (812, -1.5, 3.31)
    assert [data.native[f"distance{probe}"] for probe in (1, 2, 3)] == [20, 812, 790]


@pytest.mark.parametrize("distance", [0, 20, 0xFFFF])
def test_what_is_no_distance(distance: int) -> None:
    data = draft(DDS75, dds75(struct.pack(">HHBhB", 3300, distance, 0, 0x7FFF, 0))).data
    assert isinstance(data, waste.LevelMeasured)
    assert (data.distance_mm, data.temperature_cel, data.battery_v) == (None, None, 3.3)


def test_a_datalog_is_history() -> None:
    first, second = drafts(DDS75, sample("lorawan", "tts-dds75-datalog.json"))
    assert first.id == "tts:a840413dff000011:1:log:1772448624"
    assert (first.time, first.timequality) == ("2026-03-02T10:50:24.000Z", "device-zone")
    assert {first.origin, second.origin} == {"backfill"}
    assert first.record is None
    assert isinstance(second.data, waste.LevelMeasured)
    assert second.data.distance_mm == 1051
    polled = sample("lorawan", "tts-dds75-datalog.json")
    polled["uplink_message"]["f_cnt"] = 43
    assert drafts(DDS75, polled) == (first, second)  # polled again, it is the same


def test_a_record_of_a_clock_that_was_never_set() -> None:
    (made,) = drafts(DDS75, dds75(struct.pack(">HHHBI", 1031, 0, 0, 0, 7), 3))
    assert (made.time, made.timequality, made.origin) == ("", "gateway", "backfill")
    assert drafts(DDS75, dds75(b"", 3, decoded_payload={"x": 1}, frm_payload="")) == ()


def test_a_dds75s_status() -> None:
    data = draft(DDS75, dds75(bytes([0x27, 0x01, 0x32, 0x0B, 0xFF, 0x0C, 0xE4]), 5)).data
    assert isinstance(data, waste.LevelMeasured)
    assert data.battery_v == 3.3
    assert (data.native["model"], data.native["firmware"]) == ("DDS75-LB", "1.3.2")


@pytest.mark.parametrize(("frame", "port"), [(b"\x0c\xe4", 2), (b"x" * 12, 3), (b"x" * 7, 5)])
def test_other_lengths_are_other_models(frame: bytes, port: int) -> None:
    assert aside(DDS75, dds75(frame, port))[:2] == ("lorawan", "shape")


def test_which_sensor_it_is_is_never_guessed() -> None:
    frame = struct.pack(">HHBhB", 3300, 1031, 0, 261, 1)
    unnamed = dds75(frame, version_ids=None)
    assert aside(DDS75, unnamed)[:2] == ("lorawan", "shape")
    told = site_with("bin-c11", Known(options={"model": "DDS75-LB"}))
    assert len(drafts(DDS75, unnamed, told)) == 1
    assert aside(DDS75, unnamed, site_with("bin-c11", Known(options={"model": "x"})))[1] == "shape"
    formatted = dds75(
        frame, version_ids=None, frm_payload=None,
        decoded_payload={"battery": 3.3, "distance1": 1031, "distance2": 0, "distance3": 0},
    )  # fmt: skip
    data = draft(DDS75, formatted).data
    assert isinstance(data, waste.LevelMeasured)
    assert (data.distance_mm, data.battery_v, data.battery_pct) == (1031, 3.3, None)
    em400 = uplink(f_port=2)
    assert measured(em400).distance_mm == 1588  # its channels show what it is
    profiled = sample("lorawan", "chirpstack-em400mud.json")
    profiled["deviceInfo"]["deviceProfileName"] = "Dragino DDS75-LB"
    profiled |= {"fPort": 2, "data": base64.b64encode(frame).decode()}
    assert len(drafts(CHIRPSTACK, profiled)) == 1


def test_a_battery_is_told_by_chirpstack() -> None:
    topic = CHIRPSTACK.replace("/up", "/status")
    body = sample("lorawan", "chirpstack-status.json")
    made = draft(topic, body)
    assert made.id == "cs:24e124713dff0007:1:status:b1a5c7d2-3e1f-4c7a-8f2d-9b6c5d4e3f2a"
    assert made.data == waste.LevelMeasured(
        battery_pct=91.34, native={"adapter": "lorawan", "margin": 14}
    )
    outcome = registry.decode(message(topic, body | {"batteryLevelUnavailable": True}), SHANGHAI)
    assert outcome == registry.Decoded("lorawan", (), ("bin-b07",))


def test_a_battery_as_the_third_version_tells_it() -> None:
    topic = "application/4/device/24e124713dff0007/event/status"
    body = {
        "applicationID": "4", "deviceName": "bin-b07", "devEUI": "JOEkcT3/AAc=", "margin": 9,
        "externalPowerSource": False, "batteryLevelUnavailable": False, "batteryLevel": 75.5,
    }  # fmt: skip
    made = draft(topic, body)
    assert made.subject == "bin/bin-b07"
    assert made.id.startswith("cs:24e124713dff0007:1:status:")
    assert isinstance(made.data, waste.LevelMeasured)
    assert (made.data.battery_pct, made.unnumbered) == (75.5, True)
    assert draft(topic, body | {"batteryLevel": 75.1}).id != made.id  # it tells no time


@pytest.mark.parametrize(
    ("topic", "body", "device"),
    [
        ("v3/a@t/devices/bin-b07/join", {"join_accept": {}}, ("bin-b07",)),
        ("application/1/device/24e1/event/join", {"deviceInfo": {"deviceName": "b7"}}, ("b7",)),
        ("application/1/device/24e1/event/join", {}, ("24e1",)),
        ("application/1/device/24e1/event/join", {"devEUI": "24e1", "deviceName": "b"}, ("b",)),
        ("v3/a@t/devices/bin-b07/down/sent", {}, ()),
        ("application/1/device/24e1/event/txack", {}, ()),
    ],
)
def test_who_joins_is_alive(topic: str, body: Any, device: tuple[str, ...]) -> None:
    outcome = registry.decode(message(topic, body), SHANGHAI)
    assert outcome == registry.Decoded("lorawan", (), device)


FRAME = "01755C0367010104824408050001"
V3: dict[str, Any] = {
    "applicationID": "4", "applicationName": "waste", "deviceName": "bin-b07",
    "devEUI": "24e124713dff0007", "devAddr": "260bcb29", "adr": True, "fCnt": 31, "fPort": 85,
    "data": base64.b64encode(bytes.fromhex(FRAME)).decode(),
    "rxInfo": [{"gatewayID": "0101", "time": "2026-03-02T11:05:30.123Z", "rssi": -97,
                "loRaSNR": 7.2}],
}  # fmt: skip


def test_chirpstack_v3_says_the_same_in_other_words() -> None:
    up = "application/4/device/24e124713dff0007/event/up"
    made = draft(up, V3)
    assert made.id == "cs:24e124713dff0007:1:260bcb29:31"
    assert (made.device, made.time) == ("bin-b07", "2026-03-02T11:05:30.123Z")
    assert isinstance(made.data, waste.LevelMeasured)
    assert (made.data.distance_mm, made.data.native["snr"]) == (2116, 7.2)
    assert draft(up.replace("event/up", "rx"), V3) == draft("", V3) == made
    packed = V3 | {"devEUI": "JOEkcT3/AAc=", "devAddr": "JgvLKQ=="}
    assert draft("", packed).id == made.id
    renamed = {"devEUI": "devEui", "applicationID": "applicationId"}
    assert draft("", {renamed.get(key, key): value for key, value in V3.items()}) == made
    secretive = draft("", {key: value for key, value in V3.items() if key != "devAddr"})
    assert secretive.id == "cs:24e124713dff0007:1:2026-03-02T11-05-30.123Z:31"
    assert (made.record, secretive.record) == (Record("fCnt:260bcb29", 31), None)
    told = {key: value for key, value in V3.items() if key not in ("data", "rxInfo")}
    told |= {"objectJSON": '{"distance":2116}', "publishedAt": "2026-03-02T11:05:31Z"}
    other = draft("", told)
    assert isinstance(other.data, waste.LevelMeasured)
    assert (other.data.distance_mm, other.time) == (2116, "2026-03-02T11:05:31Z")
    assert aside(up, V3 | {"data": None, "objectJSON": "{"})[:2] == ("lorawan", "field")


@pytest.mark.parametrize("frame", [FRAME, FRAME.lower()])
def test_bytes_in_hex(frame: str) -> None:
    assert measured(uplink(frm_payload=frame)).distance_mm == 2116


def test_an_uplink_without_a_payload_is_a_sign_of_life() -> None:
    body = uplink(frm_payload=None, decoded_payload=None, f_port=None)
    assert registry.decode(message(TOPIC, body), SHANGHAI) == registry.Decoded(
        "lorawan", (), ("bin-b07",)
    )
    assert drafts(CHIRPSTACK, {"deviceInfo": {"deviceName": "b7"}, "fCnt": 3}) == ()


def test_normalised_it_is_the_same_uplink() -> None:
    body = sample("lorawan", "tts-em400mud.json")
    other = {key: value for key, value in body.items() if key != "uplink_message"}
    other["uplink_normalized"] = body["uplink_message"] | {"normalized_payload": {"air": {}}}
    assert draft(f"{TOPIC}/normalized", other) == draft("", other) == draft(TOPIC, body)


def test_several_in_one_list_and_out_of_the_servers_storage() -> None:
    first = sample("lorawan", "tts-em400mud.json")
    both = [first, uplink(f_cnt=613)]
    assert drafts(TOPIC, both) == drafts("", both)
    assert len(drafts("", both)) == 2
    kept = draft("", {"result": first})
    assert (kept.id, kept.origin) == (draft(TOPIC, first).id, "backfill")


def test_the_servers_storage_line_by_line() -> None:
    one, two = uplink(), uplink(f_cnt=9001)
    lines = b"\n".join(json.dumps({"result": each}).encode() for each in (one, two, one)) + b"\n"
    told = drafts("", lines)
    assert [each.id for each in told] == [draft(TOPIC, each).id for each in (one, two)]
    assert {each.origin for each in told} == {"backfill"}
    assert aside("", lines + b'{"error": {}}\n')[:2] == ("lorawan", "shape")


def test_a_model_the_server_knows_and_we_do_not() -> None:
    other = uplink(frame="017564", version_ids={"brand_id": "milesight-iot", "model_id": "ws301"})
    assert aside(TOPIC, other)[:2] == ("lorawan", "shape")
    overruled = site_with("bin-b07", Known(options={"model": "em400"}))
    assert len(drafts(TOPIC, other, overruled)) == 1


def test_other_messages_of_the_server_without_their_topic() -> None:
    ids = sample("lorawan", "tts-em400mud.json")["end_device_ids"]
    for name in ("join_accept", "downlink_ack", "location_solved"):
        assert drafts("", {"end_device_ids": ids, name: {}}) == ()


def test_a_codecs_vector() -> None:
    made = draft("", sample("lorawan", "codec-em400mud.json"))
    assert isinstance(made.data, waste.LevelMeasured)
    assert (made.data.distance_mm, made.data.battery_pct) == (1588, 91)
    assert (made.device, made.unnumbered) == ("em400-mud", True)
    assert aside("", {"bytes_hex": "zz"})[:2] == ("lorawan", "field")


def test_the_simulated_sounder_is_understood() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    one = Sounder(
        "bin-c11", "A840413DFF000011", application="waste", tenant="c", gateway="g",
        joined="1", rng=Random(3),
    )  # fmt: skip
    live = one.sounding(at, distance_mm=812, battery_v=3.3)
    data = draft(live.topic, live.payload).data
    assert isinstance(data, waste.LevelMeasured)
    assert (data.distance_mm, data.battery_v, data.temperature_cel) == (812, 3.3, 20.0)
    told = one.log(at, [(at - timedelta(hours=2), 700), (at - timedelta(hours=1), 750)])
    assert [each.origin for each in drafts(told.topic, told.payload)] == ["backfill"] * 2
