"""A line of recorded messages, or a payload alone → the events it becomes, or why it becomes none.

The same adapters as at a gateway read it. What it becomes is as that gateway would have recorded
it when the message arrived, but for its origin: history changes what is known, and sounds, opens
and switches nothing (I9). Pure but for what adapters remember; runs on every core.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

import msgspec

from core import codec, sealing, strictjson
from core.config import SLUG
from core.errors import Undecodable
from core.event import Draft, Event, parse_source, source_of
from core.moment import CLOCK_LEAD, millis
from devices import registry
from devices.adapter import Message, Site
from edge.intake import UNNUMBERED_WINDOW_S
from infra.importing import cells
from infra.importing.aside import REPEATED, Unfit
from infra.importing.made import GATEWAY, Batch, Made
from projections import days

_LEAD_MS = round(CLOCK_LEAD.total_seconds() * 1000)
_EARLIEST_MS = round(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_COMPOUNDS = 512  # names come from a file: a bound
_NAMED = re.compile(SLUG).fullmatch


class _Line(msgspec.Struct, gc=False):
    compound: str
    topic: str
    time: str
    payload: msgspec.Raw


class _Stood(msgspec.Struct, gc=False):
    """Where an event was recorded, and where it stands, as a hub's API says."""

    source: str = ""
    journal: str = ""


_read = msgspec.json.Decoder(_Line).decode
_stood = msgspec.json.Decoder(_Stood).decode
_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode
_WEIGHTS = ("grossG", "tareG", "netG")
_QUOTES = 14  # of a line's own: four keys, three strings
_AGREE = {"tareG above grossG": "tare-above-gross", "netG above grossG": "net-mismatch"}


class Setting(msgspec.Struct, frozen=True):
    """What a worker is told once. `zone` is of times that name none; None: such are not taken.
    `compound` is of payloads that stand alone and name none; `journals` are those of the log, whose
    events are not taken again."""

    reference_key: bytes
    now: datetime
    zone: tzinfo | None = None
    compound: str = ""
    journals: frozenset[str] = frozenset()


class Reader:
    """Owns what its adapters remember of devices."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._site = Site(zone=setting.zone or UTC)
        self._quickly: dict[str, Callable[[str, bytes], Draft | None]] = {}
        self._latest = round(setting.now.timestamp() * 1000) + _LEAD_MS
        self._ids = hashlib.blake2b(key=setting.reference_key, digest_size=16)
        self._contents = hashlib.blake2b(key=setting.reference_key, digest_size=8)

    def batch(self, first: int, lines: list[bytes]) -> Batch:
        """Of lines numbered from `first`; an empty one is nothing."""
        batch = Batch([], [])
        for row, line in enumerate(lines, first):
            if line:
                try:
                    self._line(row, line, batch)
                except Unfit as unfit:
                    batch.aside.append(unfit.at(row))
        return batch

    def _line(self, row: int, line: bytes, batch: Batch) -> None:
        if len(line) > strictjson.MAX_BYTES:
            raise Unfit("oversized", f"cap {strictjson.MAX_BYTES} bytes")
        try:
            told = _read(line)
        except msgspec.ValidationError as error:
            self._alone(row, line, batch, str(error)[:120])
            return
        except (msgspec.MsgspecError, RecursionError) as error:
            if not line.strip():
                return
            raise Unfit("malformed") from error
        except UnicodeDecodeError as error:
            raise Unfit("charset") from error
        batch.messages += 1
        arrived = self._arrived(told)
        payload = bytes(told.payload)
        if line.count(b'"') - payload.count(b'"') != _QUOTES:
            _sole(line)
        if payload[:1] == b'"':  # a device that speaks no JSON
            payload = _text(payload).encode()
        draft = self._of(told.compound)(told.topic, payload)
        if draft is not None:
            batch.made.append(self._made(row, told, arrived, draft, payload))
            return
        outcome = registry.decode(Message(told.topic, payload), self._site)
        if isinstance(outcome, registry.Aside):
            raise _clearer(outcome, payload)
        drafts = [self._made(row, told, arrived, one, payload) for one in outcome.drafts]
        batch.made += drafts

    def _alone(self, row: int, line: bytes, batch: Batch, lacking: str) -> None:
        """A payload that nobody wrote down the arrival of: it came when it happened. `lacking`:
        why it is no message."""
        outcome = registry.decode(Message("", line), self._site)
        if isinstance(outcome, registry.Aside) and not outcome.adapter:
            unknown = outcome.reason == "unrecognised"
            raise Unfit("shape", lacking) if unknown else Unfit(outcome.reason, outcome.detail)
        batch.payloads += 1
        recorded, journal = _recorded(line)
        if journal in self._setting.journals:
            raise Unfit(REPEATED, "of this hub's own log")
        if isinstance(outcome, registry.Aside):
            raise _clearer(outcome, line)
        compound = recorded or self._setting.compound
        if not compound:
            raise Unfit("no-compound")
        drafts: list[Made] = []
        for one in outcome.drafts:
            if not one.time:
                raise Unfit("missing", "time")
            told = _Line(compound, "", one.time, msgspec.Raw(line))
            drafts.append(self._made(row, told, self._arrived(told), one, line))
        batch.made += drafts

    def _arrived(self, told: _Line) -> int:
        try:
            arrived = millis(told.time)
        except ValueError:  # as people and loggers write it: read as in a table
            at = cells.moment(told.time, self._setting.zone, "time")
            told.time, arrived = cells.stamp(at), round(at.timestamp() * 1000)
        if not _NAMED(told.compound):
            raise Unfit("compound")
        if arrived > self._latest:
            raise Unfit("future", f"time: {told.time}")
        if arrived < _EARLIEST_MS:
            raise Unfit("too-old", f"time: {told.time}")
        return arrived

    def _of(self, compound: str) -> Callable[[str, bytes], Draft | None]:
        """What is remembered of devices is made for one gateway's; a district has many times as
        many, and would have it forgotten again and again."""
        found = self._quickly.get(compound)
        if found is None:
            if len(self._quickly) >= _COMPOUNDS:
                self._quickly.clear()
            found = self._quickly[compound] = registry.quickly(self._site)
        return found

    def _made(self, row: int, told: _Line, arrived: int, draft: Draft, payload: bytes) -> Made:
        name, time, quality = draft.id, draft.time, draft.timequality
        if quality == "device-assumed" and self._setting.zone is None:
            raise Unfit("no-zone", "payload.time")
        if draft.mark:
            marked = sealing.reference(self._setting.reference_key, "mark", draft.mark)
            name = f"{name}:{marked[2:18]}"
        if draft.unnumbered:
            name = f"{name}:{arrived // 1000 // UNNUMBERED_WINDOW_S}"
        if not time:
            time, quality = told.time, "gateway"
        source = source_of(told.compound, GATEWAY, draft.device)
        if draft.origin_source:
            source = f"{source}#{draft.origin_source}"
        data, personal = draft.data, draft.personal
        raw = hashlib.sha256(payload).hexdigest()
        key, digest = self._ids.copy(), self._contents.copy()
        key.update(f"{source}\0{name}".encode())
        digest.update(f"{data.TYPE}\0{time}\0".encode() + _encode(data))
        if personal is None:
            data = msgspec.structs.replace(data, native={**data.native, "rawsha256": raw})
        else:
            digest.update(_encode(personal))
            # In the clear it could be tried out whom so short a payload names.
            fields = {**personal.fields, "rawsha256": raw}
            personal = msgspec.structs.replace(personal, fields=fields)
        try:
            ms = millis(time)
        except ValueError as error:
            raise Unfit("time", "payload.time") from error
        event = Event(
            id=name,
            source=source,
            type=data.TYPE,
            subject=draft.subject,
            time=time,
            recordedtime=told.time,
            timequality=quality,
            origin="backfill",
            correlationid=draft.correlationid,
            causationid=draft.causationid,
            traceparent=draft.traceparent,
            data=data,
        )
        line = codec.encode(event)
        if len(line) > codec.MAX_EVENT:
            raise Unfit("event-too-large")
        kind, _, subject = draft.subject.partition("/")
        who = getattr(data, "vehicle", "") or (subject if kind == "vehicle" else draft.device)
        return Made(
            row, told.compound, days.number(arrived), who, ms, data.TYPE, key.digest(),
            digest.digest(), line, personal,
        )  # fmt: skip


def _recorded(line: bytes) -> tuple[str, str]:
    """Compound and journal of an event that one of our gateways recorded, here or at another hub;
    empty for any other payload."""
    try:
        stood = _stood(line)
        return parse_source(stood.source)[0], stood.journal
    except (msgspec.MsgspecError, ValueError):
        return "", ""


def _sole(line: bytes) -> None:
    """Unfit("duplicate-key"): it says two things, and which is meant nobody knows."""
    try:
        strictjson.parse(line)
    except Undecodable as error:
        raise Unfit(error.reason, error.detail) from error


def _clearer(aside: registry.Aside, payload: bytes) -> Unfit:
    """A weight that is none in a word of its own: most often it is in another unit."""
    field = aside.detail.partition(" ")[0]
    if aside.reason != "field" or field not in _WEIGHTS:
        return Unfit(aside.reason, aside.detail)
    data = strictjson.parse(payload)["data"]
    for one in _WEIGHTS:
        if isinstance(grams := data.get(one), int | float) and grams < 0:
            return Unfit("negative-weight", f"{one}: {grams:g}")
    if aside.detail in _AGREE:
        return Unfit(_AGREE[aside.detail], aside.detail)
    grams = data.get(field)
    if isinstance(grams, float) and not grams.is_integer():
        return Unfit("unit-mixup", f"{field}: {grams:g}")
    if isinstance(grams, int):
        return Unfit("impossible-weight", f"{field}: {grams:g}")
    return Unfit("field", field)
