"""What one message of a thing model says: named values with their times, whatever is around them.

`params` of an envelope {id, version, params}, a single {name: {value, time}}, a list of devices
behind a gateway (`pack`, `history`), data points (`dp`), or properties and events of one file
together.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from core import strictjson
from core.errors import Undecodable
from core.moment import TimeQuality
from devices.adapter import Site
from devices.fields import Json, moment, number, section, slug, text, unix

KNOWN = frozenset(
    {"deliveryComplete", "cleanGross", "cleanTare", "spillAlarm", "smokeAlarm", "doorStates"}
)
TELEMETRY = frozenset({"rssi", "voltage", "services"})
_MOST = 1000
_MILLISECONDS = 1e11  # a Unix time below it is in seconds


class Said(msgspec.Struct, frozen=True, kw_only=True):
    device: str
    name: str
    value: Any
    time: str  # RFC 3339; empty when not told
    stamp: str  # the time as told, for ids
    quality: TimeQuality = "gateway"
    event: bool = True  # else a property
    history: bool = False


def said(
    parsed: Json, device: str, site: Site, *, history: bool = False, event: bool = True
) -> Iterator[Said]:
    """Undecodable("time") for a time that is none, "oversized" for more than some hundred.
    `event`: False where they are properties unless they say otherwise."""
    for counted, one in enumerate(_each(parsed, device, site, history, event=event)):
        if counted >= _MOST:
            raise Undecodable("oversized", f"more than {_MOST} values")
        yield one


def names_known(parsed: Json) -> bool:
    """Whether a name in it is a smart bin's. Reads no value."""
    params = parsed.get("params", parsed.get("dp"))
    if isinstance(params, dict):
        places = [params, section(params, "properties"), section(params, "events")]
        return any(not KNOWN.isdisjoint(one) for one in places)
    events = parsed.get("events")
    listed = events if isinstance(events, list) else [events]
    places = [parsed, section(parsed, "property"), *listed[:_MOST]]
    if isinstance(params, list):
        held = [one for one in params[:_MOST] if isinstance(one, dict)]
        places += [section(one, name) for one in held for name in ("properties", "events")]
    return any(isinstance(one, dict) and not KNOWN.isdisjoint(one) for one in places)


def _each(parsed: Json, device: str, site: Site, history: bool, *, event: bool) -> Iterator[Said]:
    params = parsed.get("params")
    if isinstance(params, dict) and not _parted(params):
        yield from _values(params, device, site, history, event=event)
    elif isinstance(params, dict | list):
        for one in params if isinstance(params, list) else [params]:
            if isinstance(one, dict):
                who = slug(text(section(one, "identity"), "deviceName")) or device
                yield from _values(section(one, "properties"), who, site, history, event=False)
                yield from _values(section(one, "events"), who, site, history)
    elif isinstance(points := parsed.get("dp"), dict):
        yield from _values(_points(points), device, site, history, event=False)
    elif "events" in parsed or "property" in parsed:
        for name in ("property", "properties"):
            yield from _values(section(parsed, name), device, site, history, event=False)
        events = parsed.get("events")
        for one in events if isinstance(events, list) else [events]:
            if isinstance(one, dict):
                yield from _values(one, device, site, history)
    else:
        yield from _values(parsed, device, site, history, event=event)


def _parted(params: Json) -> bool:
    """Properties and events under names of their own, as in a list of devices."""
    held = [params[name] for name in ("properties", "events") if name in params]
    return bool(held) and all(isinstance(one, dict) and "value" not in one for one in held)


def _points(points: Json) -> Json:
    """Data points, an older form: a list of {v, t} each, with t in seconds."""
    return {
        name: [
            {"value": one["v"], "time": one.get("t")}
            for one in (told if isinstance(told, list) else [told])[:_MOST]
            if isinstance(one, dict) and "v" in one
        ]
        for name, told in points.items()
    }


def _values(
    named: Json, device: str, site: Site, history: bool, *, event: bool = True
) -> Iterator[Said]:
    for name, told in named.items():
        for one in told if isinstance(told, list) and (history or _timed(told)) else [told]:
            wrapped = isinstance(one, dict) and "value" in one
            value = _spelt(one["value"] if wrapped else one)
            time, quality, stamp = _time(one, device, site) if wrapped else ("", "gateway", "")
            for each in _apart(name, value):
                yield Said(
                    device=device,
                    name=name,
                    value=each,
                    time=time,
                    quality=quality,
                    stamp=stamp,
                    event=event and name != "doorStates",
                    history=history,
                )


def _apart(name: str, value: Any) -> list[Any]:
    """One event told of several doors at once is as many."""
    several = isinstance(value, list) and name in KNOWN and name != "doorStates"
    return value if several and all(isinstance(one, dict) for one in value) else [value]


def _spelt(value: Any) -> Any:
    """Some models have no type but text for what is more than a number."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return strictjson.parse(value.encode("utf-8", "replace"))
        except Undecodable:
            return value
    return value


def _timed(told: list[Any]) -> bool:
    return bool(told) and all(isinstance(one, dict) and "value" in one for one in told)


def _time(one: Json, device: str, site: Site) -> tuple[str, TimeQuality, str]:
    """Unix milliseconds; firmware also sends seconds, and the wall clock's text."""
    at = number(one, "time")
    if at is None:
        told = text(one, "time")
        return (*moment(told, site.zone_of(device)), slug(told)) if told else ("", "gateway", "")
    if at <= 0:
        return "", "gateway", ""
    milliseconds = at if at > _MILLISECONDS else at * 1000
    return unix(milliseconds / 1000), "device-zone", f"{milliseconds:.0f}"
