"""Choosing the adapter: by name, by topic, by the look of the JSON; and never an exception."""

import pytest

from core.errors import ConfigError, Undecodable
from core.event import Draft
from devices import registry
from devices.adapter import Adapter, Message, Site
from tests.unit.devices.wire import (
    SHANGHAI,
    adapter_of,
    aside,
    drafts,
    message,
    message_of,
    sample,
    samples,
)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("site/#", "site", True),
        ("site/#", "site/access/door-1", True),
        ("site/+/+", "site/access", False),
        ("site/+/+", "site/access/door-1/x", False),
        ("tele/+/SENSOR", "tele/bin/SENSOR", True),
        ("tele/+/SENSOR", "tele//SENSOR", True),
        ("+/tag", "/tag", True),
        ("+/tag", "a/tag/", False),
        ("+/tag", "$SYS/tag", False),
        ("#", "$SYS/broker", False),
        ("$SYS/#", "$SYS/broker", True),
        ("#", "a/b", True),
        ("sport", "Sport", False),
    ],
)
def test_topics_match_as_mqtt_says(topic_filter: str, topic: str, expected: bool) -> None:
    assert registry.matches(topic_filter, topic) is expected


def test_every_sample_is_understood_on_its_topic_by_its_adapter() -> None:
    for path in samples():
        outcome = registry.decode(message_of(path), SHANGHAI)
        assert isinstance(outcome, registry.Decoded), (path.name, outcome)
        assert outcome.adapter == adapter_of(path), path.name


def test_json_samples_are_recognised_without_a_topic() -> None:
    unlabelled = {
        "esphome-tag.txt", "esphome-tag.json", "tasmota-no-reader.json",
        "tasmota-lwt.txt", "esphome-wiegand.json",
        "ej-counter.json", "ej-access-granted.json",  # what they are is in their topic
    }  # fmt: skip
    for path in samples():
        outcome = registry.decode(Message("", path.read_bytes()), SHANGHAI)
        if path.name in unlabelled:
            assert isinstance(outcome, registry.Aside), path.name
        else:
            assert isinstance(outcome, registry.Decoded), (path.name, outcome)
            assert outcome.adapter == adapter_of(path), path.name


def test_a_message_on_another_vendors_topic_is_sniffed() -> None:
    body = sample("frigate", "event-new.json")
    outcome = registry.decode(message("hikvision/nvr/events", body), SHANGHAI)
    assert isinstance(outcome, registry.Decoded)
    assert outcome.adapter == "frigate"


def test_a_named_adapter_is_not_second_guessed() -> None:
    body = sample("frigate", "event-new.json")
    outcome = registry.decode(message("frigate/events", body), SHANGHAI, adapter="lorawan")
    assert outcome == registry.Aside(
        "lorawan", "shape", "not an uplink of The Things Stack or ChirpStack"
    )


def test_an_unknown_adapter_name_is_the_callers_mistake() -> None:
    with pytest.raises(ConfigError, match=r"native, hikvision, dahua, .*gat1400"):
        registry.decode(Message("", b"{}"), SHANGHAI, adapter="nobody")


def test_nobody_knows_it() -> None:
    assert aside("plant/pump", {"speed": 3})[:2] == ("", "unrecognised")
    assert aside("plant/pump", [1, 2, 3])[:2] == ("", "unrecognised")


def test_the_adapter_that_listened_answers_when_nobody_else_knows_it_either() -> None:
    assert aside("site/access/door-1", {"speed": 3})[:2] == ("native", "shape")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (b"\xff\xfe{}", "charset"),
        (b"{", "malformed"),
        (b'{"a":1}trailing', "malformed"),
        (b'{"a":NaN}', "malformed"),
        (b'{"a":1,"a":2}', "duplicate-key"),
        (b"[" * 100 + b"]" * 100, "nesting"),
        (b"[" * 200_000, "nesting"),
        (b'"' + b"x" * 1_000_001 + b'"', "oversized"),
        (b'{"a":"\\ud800"}', "malformed"),
    ],
)
@pytest.mark.parametrize("topic", ["", "site/access/door-1", "hikvision/x/acs", "frigate/events"])
def test_bytes_that_are_no_json_have_their_reason(topic: str, payload: bytes, reason: str) -> None:
    assert aside(topic, payload)[1] == reason


def test_a_mistake_of_ours_sets_the_message_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_message: Message, _site: Site) -> tuple[Draft, ...]:
        raise KeyError("a name from the payload")

    def refusing(_message: Message, _site: Site) -> tuple[Draft, ...]:
        raise Undecodable("field", "serialNo")

    for decode, expected in ((broken, ("fault", "KeyError")), (refusing, ("field", "serialNo"))):
        adapter = Adapter(name="new", filters=("new/#",), decode=decode)
        monkeypatch.setitem(registry._BEGINNING, "new", ((adapter, ("new", "#")),))
        outcome = registry.decode(Message(f"new/{expected[0]}", b"{}"), SHANGHAI)
        assert isinstance(outcome, registry.Aside)
        assert (outcome.adapter, outcome.reason, outcome.detail) == ("new", *expected)


def test_filters_to_subscribe_to_do_not_overlap() -> None:
    """Overlapping subscriptions let a broker deliver one message twice (MQTT 3.1.1 §3.3.5)."""
    listed = registry.filters()
    assert len(set(listed)) == len(listed)
    for path in samples():
        topic = message_of(path).topic
        assert sum(registry.matches(each, topic) for each in listed) == 1, topic


def test_adapter_names_are_their_folders() -> None:
    for adapter in registry.ADAPTERS:
        assert adapter.decode.__module__ == f"devices.{adapter.name}.decode"
        assert registry.by_name(adapter.name) is adapter


def test_chatter_of_known_systems_is_understood_and_says_nothing() -> None:
    chatter: list[tuple[str, bytes]] = [
        ("frigate/available", b"restarting"),
        ("frigate/stats", b'{"cpu_usages":{}}'),
        ("frigate/south_gate/person", b"2"),
        ("frigate/south_gate/person/snapshot", b"\xff\xd8\xff\xe0 a picture"),
        ("frigate/south_gate/status/detect", b"disabled"),
        ("homeassistant/status", b"online"),
        ("homeassistant/sensor/bin-a03/wifi/config", b'{"~":"bin-a03"}'),
        ("tele/bin-a03/STATE", b'{"Time":"2026-03-02T19:00:00","UptimeSec":5}'),
        ("stat/bin-a03/RESULT", b'{"POWER":"ON"}'),
        ("bin-a03/sensor/wifi_signal/state", b"-61"),
        ("esphome/bin-a03/sensor/wifi_signal/state", b"-61"),
        ("v3/waste@compound/devices/bin-b07/join", b'{"join_accept":{}}'),
        ("application/1/device/2/event/join", b"{}"),
    ]
    for topic, payload in chatter:
        assert drafts(topic, payload) == (), topic
