"""Our own form: one structured CloudEvents 1.0 JSON object on `site/{domain}/{device}`."""

import re
from typing import Any, get_args

from core import strictjson
from core.errors import Undecodable
from core.event import Draft, Origin, Record
from core.moment import TimeQuality
from devices.adapter import Adapter, Message, Site
from devices.fields import MAX_INT, MAX_TEXT, Json, moment, reveals, slug
from devices.native.names import default_subject, resolve, subject_of
from devices.native.payload import typed
from devices.native.personal import clear_values, personal_of, secrets_of
from devices.wire import Support

_SEQUENCE = re.compile(r"[0-9]{1,32}")  # zero-padded, as the extension asks: it is text there
_ORIGINS: dict[str, Origin] = {name: name for name in get_args(Origin)}


def decode(message: Message, site: Site) -> tuple[Draft]:
    envelope = strictjson.parse(message.payload)
    if not isinstance(envelope, dict) or "specversion" not in envelope:
        raise Undecodable("shape", "not a CloudEvents object")
    if envelope["specversion"] != "1.0":
        raise Undecodable("field", "specversion")
    if "data_base64" in envelope:
        raise Undecodable("inline-data", "data_base64: send pictures elsewhere, name their hash")
    told_id, source, told_type = (_required(envelope, key) for key in ("id", "source", "type"))
    cls = resolve(told_type)
    data = envelope.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise Undecodable("field", "data")

    clear = clear_values(data)
    secrets = secrets_of(clear)
    device = device_of(message.topic, source)
    if reveals(device, secrets, shortest=6):
        raise Undecodable("personal", "the device's name is a person's or a plate")
    known = site.known(device)
    made = typed(cls, data, secrets)
    revealing = reveals(told_id, secrets)
    default = default_subject(cls, known, device, data)
    if reveals(default, secrets):
        default = f"device/{device}"
    time, quality = _time(envelope, site, device)
    origin_source = origin_source_of(source, device, secrets)
    return (
        Draft(
            # An id that names a person is replaced by one that does not, the same every time.
            id=f"native:{device}" if revealing else told_id,
            mark=told_id if revealing else "",
            device=device,
            subject=subject_of(_plain(envelope, "subject"), default, device, secrets),
            time=time,
            timequality=quality,
            origin=_ORIGINS.get(_plain(envelope, "origin"), "live"),
            correlationid=_passed(envelope, "correlationid", secrets),
            causationid=_passed(envelope, "causationid", secrets),
            traceparent=_passed(envelope, "traceparent", secrets),
            origin_source=origin_source,
            data=made,
            personal=personal_of(cls, clear, str(getattr(made, "kind", ""))),
            record=_counted(envelope, origin_source, secrets),
        ),
    )


def recognises(parsed: Any) -> bool:
    return isinstance(parsed, dict) and "specversion" in parsed and "type" in parsed


def _required(envelope: Json, key: str) -> str:
    value = _plain(envelope, key)
    if not value or len(value) > MAX_TEXT or not value.isprintable():
        raise Undecodable("field", key)
    return value


def _plain(envelope: Json, key: str) -> str:
    value = envelope.get(key)
    return value if isinstance(value, str) else ""


def _passed(envelope: Json, key: str, secrets: tuple[str, ...]) -> str:
    """A tracing attribute as sent; nothing when it is overlong or names somebody."""
    value = _plain(envelope, key)
    usable = len(value) <= MAX_TEXT and value.isprintable() and not reveals(value, secrets)
    return value if usable else ""


def device_of(topic: str, source: str) -> str:
    """The last level of `site/{domain}/{device}`; without such a topic, of the source."""
    levels = [level for level in topic.split("/") if level]
    from_topic = levels[-1] if len(levels) > 2 or (levels and levels[0] != "site") else ""
    last = source.partition("#")[0].rstrip("/").rpartition("/")[2]
    device = slug(from_topic) or slug(last)
    if not device:
        raise Undecodable("field", "source")
    return device


def origin_source_of(source: str, device: str, secrets: tuple[str, ...]) -> str:
    """Kept where it says more than the device's name does."""
    if source == device or source.endswith("/" + device) or reveals(source, secrets):
        return ""
    return source


def _counted(envelope: Json, origin_source: str, secrets: tuple[str, ...]) -> Record | None:
    """CloudEvents' `sequence`: it counts within a source. What is no decimal number, or could be
    somebody's, counts nothing."""
    told = envelope.get("sequence")
    digits = str(told) if isinstance(told, int) and not isinstance(told, bool) else told
    if not isinstance(digits, str) or not _SEQUENCE.fullmatch(digits):
        return None
    number = int(digits)
    if number > MAX_INT or reveals(str(number), secrets):
        return None
    return Record(f"sequence#{origin_source}" if origin_source else "sequence", number)


def _time(envelope: Json, site: Site, device: str) -> tuple[str, TimeQuality]:
    told = envelope.get("time")
    if told is None:
        return "", "gateway"
    if not isinstance(told, str):
        raise Undecodable("time", "not a string")
    return moment(told[:MAX_TEXT], site.zone_of(device))


ADAPTER = Adapter(
    name="native",
    filters=("site/#",),
    decode=decode,
    recognises=recognises,
    support=(
        Support(
            device="anything that publishes CloudEvents JSON",
            by="MQTT",
            events=("access.granted.v1", "door.opened.v1", "waste.bin.level.measured.v1"),
            direction="both",
            backfill="the device publishes again",
            tested="sample",
        ),
    ),
)
