"""The lists for readers, keys.json, gaps.json and media.json, held against the pack's frames.

Proof of nothing, so the single-file verifier leaves them alone; `menwei audit verify` compares them
once that one has found the frames to be the log's. Streams: neither lists nor frames are held."""

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from core.batch import parse
from core.errors import BadFrame
from infra.audit.evidence import BAD, Finding, Pack
from infra.audit.verifier import Audit
from projections.audit.selection import Selection
from projections.audit.told import Told

_LONGEST = 1 << 20  # characters of an object: no event is as long
_CHUNK = 4 * _LONGEST


def compare(file: BinaryIO, audit: Audit) -> None:
    """Finding: the first position where a list and the frames differ."""
    pack = Pack(file)
    lists = {
        name: _List(name, pack)
        for name in ("keys.json", "gaps.json", "media.json")
        if name in pack.files
    }
    first, last, compound, types = audit.asked
    selection = Selection(first=first, last=last, compound=compound, types=tuple(types))
    for position, frame in pack.frames() if lists else ():
        told = Told()
        try:
            batch = parse(frame)
        except BadFrame as bad:
            raise Finding("form", bad, position=position) from bad
        told.taken(position, batch)
        if selection.wants(position, batch):
            told.selected(position, batch)
        found = {"keys.json": told.keys, "gaps.json": told.gaps, "media.json": told.media}
        for name, listed in lists.items():
            listed.hold(position, found[name])
    for listed in lists.values():
        listed.end()


class _List:
    """A list as it is read along with the frames."""

    def __init__(self, name: str, pack: Pack) -> None:
        self._name = name
        self._items = _items(name, pack)

    def hold(self, position: int, found: list[dict[str, Any]]) -> None:
        """What the frame at this position says, no less and no other."""
        for one in found:
            said = next(self._items, None)
            if said is not None:
                said.pop("store", None)  # of a picture, by the hub and nobody else
            if said != one:
                raise Finding("copy", self._name, position=position)

    def end(self) -> None:
        for one in self._items:
            raise Finding("copy", self._name, position=one.get("position"))


def _items(name: str, pack: Pack) -> Iterator[dict[str, Any]]:
    """The objects of a JSON array, one after the other."""
    decode = json.JSONDecoder().raw_decode
    try:
        with io.TextIOWrapper(pack.open(name), "utf-8") as text:
            held, at, before, end = "", 0, "[", "[]"
            while True:
                if len(held) - at < _LONGEST:
                    held, at = held[at:] + text.read(_CHUNK), 0
                if held[at : at + 2] == end:
                    return
                if not held.startswith(before, at):
                    raise ValueError("not a list")
                one, at = decode(held, at + len(before))
                before, end = ", ", "]"
                yield dict(one)
    except BAD as error:
        raise Finding("form", error, file=name) from error
