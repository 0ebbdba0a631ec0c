"""The only place where a stored type name is bound to code, and where old versions are upcast.

A type, once stored, decodes for ever (I7): a released class may only gain fields with
defaults; anything else is a new version plus an upcaster from the old one.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from core.errors import MenweiError
from core.event import Attributes, Data, Event
from core.events import (
    access,
    alarm,
    audit,
    camera,
    custody,
    device,
    door,
    duty,
    handoff,
    journal,
    key,
    log,
    logproof,
    media,
    policy,
    provisioning,
    register,
    subject,
    timer,
    vehicle,
    visitor,
    waste,
    witness,
)  # fmt: skip

Json = dict[str, Any]


class UnknownType(MenweiError):
    """An event of a type this version does not know (a newer gateway wrote it)."""


class Upcaster(msgspec.Struct, frozen=True):
    """Turns the raw `data` of `old` into the raw `data` of `new`; pure, total, never removed."""

    old: str
    new: str
    change: Callable[[Json], Json]


class Envelope(Attributes, frozen=True, kw_only=True):
    """An event as stored, its data still raw JSON; decodes even when the type is unknown."""

    data: msgspec.Raw = msgspec.Raw(b"{}")

    def event(self, name: str, data: Data) -> Event:
        """The event with its data read; `name` is the newest version's when it was upcast."""
        return Event(
            id=self.id,
            source=self.source,
            type=name,
            subject=self.subject,
            time=self.time,
            recordedtime=self.recordedtime,
            timequality=self.timequality,
            origin=self.origin,
            correlationid=self.correlationid,
            causationid=self.causationid,
            traceparent=self.traceparent,
            data=data,
        )


class Catalog:
    """Stored name → data class, with upcasters. Owns no state after construction."""

    def __init__(self, types: Iterable[type[Data]], upcasters: Iterable[Upcaster] = ()) -> None:
        self.types: dict[str, type[Data]] = {}
        for cls in types:
            if not cls.TYPE or cls.TYPE in self.types:
                raise ValueError(f"type name missing or taken: {cls.__name__} {cls.TYPE!r}")
            self.types[cls.TYPE] = cls
        self._upcasters = {step.old: step for step in upcasters}
        if taken := self._upcasters.keys() & self.types.keys():
            raise ValueError(f"a current type may not be upcast away: {sorted(taken)}")
        self._decoders = {name: msgspec.json.Decoder(cls) for name, cls in self.types.items()}
        whole: Any = reduce(or_, (_whole(one) for one in self.types.values()))
        self._lines = msgspec.json.Decoder(whole)

    def read_lines(self, plain: bytes) -> list[Event]:
        """All events of a batch in one go. Raises msgspec.DecodeError when one of them is of an
        old version, of a newer one, or not an event: then each is to be read by itself."""
        return [
            Event(
                id=one.id,
                source=one.source,
                type=one.data.TYPE,
                subject=one.subject,
                time=one.time,
                recordedtime=one.recordedtime,
                timequality=one.timequality,
                origin=one.origin,
                correlationid=one.correlationid,
                causationid=one.causationid,
                traceparent=one.traceparent,
                data=one.data,
            )
            for one in self._lines.decode_lines(plain)
        ]

    def read(self, stored: Envelope) -> Event:
        """The event in its newest version. Raises UnknownType, or msgspec.DecodeError."""
        decoder = self._decoders.get(stored.type)
        if decoder is not None:
            return stored.event(stored.type, decoder.decode(stored.data))
        name, raw = stored.type, None
        while step := self._upcasters.get(name):
            raw = step.change(msgspec.json.decode(stored.data) if raw is None else raw)
            name = step.new
        if raw is None or name not in self.types:
            raise UnknownType(f"event type {stored.type!r} is not in this version's catalogue")
        return stored.event(name, msgspec.convert(raw, self.types[name]))


def _whole(cls: type[Data]) -> type[msgspec.Struct]:
    """An event of that type as one struct, told from the others by its `type`."""
    attributes = [
        (one.name, one.type) if one.required else (one.name, one.type, one.default)
        for one in msgspec.structs.fields(Attributes)
        if one.name != "type"
    ]
    return msgspec.defstruct(
        cls.__name__,
        [*attributes, ("data", cls)],
        tag_field="type",
        tag=cls.TYPE,
        frozen=True,
        kw_only=True,
        gc=False,
    )


CATALOG = Catalog(
    types=(
        *access.TYPES,
        *door.TYPES,
        *camera.TYPES,
        *waste.TYPES,
        *register.TYPES,
        *custody.TYPES,
        *vehicle.TYPES,
        *device.TYPES,
        *alarm.TYPES,
        *timer.TYPES,
        *duty.TYPES,
        *handoff.TYPES,
        *journal.TYPES,
        *log.TYPES,
        *logproof.TYPES,
        *media.TYPES,
        *key.TYPES,
        *policy.TYPES,
        *provisioning.TYPES,
        *subject.TYPES,
        *visitor.TYPES,
        *audit.TYPES,
        *witness.TYPES,
    ),
    upcasters=(),
)
