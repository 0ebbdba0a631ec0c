"""ONVIF cameras, door controllers and recorders: what they publish (`onvif-ej`), and what they
give when they are asked (PullPoint).

They number nothing. A notification is known by its device, its time to the digit, its topic and
what it said. What a device says of a state because somebody subscribed (`Initialized`, a retained
message) or because the thing is gone (`Deleted`, a retained message of no bytes) happened at
another time or never, and is no event.
"""

import json
from collections.abc import Mapping
from datetime import UTC
from functools import lru_cache
from typing import Any

from core import strictjson
from core.errors import Undecodable
from core.event import Draft, Native
from core.moment import TimeQuality
from devices import markup
from devices.adapter import Adapter, Message, Site
from devices.fields import code, digest, moment, native, reveals, slug
from devices.onvif.access import HEADS, OF_PERSONS, facts, place_of
from devices.onvif.notification import EJ, Notification, is_published, published, pulled
from devices.onvif.pullpoint import follow
from devices.onvif.support import SUPPORT
from devices.onvif.topics import VERSION, Fact, observed

_SOURCES = (
    "VideoSourceToken", "VideoSource", "VideoSourceConfigurationToken", "Source", "AudioSource",
    "SensorID", "DoorToken", "AccessPointToken", "Token", "InputToken", "RelayToken",
)  # fmt: skip
_MARK = f"/{EJ}/"


def decode(message: Message, site: Site) -> list[Draft]:
    if message.topic and not message.payload and _MARK in message.topic:
        return []  # a property that was deleted
    drafts: dict[tuple[str, str], Draft] = {}
    for told in _notifications(message):
        if told.operation in ("Initialized", "Deleted"):
            continue
        for draft in _drafts(told, _device(message.topic, told, site), site):
            drafts.setdefault((draft.id, draft.mark), draft)
    return list(drafts.values())


def alive(message: Message, site: Site) -> list[str]:
    if _MARK in message.topic or message.topic.startswith(("onvif/", "axis/")):
        return [_device(message.topic, None, site)]
    return []


def sniffs(payload: bytes) -> bool:
    head = payload[:4096]
    return markup.looks(head) and any(
        word in head
        for word in (b"NotificationMessage", b"PullMessagesResponse", b"SimpleItemDescription",
                     b"PropertyOperation", b"onvif.org/ver10/events")
    )  # fmt: skip


def _notifications(message: Message) -> list[Notification]:
    if markup.looks(message.payload):
        return pulled(message.payload)
    return [published(message.topic, strictjson.parse(message.payload))]


def _drafts(told: Notification, device: str, site: Site) -> list[Draft]:
    if not told.topic:
        raise Undecodable("shape", "no topic, and the items alone do not tell it: give --topic")
    head = told.topic.partition("/")[0]
    token = code(told.source, *_SOURCES)
    if head in HEADS:
        token = place_of(told)
    codes = _codes(told, token)
    known = site.known(device)
    made = facts(told, codes, known) if head in HEADS else observed(told, codes)
    time, quality = _time(told)
    stamp = told.time or "-"
    drafts = []
    for index, fact in enumerate(made):
        personal = fact.personal
        whose = {name: one for name, one in told.source.items() if personal and name in OF_PERSONS}
        where = {name: one for name, one in told.source.items() if name not in whose}
        about = digest(told.topic, _flat(where), "" if personal else _flat(told.data))
        drafts.append(
            Draft(
                id=f"onvif:{device}:1:{stamp if time else '-'}:{about}"
                + (f":{index}" * (index > 0)),
                device=device,
                subject=_subject(fact, device, token, site),
                time=time,
                timequality=quality,
                data=fact.data,
                personal=personal,
                mark=digest(_flat({**told.data, **whose})) if personal else "",
                unnumbered=not time,
            )
        )
    return drafts


def _subject(fact: Fact, device: str, token: str, site: Site) -> str:
    """A camera is one whatever its lenses are called, unless the installer named them apart; a
    controller has several doors."""
    known = site.known(device)
    part = slug(token)
    if part and (apart := site.devices.get(f"{device}-{part}")) is not None:
        return apart.subject or f"{fact.kind}/{apart.name or f'{device}-{part}'}"
    name = known.name or device
    if fact.kind == "device":
        return f"device/{name}"
    if known.subject:
        return known.subject
    if fact.kind == "door" and part and not reveals(part):
        return f"door/{slug(f'{name[:40]}-{part}')}"
    return f"{fact.kind}/{name}"


def _device(topic: str, told: Notification | None, site: Site) -> str:
    """The whole prefix, which ONVIF demands to be unique; its last level where the installer
    knows the device by that."""
    if _MARK in topic:
        prefix = topic.partition(_MARK)[0]
        last = slug(prefix.rpartition("/")[2])
        joined = slug(prefix.replace("/", "-"))
        return last if last in site.devices and joined not in site.devices else joined or "onvif"
    levels = topic.split("/")
    if levels[0] == "onvif" and len(levels) > 1 and (made := slug(levels[1])):
        return made
    if "event" in levels[1:]:  # Axis' own: `axis/<serial>/event/…`, or a prefix instead
        before = levels[: levels.index("event", 1)]
        if made := slug("-".join(before[1:] if before[0] == "axis" else before)):
            return made
    producer = told.producer if told else ""
    return slug(producer.partition("://")[2].partition("/")[0]) or "onvif"


def _time(told: Notification) -> tuple[str, TimeQuality]:
    return moment(told.time, UTC) if told.time else ("", "gateway")


def _codes(told: Notification, token: str) -> Native:
    return native(
        "onvif",
        topic=_shown(told.topic),
        source="" if reveals(token) else token,
        operation=told.operation,
        table=VERSION,
    )


@lru_cache(maxsize=1024)
def _shown(topic: str) -> str:
    return topic[:128] if topic.isascii() and not reveals(topic) else ""


def _flat(items: Mapping[str, Any]) -> str:
    """The same text for the same items, whatever order or type they were written in."""
    return "\0".join([f"{name}\1{_plain(items[name])}" for name in sorted(items)])


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)


ADAPTER = Adapter(
    name="onvif",
    filters=(
        "+/onvif-ej/#", "+/+/onvif-ej/#", "+/+/+/onvif-ej/#", "+/+/+/+/onvif-ej/#", "onvif/#",
        "axis/+/event/#",
    ),
    decode=decode,
    recognises=is_published,
    alive=alive,
    sniffs=sniffs,
    follow=follow,
    support=SUPPORT,
)  # fmt: skip
