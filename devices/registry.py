"""Which adapter understands a message: the one named, the one listening to its topic, or the one
that knows the look of its JSON. A new device = one folder + one line in ADAPTERS."""

import codecs
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from core import strictjson
from core.errors import ConfigError, Undecodable
from core.event import Draft
from devices import charset
from devices.adapter import Adapter, Message, Site
from devices.dahua.decode import ADAPTER as DAHUA
from devices.doubletake.decode import ADAPTER as DOUBLETAKE
from devices.frigate.decode import ADAPTER as FRIGATE
from devices.gat1400.decode import ADAPTER as GAT1400
from devices.gb28181.decode import ADAPTER as GB28181
from devices.hikvision.decode import ADAPTER as HIKVISION
from devices.jt808.decode import ADAPTER as JT808
from devices.lorawan.decode import ADAPTER as LORAWAN
from devices.native.decode import ADAPTER as NATIVE
from devices.native.quick import Quick
from devices.onenet.decode import ADAPTER as ONENET
from devices.onvif.decode import ADAPTER as ONVIF
from devices.rfid.decode import ADAPTER as RFID
from devices.zkteco.decode import ADAPTER as ZKTECO

ADAPTERS: tuple[Adapter, ...] = (
    NATIVE, HIKVISION, DAHUA, ZKTECO, ONVIF, FRIGATE, DOUBLETAKE, LORAWAN, RFID, ONENET, JT808,
    GB28181, GAT1400,
)  # fmt: skip

# What a mistake of ours can raise on bytes nobody foresaw. Letting it through would stop the
# gateway, the broker would send the same bytes again, and one hostile device would hold every
# other device's events: so the message is set aside as "fault", with its raw bytes, and counted.
FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError, msgspec.MsgspecError,
)  # fmt: skip


_LONGEST = 256  # characters of a topic that is remembered


class Decoded(msgspec.Struct, frozen=True):
    """What one message became; no drafts means: understood, and no fact in it. `alive`: devices
    that said only that they are there."""

    adapter: str
    drafts: tuple[Draft, ...]
    alive: tuple[str, ...] = ()


class Aside(msgspec.Struct, frozen=True):
    """Why a message became nothing. `adapter` is empty when none could be chosen; `reason` is one
    word of a small set; `detail` is for the operator and free of what the payload said."""

    adapter: str
    reason: str
    detail: str = ""


def by_name(name: str) -> Adapter:
    """The adapter of that name, or ConfigError naming those there are."""
    for adapter in ADAPTERS:
        if adapter.name == name:
            return adapter
    known = ", ".join(adapter.name for adapter in ADAPTERS)
    raise ConfigError(f"no adapter is called {name!r}; there are: {known}")


def filters() -> tuple[str, ...]:
    """Every topic filter to subscribe to; no two of them overlap in normal use."""
    return tuple(each for adapter in ADAPTERS for each in adapter.filters)


def matches(topic_filter: str, topic: str) -> bool:
    """MQTT 3.1.1 §4.7, including that a leading wildcard never sees a `$` topic."""
    return _matches(tuple(topic_filter.split("/")), topic.split("/"))


def decode(message: Message, site: Site, adapter: str = "") -> Decoded | Aside:
    """Total over topics and payloads. Raises ConfigError for an adapter name nobody has."""
    if named := adapter or message.adapter:
        return _attempt(by_name(named), message, site)
    refusal: Aside | None = None
    tried: list[Adapter] = []
    for candidate in _listening(message.topic):
        outcome = _attempt(candidate, message, site)
        if isinstance(outcome, Decoded) or outcome.reason != "shape":
            return outcome
        refusal = refusal or outcome
        tried.append(candidate)
    for candidate in ADAPTERS:
        if candidate not in tried and _sniffs(candidate, message.payload):
            return _attempt(candidate, message, site)
    try:
        parsed = strictjson.parse(_text(message.payload))
    except Undecodable as error:
        return refusal or Aside("", error.reason, error.detail)
    for candidate in ADAPTERS:
        if candidate not in tried and _recognises(candidate, parsed):
            return _attempt(candidate, message, site)
    return refusal or Aside("", "unrecognised", "no adapter listens there or knows this form")


def quickly(site: Site) -> Callable[[str, bytes], Draft | None]:
    """From topic and payload of the commonest form to the one draft `decode` would give; None:
    ask it. Remembers what devices are like, so one for each thread and site."""
    return Quick(site).draft


def _attempt(adapter: Adapter, message: Message, site: Site) -> Decoded | Aside:
    try:
        drafts = tuple(adapter.decode(message, site))
        alive = () if drafts else tuple(adapter.alive(message, site))
        return Decoded(adapter.name, drafts, alive)
    except Undecodable as error:
        return Aside(adapter.name, error.reason, error.detail)
    except FAULTS as error:
        return Aside(adapter.name, "fault", type(error).__name__)


def _text(payload: bytes) -> bytes:
    """JSON is never UTF-16; with some firmware the end of a C string comes along."""
    marked = payload[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return payload if marked else charset.utf8(payload).rstrip(b"\0 \t\r\n")


def _recognises(adapter: Adapter, parsed: Any) -> bool:
    try:
        return adapter.recognises(parsed)
    except FAULTS:
        return False


def _sniffs(adapter: Adapter, payload: bytes) -> bool:
    try:
        return adapter.sniffs(payload)
    except FAULTS:
        return False


def _listening(topic: str) -> tuple[Adapter, ...]:
    return _remembered(topic) if len(topic) <= _LONGEST else tuple(_matching(topic))


@lru_cache(maxsize=1024)  # a device's topics are few and come again and again
def _remembered(topic: str) -> tuple[Adapter, ...]:
    return tuple(_matching(topic))


def _matching(topic: str) -> Iterator[Adapter]:
    levels = topic.split("/")
    before: Adapter | None = None
    for adapter, parts in _BEGINNING.get(levels[0], _ANYWHERE):
        if adapter is not before and _matches(parts, levels):
            before = adapter
            yield adapter


def _matches(parts: tuple[str, ...], levels: list[str]) -> bool:
    if levels[0][:1] == "$" and parts[0] in ("+", "#"):
        return False
    for index, part in enumerate(parts):
        if part == "#":
            return True
        if index >= len(levels) or part not in ("+", levels[index]):
            return False
    return len(parts) == len(levels)


_Listed = tuple[tuple[Adapter, tuple[str, ...]], ...]


def _listed(first: str) -> _Listed:
    """Filters, in the order of adapters, that a topic with this first level may match."""
    every = [(adapter, tuple(one.split("/"))) for adapter in ADAPTERS for one in adapter.filters]
    return tuple((adapter, parts) for adapter, parts in every if parts[0] in ("+", "#", first))


# There are many filters and most begin with a word of their maker's.
_ANYWHERE = _listed("+")
_BEGINNING = {
    first: _listed(first)
    for adapter in ADAPTERS
    for first in {one.partition("/")[0] for one in adapter.filters}
}
