"""What every adapter is: pure vendor bytes in, drafts of events out, or a reason why not.

An adapter opens nothing, asks no clock and holds no key. Time zones and names that the
wire does not carry come from the gateway's configuration through `Site`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from core.clock import rfc3339
from core.event import Draft, Media

if TYPE_CHECKING:
    from devices.wire import Converse, Dialog, Follow, Support


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[devices.<key>]` table of edge.toml: what an installer tells about a device.

    `key` of the table is the identity on the wire (MAC without separators, serial, topic name).
    """

    name: str = ""  # id used in subjects; default: the key itself
    role: str = ""  # "door", "bin", "camera" ... where the wire does not say
    subject: str = ""  # full subject override, e.g. "bin/A03-2"
    zone: str = ""  # IANA name; default: the site's
    readers: Mapping[str, Literal["in", "out"]] = {}  # reader number → the way people go by it
    options: Mapping[str, str] = {}  # of its kind: see the README of its adapter


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter may know about where it runs."""

    zone: tzinfo = UTC
    devices: Mapping[str, Known] = {}
    zones: Mapping[str, tzinfo] = {}  # device key → its own zone, resolved by the configuration

    def known(self, key: str) -> Known:
        return self.devices.get(key, _NOBODY)

    def zone_of(self, key: str) -> tzinfo:
        return self.zones.get(key, self.zone)


_NOBODY = Known()


class Message(msgspec.Struct, frozen=True):
    """One device message as it came off the wire. `topic` is empty when unknown. `media`: pictures
    that came with it, kept already. `adapter`: whose it is, where the line knows."""

    topic: str
    payload: bytes
    media: tuple[Media, ...] = ()
    adapter: str = ""


class Adapter(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the registry.

    `decode` raises core.errors.Undecodable and nothing else, for any bytes whatever.
    An empty sequence means: understood, and no fact in it; then `alive` says which devices
    spoke all the same, by a heartbeat. It raises as `decode` does.
    `recognises` looks at parsed JSON when no topic filter matches, `sniffs` at bytes that are
    not JSON; it is cheap. What a device expects besides being listened to is in `devices.wire`:
    `dialog` (it pushes by HTTP), `follow` (it wants to be asked), `converse` (TCP or UDP).
    """

    name: str
    filters: tuple[str, ...]  # MQTT topic filters, `+` and `#` as in MQTT 3.1.1 §4.7
    decode: Callable[[Message, Site], Sequence[Draft]]
    recognises: Callable[[Any], bool] = lambda _parsed: False
    alive: Callable[[Message, Site], Sequence[str]] = lambda _message, _site: ()
    sniffs: Callable[[bytes], bool] = lambda _payload: False
    dialog: "Dialog | None" = None
    follow: "Follow | None" = None
    converse: "Converse | None" = None
    support: "tuple[Support, ...]" = ()


def from_epoch(seconds: float) -> str:
    """RFC 3339 UTC of a Unix time. ValueError outside what a datetime can hold."""
    try:
        return rfc3339(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, OSError) as error:
        raise ValueError(f"not a Unix time: {seconds!r}") from error
