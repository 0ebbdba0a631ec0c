"""Dahua in forms that other firmware and relays send: lists, small letters, data as text, times
that cannot be read, and a batch of which one event cannot."""

import json
from typing import Any

import pytest

from core.events import access, door
from tests.unit.devices.wire import aside, draft, drafts, sample

TOPIC = "dahua/south-gate"
UPLOAD: dict[str, Any] = sample("dahua", "access-face.json")
EVENT: dict[str, Any] = UPLOAD["Events"][0]


def told(**data: Any) -> dict[str, Any]:
    kept = {name: one for name, one in (EVENT["Data"] | data).items() if one is not None}
    return UPLOAD | {"Events": [EVENT | {"Data": kept}]}


@pytest.mark.parametrize("topic", [TOPIC, ""])
def test_events_in_a_bare_list(topic: str) -> None:
    assert drafts(topic, [EVENT])[0].data == draft(topic, UPLOAD).data


def test_gb18030_without_a_topic() -> None:
    named = json.dumps(told(CardName="李小雨"), ensure_ascii=False)
    assert draft("", named.encode("gb18030")) == draft("", named.encode())


def test_small_letters() -> None:
    small = {name.lower(): one for name, one in EVENT.items()}
    assert draft(TOPIC, {"events": [small]}) == draft(TOPIC, UPLOAD)
    assert draft("", {"events": [small]}).data == draft("", UPLOAD).data


def test_data_as_the_text_it_was() -> None:
    assert draft(TOPIC, UPLOAD | {"Events": [EVENT | {"Data": json.dumps(EVENT["Data"])}]}) == (
        draft(TOPIC, UPLOAD)
    )
    assert draft(TOPIC, UPLOAD | {"Events": [EVENT | {"Data": [EVENT["Data"]]}]}) == (
        draft(TOPIC, UPLOAD)
    )
    assert isinstance(
        draft(TOPIC, UPLOAD | {"Events": [EVENT | {"Data": "{broken"}]}).data, access.Unclassified
    )


def test_seconds_with_a_fraction() -> None:
    made = draft(TOPIC, told(UTC=1772408469.5, RealUTC=None))
    assert made.time == "2026-03-01T23:41:09Z"
    assert made.id == draft(TOPIC, told(UTC=1772408469, RealUTC=None)).id


def test_a_time_that_cannot_be_read_leaves_the_message_s_own() -> None:
    around = {"Time": "2026-03-02T07:41:20+08:00"}
    made = draft(TOPIC, told(UTC="gestern", RealUTC=None) | around)
    assert made.time == "2026-03-01T23:41:20Z"
    nowhere = {name: one for name, one in UPLOAD.items() if name != "Time"}
    unread = told(UTC="gestern", RealUTC=None)["Events"]
    assert aside(TOPIC, nowhere | {"Events": unread})[1] == "time"


def test_one_bad_event_does_not_keep_the_others_of_its_batch() -> None:
    bare = {name: one for name, one in UPLOAD.items() if name != "Time"}
    opened = {"Code": "DoorStatus", "Action": "Pulse", "Index": 0,
              "Data": {"Status": "Open", "UTC": 1772408470}}  # fmt: skip
    made = drafts(TOPIC, bare | {"Events": [EVENT, {"foo": 1}, opened]})
    assert [type(one.data) for one in made] == [access.Granted, access.Unclassified, door.Opened]
    late = opened | {"Data": {"Status": "Open", "UTC": "gestern"}}
    made = drafts(TOPIC, bare | {"Events": [EVENT, late]})
    assert [(type(one.data), one.timequality) for one in made][1] == (door.Opened, "gateway")
    assert aside(TOPIC, bare | {"Events": [{"foo": 1}]})[1] == "shape"
