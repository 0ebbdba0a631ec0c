"""One entry of the register as files and the API write it, and every mistake in it.

An object with `kind` and `name`, else the keys of its event's data; where those are called `kind`
or `name` themselves they are `type` and `title` here. docs/register.md has the table.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, get_args, get_type_hints

import msgspec

from core.clock import parse_rfc3339, rfc3339
from core.config import SLUG
from core.event import Data
from core.events import register, waste
from core.policy.findings import Findings
from projections.view import DISTRICT
from projections.waste_district.register.categories import CATEGORIES
from projections.waste_district.register.plausible import doubts
from projections.waste_district.register.wording import REFER, unfit

KINDS: Mapping[str, type[Data]] = {
    "compound": register.CompoundEntered,
    "facility": register.FacilityEntered,
    "weighbridge": register.WeighbridgeEntered,
    "carrier": register.CarrierEntered,
    "vehicle": register.VehicleEntered,
    "point": register.PointEntered,
    "bin": register.BinEntered,
    "tag": waste.TagAssigned,
    "untag": waste.TagRemoved,
    "swap": waste.BinSwapped,
    "scrap": waste.BinScrapped,
    "route": register.RouteEntered,
    "end": register.EntryEnded,
}  # what others name stands before them
OF_BINS = frozenset({"tag", "untag", "swap", "scrap"})  # what happens to a bin: no name of its own

SPOKEN = {"kind": "type", "name": "title"}  # keys of data as entries have them
_ASIDE = frozenset({"native", "pii", "media", "actor"})  # not for people to write
_NOT_OURS = {"tag": frozenset({"category", "point"})}  # of a reader's word only
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}", re.ASCII)
_KEY = re.compile(r"(?:[A-Za-z0-9_\-]{1,64}/)?[A-Za-z0-9_.\-]{1,64}", re.ASCII)  # of a bin
_REFERENCE = re.compile(r"s:[0-9a-f]{32}")
_UID = re.compile(r"(?:[0-9A-F]{2}){2,64}")
_SEPARATORS = re.compile(r"[\s:\-]+")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "category": CATEGORIES,
    "categories": CATEGORIES,
    "accepts": CATEGORIES,
    "tech": get_args(waste.TagTech),
    "of": get_args(register.EntryKind),
}
_NAMES: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("point", "carrier", "vehicle", "facility"), _NAME),
    **dict.fromkeys(("bins", "replacedBy"), _KEY),
}
_FACILITIES: tuple[str, ...] = get_args(register.FacilityKind)
_MOST = 1_000_000_000
_SCALE = frozenset(register.Scale.__struct_encode_fields__)
_SCALES = ", ".join(register.Scale.__struct_encode_fields__)
_YEARS = range(1990, 2100)  # the register of no district goes further back or ahead
_TIME = "2026-10-01T00:00:00+08:00"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is that of the thing, or of the bin that something happens to. `compound`: whose
    gateway's place the event has; of a bin that was named without it, empty."""

    kind: str
    name: str
    compound: str
    data: Data

    @property
    def of(self) -> str:
        """What kind of thing it is about."""
        if self.kind in OF_BINS:
            return "bin"
        return self.data.kind if isinstance(self.data, register.EntryEnded) else self.kind

    @property
    def subject(self) -> str:
        return f"{self.of}/{self.name}"

    @property
    def thing(self) -> str:
        """Its key among those of its kind."""
        return f"{self.compound}/{self.name}" if self.of == "bin" else self.name

    @property
    def valid_from(self) -> str:
        found: str = getattr(self.data, "valid_from")  # noqa: B009 - every class of KINDS has it
        return found

    def line(self) -> dict[str, Any]:
        """As it is read again."""
        said: dict[str, Any] = msgspec.to_builtins(self.data)
        said.pop("actor", None)
        line: dict[str, Any] = {"kind": self.kind}
        if self.kind == "end":
            line |= {"of": said.pop("kind"), "name": self.thing}
        elif self.kind in OF_BINS:
            line["bin"] = self.thing
        else:
            line["name"] = self.name
        return line | {SPOKEN.get(key, key): value for key, value in said.items()}

    @property
    def id(self) -> str:
        """The same for the same words, whoever publishes them and however often."""
        plain = msgspec.json.encode(self.line(), order="sorted")
        return f"register:{hashlib.sha256(plain).hexdigest()[:32]}"


def read(raw: object, key: str, found: Findings) -> Entry | None:
    """None where something is wrong, and then every mistake is among the findings."""
    if not isinstance(raw, dict):
        found.error(key, "is no entry", 'Write an object with "kind" and its other keys.')
        return None
    kind = raw.get("kind")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None or not isinstance(kind, str):
        found.error(_at(key, "kind"), "is no kind of entry", f"Write one of {', '.join(KINDS)}.")
        return None
    before = len(found.errors)
    for field, what, remedy in unfit(raw):
        found.error(_at(key, field), what, remedy)
    rest = {name: value for name, value in raw.items() if name != "kind"}
    name, compound = _named(kind, rest, key, found)
    values = dict(_values(kind, cls, rest, key, found))
    if len(found.errors) > before:
        return None
    data = cls(**values)
    own = getattr(data, "compound", "") if kind in ("point", "bin") else compound
    entry = Entry(kind=kind, name=name, compound=own, data=data)
    if kind == "compound":
        entry = msgspec.structs.replace(entry, compound=name)
    elif entry.of not in ("compound", "point", "bin"):
        entry = msgspec.structs.replace(entry, compound=DISTRICT)
    for field, what, remedy in doubts(data):
        found.error(_at(key, field), what, remedy)
    return entry if len(found.errors) == before else None


def _named(kind: str, rest: dict[str, Any], key: str, found: Findings) -> tuple[str, str]:
    """Name and, of a bin, compound; taken out of the keys."""
    field = "bin" if kind in OF_BINS else "name"
    told = rest.pop(field, None)
    if not isinstance(told, str) or not told:
        found.error(_at(key, field), "is missing", "Add it: the name it goes by everywhere.")
        return "", ""
    compound, name = "", told
    if kind in OF_BINS or (kind == "end" and rest.get("of") == "bin"):
        beside = rest.pop("compound", "")
        compound, _, name = told.rpartition("/")
        compound = compound or (beside if isinstance(beside, str) else "")
        if compound and not re.match(SLUG, compound):
            found.error(_at(key, field), "has no compound's name before the /", _RENAME)
    if not _NAME.fullmatch(name):
        found.error(_at(key, field), "is no name that can stand in a topic", _RENAME)
    elif kind == "compound" and (name == DISTRICT or not re.match(SLUG, name)):
        found.error(_at(key, field), "is no compound's name", "Take one without dots; `district` "
                    "is the name of all of them together.")  # fmt: skip
    return name, compound


_RENAME = "Take letters of ASCII, digits, - and _, at most 64; how people call it goes into title."


def _values(
    kind: str, cls: type[Data], rest: Mapping[str, Any], key: str, found: Findings
) -> Iterator[tuple[str, Any]]:
    """Field and value of what can be read; a finding for everything else."""
    fields = _fields(kind, cls)
    for name in rest:
        if name not in fields:
            takes = ", ".join(sorted(fields))
            found.error(_at(key, name), f"is no key of a {kind}", f"It takes {takes}.")
    for name, (field, hint) in fields.items():
        if name not in rest:
            if name in _REQUIRED[kind]:
                found.error(_at(key, name), "is missing", "Add it.")
            continue
        value = _plain(name, rest[name])
        at = _at(key, name)
        choices = _FACILITIES if kind == "facility" and name == "type" else _CHOICES.get(name)
        if choices is not None and not _chosen(value, choices):
            found.error(at, "is none of those there are", f"Write one of {', '.join(choices)}.")
        elif _negative(value) and name not in ("lat", "lon"):
            found.error(at, "is below zero", "Write what it is; nothing here can be negative.")
        elif isinstance(value, int) and value > _MOST:
            found.error(at, "is more than there can be", "Correct the number.")
        elif name == "validFrom":
            if (moment := _moment(value, at, found)) is not None:
                yield field, written(moment)
        elif name == "compound" and not (isinstance(value, str) and re.match(SLUG, value)):
            found.error(at, "is no compound's name", _RENAME)
        elif name == "uidHex" and not (isinstance(value, str) and _UID.fullmatch(value)):
            found.error(at, "is no tag's number", "Write its bytes in hexadecimal.")
        elif name == "plateRef" and not (isinstance(value, str) and _REFERENCE.fullmatch(value)):
            found.error(at, "is no reference to a plate", REFER)
        elif value == "" and name in _REQUIRED[kind]:
            found.error(at, "is empty", "Write its name.")
        elif value and name in _NAMES and not _spelt(value, _NAMES[name]):
            found.error(at, "is no name of a thing", _RENAME)
        elif name == "scale" and isinstance(value, dict) and (more := set(value) - _SCALE):
            found.error(f"{at}.{min(more)}", "is no key of a scale", f"It takes {_SCALES}.")
        elif (read := found.convert(value, hint, at)) is not None:
            yield field, read


_REQUIRED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(KINDS, frozenset({"validFrom"})),
    "point": frozenset({"validFrom", "compound"}),
    "bin": frozenset({"validFrom", "compound"}),
    "weighbridge": frozenset({"validFrom", "facility"}),
    "route": frozenset({"validFrom", "vehicle"}),
    "tag": frozenset({"validFrom", "uidHex"}),
    "untag": frozenset({"validFrom", "uidHex"}),
    "swap": frozenset({"validFrom", "replacedBy"}),
    "end": frozenset({"validFrom", "of"}),
}


@lru_cache(maxsize=len(KINDS))
def _fields(kind: str, cls: type[Data]) -> Mapping[str, tuple[str, Any]]:
    """Key in an entry → field of the data, and of what type it is."""
    hints = get_type_hints(cls, include_extras=True)
    spoken = {"kind": "of"} if kind == "end" else SPOKEN
    return {
        spoken.get(key, key): (field, hints[field])
        for field, key in zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True)
        if key not in _ASIDE and key not in _NOT_OURS.get(kind, ())
    }


def _at(key: str, field: str) -> str:
    return f"{key}.{field}" if key else field


def _plain(name: str, value: Any) -> Any:
    """A tag's number as events have it: people and readers write it with and without dashes."""
    if name == "uidHex" and isinstance(value, str):
        return _SEPARATORS.sub("", value).upper()
    return value


def _chosen(value: object, choices: tuple[str, ...]) -> bool:
    if isinstance(value, list | tuple):
        return all(one in choices for one in value)
    return value in choices


def _spelt(value: object, how: re.Pattern[str]) -> bool:
    texts = value if isinstance(value, list | tuple) else (value,)
    return all(isinstance(one, str) and how.fullmatch(one) for one in texts)


def _negative(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_negative, value.values()))
    return isinstance(value, int | float) and value < 0


def written(moment: datetime) -> str:
    """As people write it: whole seconds without a fraction."""
    return rfc3339(moment).replace(".000", "")


def _moment(value: object, at: str, found: Findings) -> datetime | None:
    text = value if isinstance(value, str) else ""
    what = "is no time"
    try:
        moment = parse_rfc3339(text)
        if moment.year in _YEARS:
            return moment
        what = "is no time of our days"
    except ValueError:
        with suppress(ValueError):
            if datetime.fromisoformat(text).tzinfo is None:
                what = "has no zone: nobody can say when that is"
    found.error(at, what, f"Write it like {_TIME}, China's time.")
    return None
