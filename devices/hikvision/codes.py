"""The table of what a pair (major, minor) means, read from `codes.v2.toml` and proved at import.

The pair, never the minor alone: (5, 0x400) is a remote opening, (2, 0x400) a power-up. Firmware
tables differ, so an event names the VERSION that read it and keeps its codes.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

import msgspec

from core.event import Data
from core.events import access, device, door
from core.events.access import Credential, DenyReason

Pair = tuple[int, int]


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    cls: type[Data]
    name: str = ""
    credential: Credential = "unknown"
    reason: DenyReason = "other"
    detail: str = ""  # cause, reason or condition, as the type has it
    active: bool | None = None  # of a condition
    person: bool = False  # only when the record names a person: the code means two things


class Table(msgspec.Struct, frozen=True):
    version: int
    meanings: Mapping[Pair, Meaning]
    overlays: Mapping[str, Mapping[Pair, Meaning]]

    def meaning(self, pair: Pair, overlay: str = "") -> Meaning:
        """UNKNOWN of a pair nobody wrote down; an overlay nobody knows changes nothing."""
        changed = self.overlays.get(overlay, {})
        return changed.get(pair) or self.meanings.get(pair, UNKNOWN)


_FILE = "codes.v2.toml"
_MAJORS = {"alarm": 1, "exception": 2, "operation": 3, "event": 5}
_DECISIONS = (access.Granted, access.Requested, access.NotTaken, access.Duress)
_REASONED = (device.Tampered, device.Connected, device.Lost)
_TYPES: dict[str, type[Data]] = {
    cls.TYPE.removesuffix(".v1"): cls
    for cls in (*_DECISIONS, access.Denied, *_REASONED, device.ConditionChanged, *door.TYPES)
}
_ACTIVE = {"": None, "on": True, "off": False}

UNKNOWN = Meaning(cls=access.Unclassified)


def table_of(text: str) -> Table:
    """ValueError, which names the row, of a table that says what no event can."""
    told = tomllib.loads(text)
    version, overlays = told.pop("version", None), told.pop("overlay", {})
    if type(version) is not int or not isinstance(overlays, dict):
        raise ValueError("version has to be a whole number, and overlays tables")
    made = {name: _meanings(overlay, name) for name, overlay in overlays.items()}
    return Table(version, _meanings(told, "table"), made)


def _meanings(told: Any, where: str) -> dict[Pair, Meaning]:
    made: dict[Pair, Meaning] = {}
    for kind, rows in told.items():
        if kind not in _MAJORS:
            raise ValueError(f"{where}: {kind!r} is none of {', '.join(_MAJORS)}")
        for written, row in rows.items():
            pair = (_MAJORS[kind], int(written, 0))
            if pair in made:
                raise ValueError(f"{where}: {kind} {written} stands twice")
            if not row or not all(isinstance(word, str) for word in row):
                raise ValueError(f"{where}: {kind} {written} is no list of words")
            try:
                made[pair] = _meaning(*row)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{where}: {kind} {written}: {error}") from error
    return made


def _meaning(name: str, type: str = "", first: str = "", second: str = "") -> Meaning:
    if not type:
        return Meaning(cls=access.Unclassified, name=name)
    cls = _TYPES.get(type)
    if cls is None:
        raise ValueError(f"no such type here: {type!r}")
    if cls is access.Denied:
        return Meaning(
            cls=cls,
            name=name,
            credential=cast(Credential, _one_of(first, Credential)),
            reason=cast(DenyReason, _one_of(second, DenyReason)),
        )
    if cls in _DECISIONS:
        if second not in ("", "person"):
            raise ValueError(f"{second!r} is not `person`")
        credential = cast(Credential, _one_of(first, Credential))
        return Meaning(cls=cls, name=name, credential=credential, person=bool(second))
    if cls is device.ConditionChanged:
        if not first or second not in _ACTIVE:
            raise ValueError("a condition has a name, and is on, off or neither")
        return Meaning(cls=cls, name=name, detail=first, active=_ACTIVE[second])
    if second:
        raise ValueError(f"{second!r} is a word too many")
    return Meaning(cls=cls, name=name, detail=first)


def _one_of(word: str, literal: Any) -> str:
    if word not in get_args(literal):
        raise ValueError(f"{word!r} is no word of the catalogue")
    return word


TABLE = table_of(Path(__file__).with_name(_FILE).read_text("utf-8"))
VERSION = TABLE.version
MEANINGS = TABLE.meanings
