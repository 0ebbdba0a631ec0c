"""What one message of a thing model says: named values with their times, whatever is around them.

`params` of an envelope {id, version, params}, a single {name: {value, time}}, a list of devices
behind a gateway (`pack`, `history`), or properties and events of one file together.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from core.errors import Undecodable
from devices.fields import Json, number, section, slug, text, unix

KNOWN = frozenset(
    {"deliveryComplete", "cleanGross", "cleanTare", "spillAlarm", "smokeAlarm", "doorStates"}
)
TELEMETRY = frozenset({"rssi", "voltage", "services"})
_MOST = 1000


class Said(msgspec.Struct, frozen=True, kw_only=True):
    device: str
    name: str
    value: Any
    time: str  # RFC 3339; empty when not told
    stamp: str  # the time as told, for ids
    event: bool = True  # else a property
    history: bool = False


def said(parsed: Json, device: str, *, history: bool = False) -> Iterator[Said]:
    """Undecodable("time") for a time that is none, "oversized" for more than some hundred."""
    for counted, one in enumerate(_each(parsed, device, history)):
        if counted >= _MOST:
            raise Undecodable("oversized", f"more than {_MOST} values")
        yield one


def names_known(parsed: Json) -> bool:
    """Whether a name in it is a smart bin's. Reads no value."""
    params = parsed.get("params")
    if isinstance(params, dict):
        return not KNOWN.isdisjoint(params)
    events = parsed.get("events")
    listed = events if isinstance(events, list) else [events]
    places = [parsed, section(parsed, "property"), *listed[:_MOST]]
    if isinstance(params, list):
        held = [one for one in params[:_MOST] if isinstance(one, dict)]
        places += [section(one, name) for one in held for name in ("properties", "events")]
    return any(isinstance(one, dict) and not KNOWN.isdisjoint(one) for one in places)


def _each(parsed: Json, device: str, history: bool) -> Iterator[Said]:
    params = parsed.get("params")
    if isinstance(params, dict):
        yield from _values(params, device, history)
    elif isinstance(params, list):
        for one in params:
            if isinstance(one, dict):
                who = slug(text(section(one, "identity"), "deviceName")) or device
                yield from _values(section(one, "properties"), who, history, event=False)
                yield from _values(section(one, "events"), who, history)
    elif "events" in parsed or "property" in parsed:
        for name in ("property", "properties"):
            yield from _values(section(parsed, name), device, history, event=False)
        events = parsed.get("events")
        for one in events if isinstance(events, list) else [events]:
            if isinstance(one, dict):
                yield from _values(one, device, history)
    else:
        yield from _values(parsed, device, history)


def _values(named: Json, device: str, history: bool, *, event: bool = True) -> Iterator[Said]:
    for name, told in named.items():
        for one in told if isinstance(told, list) and history else [told]:
            wrapped = isinstance(one, dict) and "value" in one
            value = one["value"] if wrapped else one
            at = number(one, "time") if wrapped else None
            known = at is not None and at > 0
            yield Said(
                device=device,
                name=name,
                value=value,
                time=unix(at / 1000) if at is not None and known else "",
                stamp=f"{at:.0f}" if known else "",
                event=event and name != "doorStates",
                history=history,
            )
