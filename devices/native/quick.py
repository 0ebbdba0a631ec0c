"""The usual native message in a sixth of the time, or None: then `decode` says what it is.

Only where nothing is unusual is there an answer, and it is the one `decode` would give
(tests/property/test_native_quick.py). The work is the same for every message of one device and
one form of data; it is done once, by the functions `decode` uses, and remembered.

Why what is skipped can not have mattered:
- Plates: they begin with a province's character, and a payload with any character beyond ASCII
  is refused here, as are escapes, which could hide one. Then every string stands in the payload
  as it is, and one search over all of it finds whatever `reveals` would find in a part of it.
- Keys written twice, attributes and data unknown to us: with no escapes the payload has two
  quotation marks for each key and each string, so they are more than what was read accounts for.
- Values that are a person's: see `devices.native.form`.
"""

import re
from typing import Literal

import msgspec

from core.errors import Undecodable
from core.event import DEVICE_ZONE, Data, Draft, Personal, Record, Scalar
from devices.adapter import Site
from devices.fields import MAX_INT, MAX_TEXT, moment, reveals, squeezed
from devices.native.decode import device_of, origin_source_of
from devices.native.form import Form, form_of
from devices.native.names import default_subject, resolve, subject_of
from devices.native.payload import plausible

_LONGEST = 4096  # bytes; what is remembered is of payloads that are no longer
_DEVICES = 4096  # names come off the wire: a bound
_FORMS = 32  # of the data of one type
# `reveals`' mobile number, ordered so that the search can skip to a 1.
_MOBILE = re.compile(rb"1[3-9][0-9]{9}(?![0-9A-Za-z])(?<![0-9A-Za-z][0-9]{11})").search
_MOBILES = range(13_000_000_000, 20_000_000_000)
_PAIRS = 9  # of quotation marks: five keys and four strings that are always there


class _Envelope(msgspec.Struct, gc=False):
    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    data: dict[str, Scalar]
    subject: str = ""
    time: str = ""
    datacontenttype: str = ""
    sequence: str | int = ""


_read = msgspec.json.Decoder(_Envelope).decode


class _Plan(msgspec.Struct, gc=False):
    """What a device's messages of one type have in common."""

    cls: type[Data]
    device: str
    subject: str
    origin_source: str
    counter: str
    named: bytes  # names that stand in an event and not, or not so, in the payload
    forms: dict[tuple[str, ...], Form | None]


_Key = tuple[str, str, str, str]  # topic, type, source, subject


class Quick:
    """For one site. Owns plans and forms; forgetting them costs time only."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._plans: dict[_Key, _Plan | None] = {}
        self._forms: dict[type[Data], dict[tuple[str, ...], Form | None]] = {}

    def draft(self, topic: str, payload: bytes) -> Draft | None:
        if (
            not topic.startswith("site/")
            or len(payload) > _LONGEST
            or not payload.isascii()
            or b"\\" in payload
            or b"\x7f" in payload
            or _MOBILE(payload)
        ):
            return None
        try:
            told = _read(payload)
        except (msgspec.MsgspecError, RecursionError):
            return None
        key = (topic, told.type, told.source, told.subject)
        try:
            plan = self._plans[key]
        except KeyError:
            plan = self._plan(key)
        if plan is None or not 0 < len(told.id) <= MAX_TEXT:
            return None
        data = told.data
        keys = tuple(data)
        try:
            form = plan.forms[keys]
        except KeyError:
            form = self._form(plan, keys)
        if form is None:
            return None

        strings = 0
        for name, low, high in form.clear:
            value = data[name]
            if type(value) is str:
                strings += 1
                if value[:MAX_TEXT].strip() != value:
                    return None
            elif not low <= value <= high:  # type: ignore[operator]  # a number, or true or false
                return None
        personal: Personal | None = None
        if form.personal is not None:
            found = form.persons(data, payload, plan.named)
            if found is None:
                return None
            personal, more = found
            strings += more
        time, quality = told.time, DEVICE_ZONE
        if not time:
            quality = "gateway"
        else:
            strings += 2
            try:
                time, quality = moment(time[:MAX_TEXT], self._site.zone_of(plan.device))
            except Undecodable:
                return None
        record: Record | None = None
        if told.sequence != "":
            strings += 2 if type(told.sequence) is str else 1
            record = _record(plan, told.sequence)
            if record is None:
                return None
        if told.subject:
            strings += 2
        if told.datacontenttype:
            strings += 2
        if payload.count(b'"') != 2 * (_PAIRS + len(keys) + strings):
            return None

        try:
            if form.weighed:
                plausible(data)
            data["native"] = form.native  # type: ignore[assignment]
            made = msgspec.convert(data, plan.cls)
        except (Undecodable, msgspec.ValidationError):
            return None
        return Draft(
            id=told.id,
            device=plan.device,
            subject=plan.subject,
            time=time,
            timequality=quality,
            origin_source=plan.origin_source,
            data=made,
            personal=personal,
            record=record,
        )

    def _plan(self, key: _Key) -> _Plan | None:
        if sum(map(len, key)) > 2 * MAX_TEXT:
            return None
        if len(self._plans) >= _DEVICES:
            self._plans.clear()
        made = self._plans[key] = self._planned(*key)
        return made

    def _planned(self, topic: str, type: str, source: str, subject: str) -> _Plan | None:
        if not 0 < len(type) <= MAX_TEXT:
            return None
        if not 0 < len(source) <= MAX_TEXT:
            return None
        try:
            cls = resolve(type)
            device = device_of(topic, source)
        except Undecodable:
            return None
        default = default_subject(cls, self._site.known(device), device, {})
        if reveals(device) or reveals(default) or cls.TYPE.startswith("waste.bin.collected."):
            return None  # the last: its subject is the bin the data name
        origin = origin_source_of(source, device, ())
        return _Plan(
            cls,
            device,
            subject_of(subject, default, device, ()),
            origin,
            f"sequence#{origin}" if origin else "sequence",
            squeezed(f"{device}\0{default}").encode(),
            self._forms.setdefault(cls, {}),
        )

    def _form(self, plan: _Plan, keys: tuple[str, ...]) -> Form | None:
        if len(plan.forms) >= _FORMS:
            plan.forms.clear()
        made = plan.forms[keys] = form_of(plan.cls, keys)
        return made


def _record(plan: _Plan, told: str | int) -> Record | None:
    """None for what counts nothing, or might be somebody's."""
    digits = str(told)
    if len(digits) > 32 or not digits.isdigit():
        return None
    number = int(digits)
    return None if number > MAX_INT or number in _MOBILES else Record(plan.counter, number)
