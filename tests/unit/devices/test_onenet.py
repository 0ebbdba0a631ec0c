"""Smart bins: whole grams, a lift weighed twice, and nothing that is told of dropped."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core.events import device, waste
from devices import registry
from devices.adapter import Known, Site
from devices.onenet.simulate import SmartBin
from tests.unit.devices.wire import SHANGHAI, aside, draft, drafts, message, sample, site_with

EVENT = "$sys/smartbin/bin-a03/thing/event/post"
PROPERTY = "$sys/smartbin/bin-a03/thing/property/post"
SORTED = site_with("bin-a03", Known(subject="point/north", options={"1": "food", "A": "hazardous"}))


def told(name: str, value: Any, time: Any = 1772449200000) -> dict[str, Any]:
    return {"id": "1", "version": "1.0", "params": {name: {"value": value, "time": time}}}


def test_a_delivery_in_whole_grams() -> None:
    made = draft(EVENT, sample("onenet", "delivery.json"), SORTED)
    assert made.id == "onenet:bin-a03:1:delivery:1:1772449200000"
    assert (made.device, made.subject) == ("bin-a03", "point/north")
    assert (made.time, made.timequality) == ("2026-03-02T11:00:00.000Z", "device-zone")
    assert made.data == waste.DepositRecorded(
        category="food", bin="bin-a03-1", net_g=1235, native={"adapter": "onenet", "door": "1"}
    )
    assert "pictures.example" not in msgspec.json.encode(made).decode()


def test_a_door_nobody_told_of_is_the_rest_and_says_so() -> None:
    made = draft(EVENT, sample("onenet", "delivery.json"))
    assert isinstance(made.data, waste.DepositRecorded)
    assert (made.data.category, made.data.native["assumed"]) == ("residual", "category")


def test_a_lift_is_weighed_twice() -> None:
    full = draft(EVENT, sample("onenet", "clean-gross.json"))
    empty = draft(EVENT, sample("onenet", "clean-tare.json"))
    assert isinstance(full.data, waste.BinCollected)
    assert (full.data.gross_g, full.data.tare_g, full.data.net_g) == (14600, None, None)
    assert isinstance(empty.data, waste.BinTared)
    assert (empty.data.tare_g, empty.data.collection) == (900, full.id)
    assert full.correlationid == empty.correlationid == "onenet:bin-a03:1:clean:77"


def test_both_weights_together_are_one_lift() -> None:
    made = drafts("", sample("onenet", "together.json"))
    assert [each.data.TYPE for each in made] == [
        "waste.bin.collected.v1", "waste.bin.overflowed.v1", "waste.bin.smoke.detected.v1",
    ]  # fmt: skip
    lift = made[0].data
    assert isinstance(lift, waste.BinCollected)
    assert (lift.gross_g, lift.tare_g, lift.net_g) == (12500, 800, 11700)
    wrong = sample("onenet", "together.json")
    wrong["events"][1]["cleanTare"]["value"]["weight"] = 99
    assert aside("", wrong)[:2] == ("onenet", "field")


def test_states_of_doors_are_grams() -> None:
    first, second, smoke = drafts(PROPERTY, sample("onenet", "door-states.json"))
    assert first.data == waste.LevelMeasured(
        weight_g=1235, fullness=0.12, native={"adapter": "onenet", "door": "1"}
    )
    assert (first.subject, second.subject) == ("bin/bin-a03-1", "bin/bin-a03-2")
    assert isinstance(smoke.data, waste.SmokeDetected)
    assert smoke.subject == "bin/bin-a03-2"


def test_a_door_with_a_name_of_its_own() -> None:
    site = Site(zone=SHANGHAI.zone, devices={"bin-a03-1": Known(subject="bin/A03-1")})
    assert drafts(PROPERTY, sample("onenet", "door-states.json"), site)[0].subject == "bin/A03-1"
    delivery = draft(EVENT, sample("onenet", "delivery.json"), site).data
    assert isinstance(delivery, waste.DepositRecorded)
    assert delivery.bin == "A03-1"


@pytest.mark.parametrize(
    ("name", "value", "type"),
    [
        ("spillAlarm", {"doorIndex": 1, "fullness": 100}, "waste.bin.overflowed.v1"),
        ("spillAlarm", {"doorIndex": 1, "fullness": 0}, "waste.bin.cleared.v1"),
        ("smokeAlarm", {"doorIndex": 1, "temperature": 0.0}, "waste.bin.smoke.detected.v1"),
        ("smokeAlarm", {"doorIndex": 1, "smoke": 0}, ""),
        ("doorBroken", {"doorIndex": 1}, "device.condition.changed.v1"),
    ],
)
def test_alarms(name: str, value: Any, type: str) -> None:
    assert [each.data.TYPE for each in drafts(EVENT, told(name, value))] == ([type] if type else [])


def test_an_event_of_another_model_keeps_its_name() -> None:
    data = draft(EVENT, told("doorBroken", {"doorIndex": 2})).data
    assert isinstance(data, device.ConditionChanged)
    assert (data.condition, data.part) == ("door-broken", "2")


def test_telemetry_is_a_sign_of_life() -> None:
    outcome = registry.decode(message(PROPERTY, told("rssi", -40)), SHANGHAI)
    assert outcome == registry.Decoded("onenet", (), ("bin-a03",))
    assert drafts("$sys/smartbin/bin-a03/thing/event/post/reply", {"code": 200}) == ()
    assert drafts("$sys/smartbin/bin-a03/thing/service/reboot/invoke", {"id": "1"}) == ()


def test_what_was_kept_while_offline_is_history() -> None:
    body = {
        "params": [
            {
                "identity": {"productID": "smartbin", "deviceName": "bin-a09"},
                "properties": {},
                "events": {"deliveryComplete": [
                    {"value": {"doorIndex": 1, "weight": 0.5}, "time": 1772449200000},
                    {"value": {"doorIndex": 1, "weight": 0.7}, "time": 1772449260000},
                ]},
            }
        ]
    }  # fmt: skip
    made = drafts("$sys/smartbin/bin-a03/thing/history/post", body)
    assert [each.origin for each in made] == ["backfill", "backfill"]
    assert {each.device for each in made} == {"bin-a09"}


def test_an_android_brain() -> None:
    made = draft("", sample("onenet", "android-post.json"))
    assert isinstance(made.data, waste.DepositRecorded)
    assert (made.data.net_g, made.data.bin) == (350, "bin-a05-A")
    assert made.personal is not None
    assert (made.personal.identifier, made.personal.into) == ("R-20481", "resident_ref")
    assert "R-20481" not in made.id + made.subject
    fractions = sample("onenet", "android-post.json") | {
        "post_weight": 0.35, "former_weight": 8.2, "now_weight": 8.55, "bin_type": "a",
    }  # fmt: skip
    kilograms = draft("", fractions, site_with("bin-a05", Known(options={"A": "hazardous"}))).data
    assert isinstance(kilograms, waste.DepositRecorded)
    assert (kilograms.net_g, kilograms.category) == (350, "hazardous")
    without = {key: value for key, value in fractions.items() if key != "post_weight"}
    assert draft("", without).data == draft("", fractions).data


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (told("deliveryComplete", {"doorIndex": 1}), "field"),
        (told("deliveryComplete", {"doorIndex": 1, "weight": -1}), "field"),
        (told("deliveryComplete", {"doorIndex": 1, "weight": 1e9}), "field"),
        (told("deliveryComplete", {"doorIndex": 1, "weight": 1e308}), "field"),
        (told("deliveryComplete", {"doorIndex": 1, "weight": 1}, 1e30), "time"),
        ([1], "shape"),
    ],
)
def test_refusals(body: Any, reason: str) -> None:
    assert aside(EVENT, body)[:2] == ("onenet", reason)


@pytest.mark.parametrize("time", [1772449200, "1772449200", "1772449200000", "2026-03-02 19:00:00"])
def test_times_in_other_forms(time: Any) -> None:
    made = draft(EVENT, told("deliveryComplete", {"doorIndex": 1, "weight": 1}, time))
    assert datetime.fromisoformat(made.time) == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert made.timequality == ("device-assumed" if "-" in str(time) else "device-zone")


@pytest.mark.parametrize("weight", [1.5, "1.5", " 1.5 kg", "1500g", "1.5KG", "1.5公斤"])
def test_weights_in_other_forms(weight: Any) -> None:
    data = draft(EVENT, told("deliveryComplete", {"doorIndex": "2", "weight": weight})).data
    assert isinstance(data, waste.DepositRecorded)
    assert (data.net_g, data.bin) == (1500, "bin-a03-2")


def test_an_order_that_is_no_number_and_one_that_is_too_long() -> None:
    for order in ("A-42", 123456789012345678901):
        gross = draft(EVENT, told("cleanGross", {"cleanOrderId": order, "weight": 12.5}))
        tare = draft(EVENT, told("cleanTare", {"cleanOrderId": order, "weight": 0.8}))
        assert isinstance(tare.data, waste.BinTared)
        assert (tare.data.collection, tare.correlationid) == (gross.id, gross.correlationid)
        assert gross.id == f"onenet:bin-a03:1:clean:{order}:gross"


def test_several_of_a_name_in_one_post() -> None:
    listed = [
        {"value": {"doorIndex": 1, "weight": 0.5}, "time": 1772449200000},
        {"value": {"doorIndex": 2, "weight": 0.7}, "time": 1772449260000},
    ]
    made = drafts(EVENT, {"id": "1", "params": {"deliveryComplete": listed}})
    assert [each.origin for each in made] == ["live", "live"]
    assert len({each.id for each in made}) == 2


def test_who_delivered_is_sealed() -> None:
    made = draft(EVENT, told("deliveryComplete", {"weight": 1, "userId": "U-20481"}))
    assert made.personal is not None
    rest = msgspec.json.encode(msgspec.structs.replace(made, personal=None, mark="")).decode()
    assert "20481" not in rest


def test_the_simulated_bin_is_understood() -> None:
    at, smart = datetime(2026, 3, 2, tzinfo=UTC), SmartBin("smartbin", "bin-a03")
    full, empty = smart.collection(at, 5, 12_500, 800)
    door = {"doorIndex": 1, "weight": 10, "fullness": 3, "smoke": 0}
    sent = [smart.delivery(at, 1, 1234), full, empty, smart.overflow(at, 1, 100)]
    for one in (*sent, smart.smoke(at, 1), smart.state(at, [door], -50)):
        outcome = registry.decode(one, SHANGHAI)
        assert isinstance(outcome, registry.Decoded)
        assert len(outcome.drafts) == 1


def test_its_topics_are_asked_for_by_name() -> None:
    """A filter `#` does not see them (MQTT 3.1.1 §4.7.2)."""
    seen = [each for each in registry.filters() if registry.matches(each, EVENT)]
    assert seen == ["$sys/+/+/thing/#"]
    assert not registry.matches("#", EVENT)


def test_other_properties_are_no_events() -> None:
    for name, value in (("temperature", 21), ("doorBroken", {"doorIndex": 1})):
        assert drafts(PROPERTY, told(name, value)) == ()
    assert draft(PROPERTY, told("spillAlarm", {"fullness": 100})).data.TYPE == (
        "waste.bin.overflowed.v1"
    )


@pytest.mark.parametrize(
    ("name", "value", "type"),
    [
        ("spillAlarm", 0, "waste.bin.cleared.v1"),
        ("spillAlarm", False, "waste.bin.cleared.v1"),
        ("spillAlarm", {"doorIndex": 1, "state": False}, "waste.bin.cleared.v1"),
        ("spillAlarm", {"doorIndex": 1, "state": True}, "waste.bin.overflowed.v1"),
        ("spillAlarm", 1, "waste.bin.overflowed.v1"),
        ("smokeAlarm", 0, ""),
        ("smokeAlarm", "false", ""),
        ("smokeAlarm", True, "waste.bin.smoke.detected.v1"),
    ],
)
def test_alarms_that_are_bare_values(name: str, value: Any, type: str) -> None:
    assert [each.data.TYPE for each in drafts(EVENT, told(name, value))] == ([type] if type else [])


def test_a_value_that_is_json_in_a_text() -> None:
    for name, value, topic in (
        ("doorStates", '[{"doorIndex": 1, "weight": 1500}]', PROPERTY),
        ("deliveryComplete", '{"doorIndex": 1, "weight": 1.5}', EVENT),
    ):
        spelt, plain = draft(topic, told(name, value)), draft(topic, told(name, json.loads(value)))
        assert spelt == plain
    assert drafts(PROPERTY, told("doorStates", "[not JSON")) == ()


def test_the_same_twice_in_one_message_is_one() -> None:
    once = {"value": {"doorIndex": 1, "weight": 0.5}, "time": 1772449200000}
    body: dict[str, Any] = {"params": {"deliveryComplete": [once, once]}}
    assert len(drafts(EVENT, body)) == 1
    body["params"]["deliveryComplete"][1] = {**once, "value": {"doorIndex": 1, "weight": 0.7}}
    assert len({each.id for each in drafts(EVENT, body)}) == 2


def test_data_points_and_a_gateways_word_for_a_bin() -> None:
    points = {"id": 1, "dp": {
        "deliveryComplete": [{"v": {"doorIndex": 1, "weight": 1.2}, "t": 1772449200}],
        "rssi": [{"v": -40}],
    }}  # fmt: skip
    made = draft("$sys/smartbin/bin-a03/dp/post/json", points)
    plain = draft(EVENT, told("deliveryComplete", {"doorIndex": 1, "weight": 1.2}))
    assert made == plain
    assert drafts("$sys/smartbin/bin-a03/dp/post/json", {"id": 1, "dp": {"rssi": [{"v": 1}]}}) == ()
    body = told("deliveryComplete", {"doorIndex": 1, "weight": 1.2})
    assert draft("$gw-proxy/smartbin/bin-a03/thing/event/post", body) == plain
    parted = {"params": {"properties": {"rssi": {"value": 1}}, "events": body["params"]}}
    assert draft("$sys/smartbin/bin-a03/thing/pack/post", parted) == plain


def test_an_android_brain_in_other_words() -> None:
    sent = sample("onenet", "android-post.json")
    camel = {
        {"bin_type": "binType", "post_weight": "postWeight", "bin_id": "binId",
         "former_weight": "formerWeight", "now_weight": "nowWeight", "device_id": "deviceId",
         }.get(name, name): value
        for name, value in sent.items()
    }  # fmt: skip
    assert draft("", camel) == draft("", sent)
    both = drafts("", [sent, {**sent, "bin_id": "bin-a05-B", "bin_type": "B"}])
    assert len({each.id for each in both}) == 2
    bare = {name: value for name, value in sent.items() if name != "bin_id"}
    assert draft("", bare).id != draft("", {**bare, "bin_type": "B"}).id
    named = draft("", {**sent, "bin_id": "13800138000"})
    assert "13800138000" not in named.id + named.subject
    assert isinstance(named.data, waste.DepositRecorded)
    assert named.data.bin == "bin-a05"


@pytest.mark.parametrize("name", ["13800138000", "沪A12345"])
def test_a_device_whose_name_is_somebodys(name: str) -> None:
    body = told("deliveryComplete", {"doorIndex": 1, "weight": 1})
    topic = f"$sys/smartbin/{name}/thing/event/post"
    assert aside(topic, body)[:2] == ("onenet", "personal")
    held = [{"identity": {"deviceName": name}, "events": body["params"]}]
    assert aside(EVENT.replace("event", "pack"), {"params": held})[1] == "personal"
    post = sample("onenet", "android-post.json") | {"device_id": name}
    assert aside("", post)[:2] == ("onenet", "personal")


@pytest.mark.parametrize("order", [{}, {"cleanOrderId": 7}])
def test_the_bins_of_several_doors_are_lifted_each_with_its_own_weights(
    order: dict[str, Any],
) -> None:
    def lift(door: int, weight: float) -> dict[str, Any]:
        return {"value": {**order, "doorIndex": door, "weight": weight}, "time": 1772449200000}

    body = {"params": {
        "cleanGross": [lift(1, 5), lift(2, 6)], "cleanTare": [lift(1, 1), lift(2, 2)],
    }}  # fmt: skip
    both = [each.data for each in drafts(EVENT, body)]
    assert [each.net_g for each in both if isinstance(each, waste.BinCollected)] == [4000, 4000]
    apart = [draft(EVENT, {"params": {"cleanGross": lift(door, 5)}}).id for door in (1, 2)]
    assert len(set(apart)) == 2
    tare = draft(EVENT, {"params": {"cleanTare": lift(2, 2)}}).data
    assert isinstance(tare, waste.BinTared)
    assert tare.collection == apart[1]


def test_one_alarm_of_several_doors() -> None:
    full, free = {"doorIndex": 1, "fullness": 100}, {"doorIndex": 2, "fullness": 0}
    made = drafts(EVENT, told("spillAlarm", [full, free]))
    assert [(each.subject, each.data.TYPE) for each in made] == [
        ("bin/bin-a03-1", "waste.bin.overflowed.v1"),
        ("bin/bin-a03-2", "waste.bin.cleared.v1"),
    ]
