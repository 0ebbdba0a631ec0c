"""Messages as devices send them, and one way to look at what they become."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.event import Draft
from devices import registry
from devices.adapter import Known, Message, Site

DEVICES = Path(registry.__file__).parent
SHANGHAI = Site(zone=ZoneInfo("Asia/Shanghai"))

# Where each adapter's samples arrive; a file may arrive elsewhere.
TOPICS = {
    "native": "site/access/door-07",
    "hikvision": "hikvision/025e10aa0007/acs",
    "frigate": "frigate/events",
    "lorawan": "v3/waste@compound/devices/bin-b07/up",
    "rfid": "tele/bin-a03/SENSOR",
    "jt808": "jt808/truck",
    "gat1400": "gat1400/34020000001190000001",
    "gb28181": "gb28181/34020000001320000007",
    "onvif": "onvif/cam-east/event",
    "onenet": "$sys/smartbin/bin-a03/thing/event/post",
    "doubletake": "double-take/matches/李小雨",
}
ELSEWHERE = {
    "door-states.json": "$sys/smartbin/bin-a03/thing/property/post",
    "chirpstack-status.json": "application/17c82e96/device/24e124713dff0007/event/status",
    "tasmota-lwt.txt": "tele/bin-a03/LWT",
    "homeassistant-tag.json": "homeassistant/tag/bin-a03/config",
    "esphome-wiegand.json": "esphome/bin-a03/tag",
    "camera.json": "double-take/cameras/south_gate",
    "review-new.json": "frigate/reviews",
    "review-end.json": "frigate/reviews",
    "ej-line-crossed.json": "cam-east/onvif-ej/RuleEngine/LineDetector/Crossed/&1/2/fence-north",
    "ej-counter.json": "c1/cam-east/onvif-ej/RuleEngine/CountAggregation/Counter/&1/Entry Counter",
    "ej-temperature-high.json": "cam-east/onvif-ej/Device/Sensor/Temperature/High/&temp_003",
    "ej-access-granted.json": (
        "panel-1/onvif-ej/AccessControl/AccessGranted/Credential/&ap-south-in"
    ),
    "chirpstack-em400mud.json": "application/17c82e96/device/24e124713dff0007/event/up",
    "esphome-tag.txt": "esphome/bin-a03/tag",
    "esphome-tag.json": "bin-a03/tag_scanned",
    "update-face.json": "frigate/tracked_object_update",
    "update-lpr.json": "frigate/tracked_object_update",
    "update-classification.json": "frigate/tracked_object_update",
    "update-description.json": "frigate/tracked_object_update",
}


def samples() -> list[Path]:
    return sorted(DEVICES.glob("*/samples/*"))


def adapter_of(sample: Path) -> str:
    return sample.parent.parent.name


def message_of(sample: Path) -> Message:
    topic = ELSEWHERE.get(sample.name, TOPICS[adapter_of(sample)])
    return Message(topic, sample.read_bytes())


def sample(adapter: str, name: str) -> Any:
    """The parsed sample, free to be changed."""
    return json.loads((DEVICES / adapter / "samples" / name).read_bytes())


def message(topic: str, body: Any) -> Message:
    payload = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Message(topic, payload)


def drafts(topic: str, body: Any, site: Site = SHANGHAI) -> tuple[Draft, ...]:
    outcome = registry.decode(message(topic, body), site)
    assert isinstance(outcome, registry.Decoded), outcome
    return outcome.drafts


def draft(topic: str, body: Any, site: Site = SHANGHAI) -> Draft:
    (only,) = drafts(topic, body, site)
    return only


def aside(topic: str, body: Any, site: Site = SHANGHAI) -> tuple[str, str, str]:
    """(adapter, reason, detail) of a message that is set aside."""
    outcome = registry.decode(message(topic, body), site)
    assert isinstance(outcome, registry.Aside), outcome
    return outcome.adapter, outcome.reason, outcome.detail


def site_with(key: str, known: Known) -> Site:
    return Site(zone=ZoneInfo("Asia/Shanghai"), devices={key: known})
